"""Checks a file by its contract without taking it."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper.contracts import Catalog
from shopkeeper.files import sha256_of
from shopkeeper.landing.inbox.contents import new_job
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import WorkPaths


@dataclass(frozen=True)
class FileCheck:
    """The result for one file: row counts if it would be accepted, otherwise why it would be refused.

    `sha256`: that of its bytes; `None` if they were not read.
    """

    system: str
    file_name: str
    table: str | None
    accepted_count: int = 0
    quarantined_count: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    refusal: str | None = None
    sha256: str | None = None


def check_file(path: Path, system: str, catalog: Catalog, parser: Parser) -> FileCheck:
    """Check one file of a system against its contract, in a process of its own."""
    contract = catalog.for_file(system, path.name)
    if contract is None:
        return FileCheck(system, path.name, None, refusal="no contract names such a file")
    with tempfile.TemporaryDirectory() as folder:
        source = WorkPaths(Path(folder)).source
        shutil.copyfile(path, source)
        sha256 = sha256_of(source)
        outcome = parser.parse(new_job(source, path.name, sha256, contract, datetime.now(UTC)))
    match outcome:
        case FileRefusal(reason=reason, detail=detail):
            return FileCheck(system, path.name, contract.table, refusal=f"{reason}: {detail}")
        case AcceptedFile():
            return FileCheck(
                system,
                path.name,
                contract.table,
                outcome.accepted_count,
                outcome.quarantined_count,
                tuple(sorted(outcome.reasons.items())),
                sha256=sha256,
            )

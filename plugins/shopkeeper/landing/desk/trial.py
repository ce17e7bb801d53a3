"""What would become of a file if it landed now; nothing is taken and nothing is kept.

Landing a file belongs to `desk`.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper.contracts import Catalog
from shopkeeper.files import sha256_of
from shopkeeper.landing.desk.taking import new_job
from shopkeeper.landing.jobs import Parsed, Refusal
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import WorkPaths


@dataclass(frozen=True)
class Trial:
    """One file judged: counts where its rows would be taken, else why it would not."""

    system: str
    file_name: str
    table: str | None
    accepted_count: int = 0
    quarantined_count: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    refusal: str | None = None


def judge(path: Path, system: str, catalog: Catalog, parser: Parser) -> Trial:
    """Judge one file of a system by its contract, in a process of its own."""
    contract = catalog.for_file(system, path.name)
    if contract is None:
        return Trial(system, path.name, None, refusal="no contract names such a file")
    with tempfile.TemporaryDirectory() as folder:
        source = WorkPaths(Path(folder)).source
        shutil.copyfile(path, source)
        outcome = parser.parse(new_job(source, path.name, sha256_of(source), contract, datetime.now(UTC)))
    match outcome:
        case Refusal(reason=reason, detail=detail):
            return Trial(system, path.name, contract.table, refusal=f"{reason}: {detail}")
        case Parsed():
            return Trial(
                system,
                path.name,
                contract.table,
                outcome.accepted_count,
                outcome.quarantined_count,
                tuple(sorted(outcome.reasons.items())),
            )

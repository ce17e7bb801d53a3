"""Inbox → raw and quarantine: one file is one batch, named by the sha256 of its bytes, taken exactly once.

The order stands here: a batch exists when its receipt does, and only then its file leaves the inbox. What is
in a file is judged elsewhere.
"""

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from shopkeeper.contracts import Catalog, Contract
from shopkeeper.landing import inbox, receipts
from shopkeeper.landing.inbox import DroppedFile
from shopkeeper.landing.isolation import Parser
from shopkeeper.landing.jobs import Job, Parsed, Refusal
from shopkeeper.landing.machine import NotParsed
from shopkeeper.landing.receipts import Receipt
from shopkeeper.landing.report import LandedFile
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

_LOG = logging.getLogger(__name__)


@dataclass
class Desk:
    """Where the files of one landing are taken, as many at a time as there are parsers."""

    home: Home
    catalog: Catalog
    work: Path
    parsers: Sequence[Parser]
    _claimed: set[tuple[str, str]] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _idle: SimpleQueue[Parser] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        for parser in self.parsers:
            self._idle.put(parser)

    def take(self, numbered: tuple[int, DroppedFile]) -> LandedFile:
        """Take one file as far as it goes, and remove it from the inbox if it was taken or refused."""
        started = time.monotonic()
        sequence, file = numbered
        landed = self._take(sequence, file)
        landed = replace(landed, seconds=time.monotonic() - started)
        level = logging.INFO if landed.result in ("accepted", "duplicate") else logging.WARNING
        named = visible(f"{file.system}/{file.name}")
        _LOG.log(level, "%s: %s %s", named, landed.result, landed.detail)
        return landed

    def _take(self, sequence: int, file: DroppedFile) -> LandedFile:
        contract = self.catalog.for_file(file.system, file.name)
        if contract is None or file.identity is None:
            why = "no regular file" if file.identity is None else "no contract names such a file"
            detail = f"{why}; docs/runbooks/a-source-changed.md says what to do"
            return LandedFile(file.system, file.name, "unknown", detail=detail)
        folder = Path(tempfile.mkdtemp(dir=self.work))
        copy = folder / "source"
        batch_id = inbox.take_copy(file, copy)
        if batch_id is None:
            detail = "it changes or is open for writing; the next landing looks again"
            return LandedFile(file.system, file.name, "still_written", contract.table, detail=detail)
        try:
            landed = self.take_content(sequence, file.name, contract, batch_id, copy)
        except NotParsed as error:
            return LandedFile(file.system, file.name, "not_parsed", contract.table, detail=str(error))
        inbox.remove(file)
        shutil.rmtree(folder)
        return landed

    def take_content(
        self, sequence: int, file_name: str, contract: Contract, batch_id: str, copy: Path
    ) -> LandedFile:
        """Make a batch or a refusal of a private copy, which is used up; what has landed stays as it is."""
        landed = LandedFile(contract.system, file_name, "accepted", contract.table, batch_id)
        place = receipts.batch_paths(self.home, contract.system, contract.table, batch_id).receipt
        with self._guard:
            is_claimed = (contract.name, batch_id) in self._claimed
            self._claimed.add((contract.name, batch_id))
        if is_claimed or place.exists():
            if not is_claimed and self._count_again(receipts.read_receipt(place), file_name, sequence, copy):
                return replace(
                    landed, detail="its rows, landed before, count again in place of a restatement"
                )
            return replace(landed, result="duplicate", detail="its content has landed before")
        now = datetime.now(UTC)
        size = copy.stat().st_size
        job = new_job(copy, file_name, batch_id, contract, now)
        try:
            outcome = self._parse(job)
        except NotParsed:
            with self._guard:
                self._claimed.discard((contract.name, batch_id))
            raise
        if isinstance(outcome, Refusal):
            refusal = {
                "batch_id": batch_id,
                "system": contract.system,
                "table": contract.table,
                "contract_version": contract.version,
                "file_name": file_name,
                "byte_count": size,
                "refused_at": now.isoformat(),
                "reason": outcome.reason,
                "detail": outcome.detail,
            }
            receipts.commit_refusal(self.home, refusal, copy)
            return replace(landed, result="refused", detail=f"{outcome.reason}: {outcome.detail}")
        receipt = receipt_of(job, outcome, size, sequence)
        receipts.commit(self.home, receipt, outcome.accepted, outcome.quarantine)
        return replace(
            landed,
            record_count=receipt.record_count,
            accepted_count=receipt.accepted_count,
            quarantined_count=receipt.quarantined_count,
            detail="; ".join(receipt.warnings),
        )

    def _parse(self, job: Job) -> Parsed | Refusal:
        parser = self._idle.get()
        try:
            return parser.parse(job)
        finally:
            self._idle.put(parser)

    def _count_again(self, receipt: Receipt, file_name: str, sequence: int, copy: Path) -> bool:
        """Make an old batch the latest of its name again, where its producer goes back to it."""
        latest = max(
            other.landed_sequence
            for other in receipts.read_receipts(self.home, receipt.system, receipt.table)
            if other.file_name == receipt.file_name and other.replay_of is None
        )
        if receipt.file_name != file_name or receipt.landed_sequence == latest:
            return False
        again = replace(receipt, landed_sequence=sequence, landed_at=datetime.now(UTC).isoformat())
        receipts.commit_receipt(self.home, again, copy.parent)
        return True


def new_job(source: Path, file_name: str, batch_id: str, contract: Contract, now: datetime) -> Job:
    """Return a job with this deployment's limits; what comes out goes beside the source."""
    return Job(
        source=source,
        folder=source.parent,
        file_name=file_name,
        batch_id=batch_id,
        contract=contract,
        landed_at=now,
        memory_mb=settings().landing_memory_mb,
        seconds=settings().landing_seconds,
    )


def receipt_of(
    job: Job, parsed: Parsed, byte_count: int, sequence: int, replay_of: str | None = None
) -> Receipt:
    """Return the receipt of a parsed job."""
    return Receipt(
        batch_id=job.batch_id,
        system=job.contract.system,
        table=job.contract.table,
        contract_version=job.contract.version,
        file_name=job.file_name,
        byte_count=byte_count,
        landed_at=job.landed_at.isoformat(),
        landed_sequence=sequence,
        record_count=parsed.record_count,
        accepted_count=parsed.accepted_count,
        quarantined_count=parsed.quarantined_count,
        reasons=parsed.reasons,
        business_date_min=parsed.business_date_min,
        business_date_max=parsed.business_date_max,
        replay_of=replay_of,
        warnings=parsed.warnings,
    )

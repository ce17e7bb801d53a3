"""Takes one file: it becomes one batch, named by the sha256 of its bytes, exactly once.

Commits the rows, then the receipt, and only then sets the file aside. Checking the contents belongs
elsewhere.
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
from shopkeeper.errors import UserError
from shopkeeper.landing import receipts
from shopkeeper.landing.damage import find_damage
from shopkeeper.landing.inbox.dropped_files import DroppedFile, Unreadable, take_copy
from shopkeeper.landing.inbox.report import LandedFile
from shopkeeper.landing.inbox.set_aside import Taken, set_aside
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job
from shopkeeper.landing.machine import NotParsed
from shopkeeper.landing.receipts import Arrival, Receipt
from shopkeeper.landing.refused_files import arrival_of, commit_refusal, find_refusal, refusal_id
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import Home, WorkPaths
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

_LOG = logging.getLogger(__name__)


@dataclass
class Landing:
    """One landing at work; takes as many files at a time as there are parsers.

    `left`: taken files that could not be moved out of the inbox.
    """

    home: Home
    catalog: Catalog
    work: Path
    parsers: Sequence[Parser]
    left: dict[DroppedFile, Taken] = field(default_factory=dict)
    _contents: dict[str, threading.Lock] = field(default_factory=dict)
    _idle: SimpleQueue[Parser] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        for parser in self.parsers:
            self._idle.put(parser)

    def take(self, numbered: tuple[int, DroppedFile]) -> LandedFile:
        """Take one file, and set it aside if it was accepted or refused."""
        started = time.monotonic()
        number, file = numbered
        landed = self._take(number, file)
        landed = replace(landed, seconds=time.monotonic() - started)
        level = logging.INFO if landed.result in ("accepted", "duplicate") else logging.WARNING
        named = visible(f"{file.system}/{file.name}")
        _LOG.log(level, "%s: %s %s", named, landed.result, landed.detail)
        return landed

    def _take(self, number: int, file: DroppedFile) -> LandedFile:
        contract = self.catalog.for_file(file.system, file.name)
        if contract is None or file.identity is None:
            why = "no file that may be read" if file.identity is None else "no contract names such a file"
            detail = f"{why}; docs/runbooks/a-source-changed.md says what to do"
            return LandedFile(file.system, file.name, "unknown", detail=detail)
        folder = Path(tempfile.mkdtemp(dir=self.work))
        copy = WorkPaths(folder).source
        try:
            content = take_copy(file, copy)
        except Unreadable as error:
            detail = f"it cannot be read ({error}); let its owner permit it, or remove it"
            return LandedFile(file.system, file.name, "unreadable", contract.table, detail=detail)
        if content is None:
            detail = "it changes or is open for writing; the next landing looks again"
            return LandedFile(file.system, file.name, "still_written", contract.table, detail=detail)
        arrival = self._arrival(number, file, contract, content)
        try:
            landed = self.take_content(arrival, file.name, contract, content, copy)
        except NotParsed as error:
            return LandedFile(file.system, file.name, "not_parsed", contract.table, detail=str(error))
        shutil.rmtree(folder)
        if file.taken_place is not None:
            landed = _with_detail(landed, "it has changed since it was taken")
        taken = Taken(content, arrival.place)
        try:
            set_aside(file, taken)
        except OSError as error:
            detail = f"it stays in the inbox, where nothing may be moved ({error.strerror})"
            if file.taken_place is None:
                self.left[file] = taken
            return replace(_with_detail(landed, detail), is_left=True)
        return landed

    def take_content(
        self,
        arrival: Arrival,
        file_name: str,
        contract: Contract,
        content: str,
        copy: Path,
    ) -> LandedFile:
        """Turn a private copy, which is used up, into a batch or a refusal; content that landed before is
        not read again.

        `content`: the sha256 of its bytes.
        """
        with self._contents.setdefault(content, threading.Lock()):
            known = self._receipt(contract, content)
            if known is not None and find_damage(self.home, known) is None:
                return self._name_again(known, file_name, arrival, copy.parent)
            return self._parse_new(arrival, file_name, contract, content, copy, known)

    def _arrival(self, number: int, file: DroppedFile, contract: Contract, content: str) -> Arrival:
        """Return when a file arrived: now, or when an interrupted landing first took it."""
        receipt = self._receipt(contract, content)
        refusal = find_refusal(self.home, refusal_id(contract.system, file.name, content))
        for earlier in (receipt and receipt.names.get(file.name), refusal and arrival_of(refusal)):
            if earlier and earlier.mark == file.mark:
                return earlier
        return Arrival(file.taken_place or number, number, file.mark)

    def _receipt(self, contract: Contract, content: str) -> Receipt | None:
        """Return the receipt of a content's batch; `None` if it is missing or damaged."""
        batch_id = receipts.batch_id_of(self.home, contract.system, contract.table, content)
        place = self.home.batch(contract.system, contract.table, batch_id).receipt
        try:
            return receipts.read_receipt(place) if place.exists() else None
        except UserError:
            return None

    def _name_again(self, known: Receipt, file_name: str, arrival: Arrival, folder: Path) -> LandedFile:
        """Record that content in raw has arrived again, perhaps under another name."""
        again = known.named(file_name, arrival)
        if again != known:
            again = replace(again, landed_at=datetime.now(UTC).isoformat())
            receipts.commit_receipt(self.home, again, folder)
        is_new_name = file_name not in known.names
        detail = "its content has landed before" + (", and counts under this name too" if is_new_name else "")
        return LandedFile(known.system, file_name, "duplicate", known.table, known.batch_id, detail=detail)

    def _parse_new(
        self,
        arrival: Arrival,
        file_name: str,
        contract: Contract,
        content: str,
        copy: Path,
        damaged: Receipt | None,
    ) -> LandedFile:
        batch_id = receipts.batch_id_of(self.home, contract.system, contract.table, content)
        landed = LandedFile(contract.system, file_name, "accepted", contract.table, batch_id)
        now = datetime.now(UTC)
        size = copy.stat().st_size
        job = new_job(copy, file_name, batch_id, contract, now)
        outcome = self._parse(job)
        if isinstance(outcome, FileRefusal):
            refusal = {
                "batch_id": content,
                "system": contract.system,
                "table": contract.table,
                "contract_version": contract.version,
                "file_name": file_name,
                "byte_count": size,
                "refused_at": now.isoformat(),
                "landed_sequence": arrival.place,
                "arrival_number": arrival.number,
                "mark": arrival.mark,
                "reason": outcome.reason,
                "detail": outcome.detail,
            }
            commit_refusal(self.home, refusal, copy)
            return replace(landed, result="refused", detail=f"{outcome.reason}: {outcome.detail}")
        receipt = receipt_of(job, outcome, size, arrival)
        if damaged is not None:
            receipt = replace(receipt, names=damaged.names).named(file_name, arrival)
        receipts.commit(self.home, receipt, outcome.accepted, outcome.quarantine)
        return replace(
            landed,
            record_count=receipt.record_count,
            accepted_count=receipt.accepted_count,
            quarantined_count=receipt.quarantined_count,
            detail="; ".join(receipt.warnings),
        )

    def _parse(self, job: Job) -> AcceptedFile | FileRefusal:
        parser = self._idle.get()
        try:
            return parser.parse(job)
        finally:
            self._idle.put(parser)


def _with_detail(landed: LandedFile, detail: str) -> LandedFile:
    return replace(landed, detail="; ".join(filter(None, [landed.detail, detail])))


def new_job(source: Path, file_name: str, batch_id: str, contract: Contract, now: datetime) -> Job:
    """Return a job with the configured limits; its output goes next to the source."""
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
    job: Job, accepted: AcceptedFile, byte_count: int, arrival: Arrival, replay_of: str | None = None
) -> Receipt:
    """Return the receipt of an accepted file."""
    return Receipt(
        batch_id=job.batch_id,
        system=job.contract.system,
        table=job.contract.table,
        contract_version=job.contract.version,
        file_name=job.file_name,
        byte_count=byte_count,
        landed_at=job.landed_at.isoformat(),
        landed_sequence=arrival.place,
        record_count=accepted.record_count,
        accepted_count=accepted.accepted_count,
        quarantined_count=accepted.quarantined_count,
        reasons=accepted.reasons,
        business_date_min=accepted.business_date_min,
        business_date_max=accepted.business_date_max,
        replay_of=replay_of,
        warnings=accepted.warnings,
        names={job.file_name: arrival},
    )

"""Turns contents into batches or refusals, each named by the sha256 of its bytes, exactly once.

Commits the rows of several contents, then their receipts. Knows nothing of the inbox; checking rows belongs
elsewhere.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of
from shopkeeper.landing import receipts
from shopkeeper.landing.damage import find_damage
from shopkeeper.landing.inbox.new_batches import new_job, receipt_of
from shopkeeper.landing.inbox.report import LandedFile
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job, Outcome
from shopkeeper.landing.machine import NotParsed
from shopkeeper.landing.receipts import Arrival, NewBatch, Receipt
from shopkeeper.landing.refused_files import commit_refusal, refusal_id
from shopkeeper.landing.sealing import seal_accepted, seal_refused
from shopkeeper.landing.suppression import read_suppression
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, as_json, joined

if TYPE_CHECKING:
    from shopkeeper.landing.suppression import Suppression
    from shopkeeper.vault import Vault


@dataclass(frozen=True)
class Content:
    """What arrived under a name: the sha256 of its bytes, and a private copy of them, which is used up.

    `refused_at`: when it was refused first, if this is a replay.
    """

    sha256: str
    copy: Path
    file_name: str
    contract: Contract
    arrival: Arrival
    refused_at: str | None = None


@dataclass
class Contents:
    """Takes contents, as many at a time as there are parsers."""

    home: Home
    parsers: Sequence[Parser]
    vault: "Vault | None" = None
    """Needed for contracts with direct identifiers."""

    suppression: "Suppression | None" = field(init=False)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _idle: SimpleQueue[Parser] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.suppression = read_suppression(self.home)
        for parser in self.parsers:
            self._idle.put(parser)

    def take(self, arrived: Sequence[Content]) -> list[LandedFile]:
        """Turn contents into batches or refusals; one that landed before is not read again.

        Of equal contents the first is taken with the others, and the rest when it has landed.
        """
        firsts = {each.sha256: each for each in reversed(arrived)}
        with self._locked(firsts):
            landed = dict(zip(firsts, self._take(list(firsts.values())), strict=True))
        return [
            landed[each.sha256] if each is firsts[each.sha256] else self.take([each])[0] for each in arrived
        ]

    def receipt(self, contract: Contract, sha256: str) -> Receipt | None:
        """Return the receipt of a content's batch; `None` if it is missing or damaged."""
        batch_id = receipts.batch_id_of(self.home, contract.system, contract.table, sha256)
        place = self.home.batch(contract.system, contract.table, batch_id).receipt
        try:
            return receipts.read_receipt(place) if place.exists() else None
        except UserError:
            return None

    @contextmanager
    def _locked(self, contents: dict[str, Content]) -> Iterator[None]:
        """Exclude other takers of these contents; the fixed order of locking prevents a deadlock."""
        with ExitStack() as stack:
            for sha256 in sorted(contents):
                stack.enter_context(self._locks.setdefault(sha256, threading.Lock()))
            yield

    def _take(self, contents: list[Content]) -> list[LandedFile]:
        landed = dict[str, LandedFile]()
        again, new = list[tuple[Receipt, Path]](), list[tuple[Content, Receipt | None]]()
        now = datetime.now(UTC)
        for content in contents:
            known = self.receipt(content.contract, content.sha256)
            if known is None or not self._is_sound(known, content.contract):
                new.append((content, known))
                continue
            landed[content.sha256] = _duplicate(known, content.file_name)
            named = known.named(content.file_name, content.arrival)
            if named != known and known.expired_at is None:
                again.append((replace(named, landed_at=now.isoformat()), content.copy.parent))
        receipts.commit_receipts(self.home, again)
        landed |= self._take_new(new, now)
        return [landed[content.sha256] for content in contents]

    def _take_new(
        self, new: Sequence[tuple[Content, Receipt | None]], now: datetime
    ) -> dict[str, LandedFile]:
        """Parse contents and commit them; a receipt beside a content is that of its damaged batch."""
        landed, batches = dict[str, LandedFile](), list[NewBatch]()
        jobs = [self._job(content, now) for content, _ in new]
        for (content, damaged), job, outcome in zip(new, jobs, self._parse(jobs), strict=True):
            at = LandedFile(
                content.contract.system, job.file_name, "accepted", content.contract.table, job.batch_id
            )
            match outcome:
                case NotParsed():
                    at = replace(at, result="not_parsed", batch_id=None, detail=str(outcome))
                case FileRefusal(reason=reason, detail=detail):
                    self._keep_refused(content, _refusal(content, outcome, now))
                    at = replace(
                        at,
                        result="refused",
                        detail=Sentence("{reason}: {why}", reason=Sentence(reason), why=detail),
                    )
                case AcceptedFile():
                    if self.vault:
                        outcome = seal_accepted(self.vault, job, outcome)
                    receipt = receipt_of(job, outcome, content.copy.stat().st_size, content.arrival)
                    if damaged is not None:
                        receipt = replace(receipt, names=damaged.names).named(job.file_name, content.arrival)
                    batches.append(NewBatch(receipt, outcome.accepted, outcome.quarantine))
                    at = replace(
                        at,
                        record_count=receipt.record_count,
                        accepted_count=receipt.accepted_count,
                        quarantined_count=receipt.quarantined_count,
                        detail=joined(receipt.warnings) if receipt.warnings else "",
                    )
            landed[content.sha256] = at
        receipts.commit(self.home, batches)
        return landed

    def _keep_refused(self, content: Content, refusal: dict[str, object]) -> None:
        key = refusal_id(content.contract.system, content.file_name, content.sha256)
        kept = seal_refused(self.home, content.copy, key)
        commit_refusal(self.home, refusal | {"sealed_sha256": sha256_of(kept)}, kept)

    def _is_sound(self, known: Receipt, contract: Contract) -> bool:
        """Whether a batch is as it landed, with tokens for what its contract now seals, or expired."""
        return known.expired_at is not None or (
            contract.first_in_plain(known.tokenized) is None and find_damage(self.home, known) is None
        )

    def _job(self, content: Content, now: datetime) -> Job:
        contract = content.contract
        batch_id = receipts.batch_id_of(self.home, contract.system, contract.table, content.sha256)
        job = new_job(content.copy, content.file_name, batch_id, contract, now)
        key = self.vault.token_key if self.vault else None
        return replace(job, token_key=key, suppression=self.suppression)

    def _parse(self, jobs: Sequence[Job]) -> Sequence[Outcome | NotParsed]:
        parser = self._idle.get()
        try:
            together = parser.parse_together(jobs) if len(jobs) > 1 else None
            return [_parse_alone(parser, job) for job in jobs] if together is None else together
        finally:
            self._idle.put(parser)


def _parse_alone(parser: Parser, job: Job) -> Outcome | NotParsed:
    try:
        return parser.parse(job)
    except NotParsed as error:
        return error


def _duplicate(known: Receipt, file_name: str) -> LandedFile:
    """Return the result of a content that is in raw and has arrived again, perhaps under another name."""
    detail = Sentence("its content has landed before")
    if known.expired_at is not None:
        detail = Sentence("its content has landed before, and was removed after its retention")
    elif file_name not in known.names:
        detail = Sentence("its content has landed before, and counts under this name too")
    return LandedFile(known.system, file_name, "duplicate", known.table, known.batch_id, detail=detail)


def _refusal(content: Content, refused: FileRefusal, now: datetime) -> dict[str, object]:
    return {
        "batch_id": content.sha256,
        "system": content.contract.system,
        "table": content.contract.table,
        "contract_version": content.contract.version,
        "file_name": content.file_name,
        "byte_count": content.copy.stat().st_size,
        "refused_at": content.refused_at or now.isoformat(),
        "landed_sequence": content.arrival.place,
        "arrival_number": content.arrival.number,
        "mark": content.arrival.mark,
        "reason": refused.reason,
        "detail": refused.detail,
        "said": as_json(refused.detail),
    }

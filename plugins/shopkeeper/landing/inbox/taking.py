"""Takes files out of the inbox: copies them, has their contents landed, and only then sets them aside.

What becomes of a content: see `contents`.
"""

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from shopkeeper.contracts import Catalog, Contract
from shopkeeper.landing.inbox.contents import Content, Contents
from shopkeeper.landing.inbox.dropped_files import DroppedFile, Unreadable, take_copy, told_name
from shopkeeper.landing.inbox.landing_order import Numbered
from shopkeeper.landing.inbox.report import LandedFile
from shopkeeper.landing.inbox.set_aside import Taken, set_aside
from shopkeeper.landing.receipts import Arrival
from shopkeeper.landing.refused_files import arrival_of, find_refusal, refusal_id
from shopkeeper.paths import Home, WorkPaths
from shopkeeper.sentences import Sentence, joined

RUNBOOK = "docs/runbooks/a-source-changed.md"


@dataclass
class Landing:
    """One landing at work.

    `left`: taken files that could not be moved out of the inbox.
    """

    home: Home
    catalog: Catalog
    work: Path
    contents: Contents
    left: dict[DroppedFile, Taken] = field(default_factory=dict)

    def take(self, group: Sequence[Numbered]) -> list[LandedFile]:
        """Take files together, and set aside those that were accepted or refused."""
        started = time.monotonic()
        copied = [self._copy(number, file) for number, file in group]
        arrived = [content for content in copied if isinstance(content, Content)]
        results = iter(self.contents.take(arrived))
        landed = [each if isinstance(each, LandedFile) else next(results) for each in copied]
        for content in arrived:
            shutil.rmtree(content.copy.parent)
        taken = {
            file: Taken(content.sha256, content.arrival.place)
            for (_, file), content, result in zip(group, copied, landed, strict=True)
            if isinstance(content, Content) and result.result != "not_parsed"
        }
        unmoved = set_aside(taken)
        self.left |= {file: taken[file] for file in unmoved if file.taken_place is None}
        seconds = (time.monotonic() - started) / len(group)
        return [
            replace(_with_details(file, result, file in taken, unmoved.get(file)), seconds=seconds)
            for (_, file), result in zip(group, landed, strict=True)
        ]

    def _copy(self, number: int, file: DroppedFile) -> Content | LandedFile:
        """Copy a file; the result of one that stays where it is."""
        contract, name = self.catalog.for_file(file.system, file.name), told_name(self.home, file.name)
        if contract is None or file.identity is None:
            why = "no file that may be read" if file.identity is None else "no contract names such a file"
            detail = Sentence("{why}; {document} says what to do", why=Sentence(why), document=RUNBOOK)
            return LandedFile(file.system, name, "unknown", detail=detail)
        copy = WorkPaths(Path(tempfile.mkdtemp(dir=self.work))).source
        try:
            sha256 = take_copy(file, copy)
        except Unreadable as error:
            detail = Sentence(
                "it cannot be read ({error}); let its owner permit it, or remove it", error=str(error)
            )
            return LandedFile(file.system, name, "unreadable", contract.table, detail=detail)
        if sha256 is None:
            detail = Sentence("it changes or is open for writing; the next landing looks again")
            return LandedFile(file.system, name, "still_written", contract.table, detail=detail)
        arrival = self._arrival(number, file, name, contract, sha256)
        return Content(sha256, copy, name, contract, arrival)

    def _arrival(self, number: int, file: DroppedFile, name: str, contract: Contract, sha256: str) -> Arrival:
        """Return when a file arrived: now, or when an interrupted landing first took it."""
        receipt = self.contents.receipt(contract, sha256)
        refusal = find_refusal(self.home, refusal_id(contract.system, name, sha256))
        for earlier in (receipt and receipt.names.get(name), refusal and arrival_of(refusal)):
            if earlier and earlier.mark == file.mark:
                return earlier
        return Arrival(file.taken_place or number, number, file.mark)


def _with_details(
    file: DroppedFile, landed: LandedFile, is_taken: bool, unmoved: OSError | None
) -> LandedFile:
    details = [landed.detail]
    if is_taken and file.taken_place is not None:
        details.append(Sentence("it has changed since it was taken"))
    if unmoved is not None:
        details.append(
            Sentence("it stays in the inbox, where nothing may be moved ({error})", error=unmoved.strerror)
        )
    detail = joined(filter(None, details)) if any(details) else ""
    return replace(landed, detail=detail, is_left=unmoved is not None)

"""What one landing took: files with their rows, what was refused and why, what it left in the inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopkeeper.landing import Receipt, read_receipts, read_refusal, refusal_ids
from shopkeeper.paths import Home
from shopkeeper.sentences import restored


@dataclass(frozen=True)
class Landing:
    """The batches that landed and the files that were refused between two instants."""

    taken: tuple[Receipt, ...]
    refused: tuple[dict[str, Any], ...]
    """Files refused whole, each with its `key` in quarantine."""

    left: tuple[tuple[str, str, str], ...]
    """Files that stay in the inbox, the result of each and why; the first of `left_count`."""

    left_count: int


def read_landing(home: Home, start: datetime, end: datetime, facts: Mapping[str, Any]) -> Landing:
    """Return what a landing took; `facts`: what its task returned.

    A replay or a correction that a person made meanwhile is not the landing's.
    """

    def is_within(at: str | None) -> bool:
        return at is not None and start <= datetime.fromisoformat(at) <= end

    taken = [each for each in read_receipts(home) if each.replay_of is None and is_within(each.landed_at)]
    refusals = ({**read_refusal(home, key), "key": key} for key in refusal_ids(home))
    left = tuple(
        (each["file"], each["result"], restored(each["why"], each["said"])) for each in facts.get("stays", ())
    )
    left_count = facts.get("left_count", 0) - facts.get("refused_file_count", 0)
    return Landing(
        taken=tuple(sorted(taken, key=lambda each: (each.system, each.table, each.landed_sequence))),
        refused=tuple(each for each in refusals if is_within(each.get("refused_at"))),
        left=left,
        left_count=max(left_count, len(left)),
    )

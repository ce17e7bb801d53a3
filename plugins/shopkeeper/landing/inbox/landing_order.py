"""Numbers the files in landing order, each above all files before it.

Remembers the last number, so that a landing need not read the receipt of every batch, and the numbers of the
files that it is about to take: groups of files are committed in any order, and a killed landing must not let
the newer of two statements become the older one.
"""

import itertools
import json
from collections.abc import Sequence
from typing import Any

from shopkeeper.landing.inbox.dropped_files import DroppedFile
from shopkeeper.landing.receipts import read_receipts
from shopkeeper.landing.refused_files import read_refusal, refusal_ids
from shopkeeper.paths import Home

Numbered = tuple[int, DroppedFile]


def next_sequence(home: Home) -> int:
    """Return a number above that of every arrival; the caller holds the landing lock."""
    memory = _memory(home)
    given = _given(memory).values()
    if isinstance(memory.get("last_sequence"), int) and memory.get("folders") == _folder_times(home):
        return max([memory["last_sequence"], *given]) + 1
    landed = [arrival.number for receipt in read_receipts(home) for arrival in receipt.names.values()]
    refused = [read_refusal(home, key).get("arrival_number", 0) for key in refusal_ids(home)]
    return max([*landed, *refused, *given], default=0) + 1


def give_numbers(home: Home, files: Sequence[DroppedFile]) -> list[Numbered]:
    """Number files in this order; those that a killed landing was about to take keep their numbers."""
    memory = _memory(home)
    given, following = _given(memory), itertools.count(next_sequence(home))
    numbered = [(given.get(file.mark) or next(following), file) for file in files]
    _remember(home, {**memory, "given": _marked(numbered)})
    return numbered


def remember_last(home: Home, sequence: int, waiting: Sequence[Numbered] = ()) -> None:
    """Store the last number given, and the numbers of files that wait to be tried again.

    The last one is used until raw gains or loses a file by any other way.
    """
    given = _marked(waiting)
    _remember(home, {"last_sequence": sequence, "folders": _folder_times(home), "given": given})


def _marked(numbered: Sequence[Numbered]) -> dict[str, int]:
    return {file.mark: number for number, file in numbered if file.mark}


def _memory(home: Home) -> dict[str, Any]:
    try:
        memory = json.loads(home.landing_order.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def _given(memory: dict[str, Any]) -> dict[str, int]:
    given = memory.get("given")
    if not isinstance(given, dict):
        return {}
    return {mark: number for mark, number in given.items() if isinstance(number, int)}


def _remember(home: Home, memory: dict[str, Any]) -> None:
    partial = home.landing_order.with_suffix(".json.partial")
    partial.write_text(json.dumps(memory))
    partial.replace(home.landing_order)


def _folder_times(home: Home) -> dict[str, int]:
    """Return when each folder of raw last gained or lost a file, which includes every new receipt."""
    folders = sorted(path for path in home.raw.glob("*/*") if path.is_dir())
    return {"/".join(path.parts[-2:]): path.stat().st_mtime_ns for path in folders}

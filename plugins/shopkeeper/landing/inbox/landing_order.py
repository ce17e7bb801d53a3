"""Numbers the files in landing order, each above all files before it.

Remembers the last number, so that a landing need not read the receipt of every batch.
"""

import json

from shopkeeper.landing.receipts import read_receipts
from shopkeeper.landing.refused_files import read_refusal, refusal_ids
from shopkeeper.paths import Home


def next_sequence(home: Home) -> int:
    """Return a number above that of every arrival; the caller holds the landing lock."""
    try:
        memory = json.loads(home.landing_order.read_text())
        if memory["folders"] == _folder_times(home):
            return int(memory["last_sequence"]) + 1
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    landed = [arrival.number for receipt in read_receipts(home) for arrival in receipt.names.values()]
    refused = [read_refusal(home, key).get("arrival_number", 0) for key in refusal_ids(home)]
    return max([*landed, *refused], default=0) + 1


def remember_last(home: Home, sequence: int) -> None:
    """Store the last number given. It is used until raw gains or loses a file by any other way."""
    memory = {"last_sequence": sequence, "folders": _folder_times(home)}
    partial = home.landing_order.with_suffix(".json.partial")
    partial.write_text(json.dumps(memory))
    partial.replace(home.landing_order)


def _folder_times(home: Home) -> dict[str, int]:
    """Return when each folder of raw last gained or lost a file, which includes every new receipt."""
    folders = sorted(path for path in home.raw.glob("*/*") if path.is_dir())
    return {"/".join(path.parts[-2:]): path.stat().st_mtime_ns for path in folders}

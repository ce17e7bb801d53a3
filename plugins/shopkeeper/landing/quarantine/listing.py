"""Lists what was refused: whole files, and rows batch by batch.

A refusal is open until a replay or a person settles it. A duplicate of an accepted row (severity `info`) is
settled from the start, since its data is in raw.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper.errors import UserError
from shopkeeper.landing.checking.checks import REPLAYED_LINES
from shopkeeper.landing.damage import find_damage, find_damage_of_file
from shopkeeper.landing.quarantine.keys import find_key, has_rows, receipt_of
from shopkeeper.landing.quarantine.settlements import read_settlement, read_taken_back
from shopkeeper.landing.receipts import (
    Arrival,
    Receipt,
    find_receipt,
    id_apart,
    read_receipts,
)
from shopkeeper.landing.refusals import details
from shopkeeper.landing.refused_files import arrival_of, read_refusal, refusal_ids
from shopkeeper.landing.sealing import readable
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

WITHIN = "shopkeeper"
"""Who looks where no person does: what he sees is masked or checked again."""


@dataclass(frozen=True)
class Quarantined:
    """One file with open refusals: `row_count` of its rows, or all of it (`is_whole_file`, count 0).

    `key` identifies it for `show` and `replay`: the batch id, or the refusal's own id for a file refused
    whole.
    """

    key: str
    batch_id: str
    system: str
    table: str
    file_name: str
    is_whole_file: bool
    row_count: int
    reasons: dict[str, int]
    detail: str


@dataclass(frozen=True)
class Inspected:
    """One refusal: what is open of it, or all of it if nothing is; its open rows as they arrived."""

    entry: Quarantined
    is_open: bool
    rows: pa.Table | None
    """As `refusals.SCHEMA`; None for a file refused whole."""


def refusals(home: Home, *, with_settled: bool = False) -> list[Quarantined]:
    """Return refused files and files with refused rows, ordered by name: only open ones, or all."""
    landed = list(read_receipts(home))
    found = [*_files(home, landed, with_settled), *_batches(home, landed, with_settled)]
    return sorted(found, key=lambda entry: (entry.system, entry.table, entry.file_name, entry.key))


def open_refusal(home: Home, key: str) -> dict[str, Any] | None:
    """Return why a file was refused whole; `None` if this key has no open refusal."""
    if key not in refusal_ids(home):
        return None
    refusal = read_refusal(home, key)
    landed = read_receipts(home, refusal["system"], refusal["table"])
    return _open_refusals(home, {key: refusal}, landed).get(key)


def open_rows(home: Home, receipt: Receipt) -> pa.Table:
    """Return the refused rows of a batch, as `refusals.SCHEMA`, that no replay has settled."""
    landed = read_receipts(home, receipt.system, receipt.table)
    return _open_rows(home, receipt, [other for other in landed if other.replay_of == receipt.batch_id])


def inspect(home: Home, start: str, *, who: str = WITHIN, why: str = "to mask it") -> Inspected:
    """Return one refusal and its open rows, each of its files read once; `UserError` for an unknown key.

    Opens what is sealed, as `show` does.
    """
    key = find_key(home, start)
    receipt = find_receipt(home, key)
    if receipt is None or not has_rows(receipt):
        refusal = read_refusal(home, key)
        landed = read_receipts(home, refusal["system"], refusal["table"])
        is_open = bool(_open_refusals(home, {key: refusal}, landed))
        return Inspected(_of_file(key, refusal), is_open, None)
    landed = read_receipts(home, receipt.system, receipt.table)
    rows = _rows(home, receipt)
    still = _still_open(home, receipt, [each for each in landed if each.replay_of == key], rows)
    entry = _of_rows(receipt, still if still.num_rows else rows)
    return Inspected(entry, bool(still.num_rows), readable(home, still, who, why))


def show(
    home: Home, start: str, *, with_settled: bool = False, who: str = WITHIN, why: str = "to mask it"
) -> pa.Table:
    """Return the refused rows of one batch as they arrived, or the refusal of a whole file.

    Opens what is sealed, and the vault's log keeps who asked and why; `UserError` without its key.
    """
    key = find_key(home, start)
    if find_receipt(home, key) is None:
        return pa.Table.from_pylist([read_refusal(home, key)])
    receipt = receipt_of(home, key)
    rows = _rows(home, receipt) if with_settled else open_rows(home, receipt)
    return readable(home, rows, who, why)


def _open_refusals(
    home: Home, refusals: dict[str, dict[str, Any]], landed: Iterable[Receipt]
) -> dict[str, dict[str, Any]]:
    """Return the refusals that no person settled, and whose file has since landed neither with this content
    nor with newer content.
    """
    latest: dict[tuple[str, str, str], Arrival] = {}
    taken_back = read_taken_back(home)
    contents = set[tuple[str, str, str, str]]()
    for receipt in landed:
        if receipt.batch_id in taken_back:
            continue
        for name, arrival in receipt.names.items():
            place = receipt.system, receipt.table, name
            latest[place] = max(arrival, latest.get(place, arrival))
            contents.add((*place, receipt.batch_id))
    is_open = {}
    for key, refusal in refusals.items():
        place = refusal["system"], refusal["table"], refusal["file_name"]
        refused = arrival_of(refusal)
        is_restated = refused is not None and latest.get(place, refused) > refused
        ids = refusal["batch_id"], id_apart(*place[:2], refusal["batch_id"])
        is_settled = is_restated or read_settlement(home, key) is not None
        if not is_settled and contents.isdisjoint((*place, batch_id) for batch_id in ids):
            is_open[key] = refusal
    return is_open


def _files(home: Home, landed: list[Receipt], with_settled: bool) -> Iterator[Quarantined]:
    refused = {key: read_refusal(home, key) for key in refusal_ids(home)}
    for key, refusal in (refused if with_settled else _open_refusals(home, refused, landed)).items():
        yield _of_file(key, refusal)


def _of_file(key: str, refusal: dict[str, Any]) -> Quarantined:
    return Quarantined(
        key=key,
        batch_id=refusal["batch_id"],
        system=refusal["system"],
        table=refusal["table"],
        file_name=refusal["file_name"],
        is_whole_file=True,
        row_count=0,
        reasons={refusal["reason"]: 1},
        detail=refusal["detail"],
    )


def _batches(home: Home, landed: list[Receipt], with_settled: bool) -> Iterator[Quarantined]:
    replays = defaultdict(list)
    for receipt in landed:
        replays[receipt.replay_of].append(receipt)
    for receipt in landed:
        if has_rows(receipt):
            if with_settled:
                rows = _rows(home, receipt)
            else:
                rows = _open_rows(home, receipt, replays[receipt.batch_id])
            if rows.num_rows:
                yield _of_rows(receipt, rows)


def _of_rows(receipt: Receipt, rows: pa.Table) -> Quarantined:
    reasons = dict(Counter(rows["reason"].to_pylist()).most_common())
    first = {"line": pc.min(rows["line_number"]).as_py(), "why": details(rows)[0]}
    detail = Sentence("first on line {line}: {why}", **first)
    place = receipt.batch_id, receipt.system, receipt.table, receipt.file_name
    return Quarantined(receipt.batch_id, *place, False, rows.num_rows, reasons, detail)


def replayed_lines(home: Home, replay: Receipt) -> set[int]:
    """Return the lines of its origin that a replay took; `UserError` if its rows are damaged."""
    if damage := find_damage(home, replay):
        raise UserError(damage)
    raw = home.batch(replay.system, replay.table, replay.batch_id).rows
    return set(json.loads(pq.read_metadata(raw).metadata[REPLAYED_LINES.encode()]))


def _open_rows(home: Home, receipt: Receipt, replays: Iterable[Receipt]) -> pa.Table:
    return _still_open(home, receipt, replays, _rows(home, receipt))


def _still_open(home: Home, receipt: Receipt, replays: Iterable[Receipt], rows: pa.Table) -> pa.Table:
    taken_back, settled = read_taken_back(home), set[int]()
    for replay in replays:
        if replay.batch_id not in taken_back:
            settled |= replayed_lines(home, replay)
    settlement = read_settlement(home, receipt.batch_id)
    if settlement is not None:
        settled |= set(settlement.lines or ())
    is_missing = pc.not_equal(rows["severity"], "info")
    is_settled = pc.is_in(rows["line_number"], value_set=pa.array(sorted(settled), pa.int64()))
    return rows.filter(pc.and_(is_missing, pc.invert(is_settled)))


def _rows(home: Home, receipt: Receipt) -> pa.Table:
    path = rows_file(home, receipt)
    damage = find_damage_of_file(path, receipt.quarantine_sha256, receipt.quarantined_count)
    if damage:
        raise UserError(damage)
    return pq.ParquetFile(path).read()


def rows_file(home: Home, receipt: Receipt) -> Path:
    """Return the file of a batch's refused rows."""
    return home.batch(receipt.system, receipt.table, receipt.batch_id).quarantine

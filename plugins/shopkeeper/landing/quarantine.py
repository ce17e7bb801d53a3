"""What was refused: files refused whole, and rows batch by batch.

Reading only; what was kept is never altered. A refusal is open until a replay settles it; a copy of an
accepted row (severity ``info``) is settled from the start, since what it says is in raw.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.checks import REPLAYED_LINES
from shopkeeper.landing.receipts import REFUSAL, Receipt, batch_paths, find_receipt, read_receipts
from shopkeeper.landing.records import INSIDE_QUOTE, Malformed, split
from shopkeeper.landing.refusals import Layout, read_layout
from shopkeeper.paths import Home

WITHHELD = "***"


@dataclass(frozen=True)
class Quarantined:
    """One file with open refusals: ``row_count`` rows of it, or all of it (``is_whole_file``, count 0)."""

    batch_id: str
    system: str
    table: str
    file_name: str
    is_whole_file: bool
    row_count: int
    reasons: dict[str, int]
    detail: str


def refusals(home: Home, *, with_settled: bool = False) -> list[Quarantined]:
    """Return files refused and files with refused rows, in order of their names: open ones only, or all."""
    found = [*_files(home, with_settled), *_batches(home, with_settled)]
    return sorted(found, key=lambda entry: (entry.system, entry.table, entry.file_name, entry.batch_id))


def resolve(home: Home, start: str) -> str:
    """Return the one batch id, landed or refused, that starts so; ``UserError`` where that is not one."""
    known = {receipt.batch_id for receipt in read_receipts(home) if receipt.quarantined_count}
    known |= {path.parent.name for path in home.quarantined_files.glob(f"*/{REFUSAL}")}
    found = [batch_id for batch_id in known if batch_id.startswith(start)]
    if len(found) != 1:
        what = "nothing" if not found else "more than one batch"
        raise UserError(
            f"{what} in quarantine starts with {start}; `shopkeeper quarantine list` shows what is"
        )
    return found[0]


def open_rows(home: Home, receipt: Receipt) -> pa.Table:
    """Return the refused rows of a batch, as ``refusals.SCHEMA``, that nothing has settled yet."""
    return _open_rows(home, receipt, read_receipts(home, receipt.system, receipt.table))


def show(home: Home, start: str, *, with_settled: bool = False) -> pa.Table:
    """Return the rows of one batch as they came, open ones or all, or the refusal of a file refused whole."""
    batch_id = resolve(home, start)
    if find_receipt(home, batch_id) is None:
        return pa.Table.from_pylist([refusal_of(home, batch_id)])
    receipt = receipt_of(home, batch_id)
    return pq.read_table(_rows_file(home, receipt)) if with_settled else open_rows(home, receipt)


def masked(home: Home, rows: pa.Table, contract: Contract) -> pa.Table:
    """Return refused rows with ``record`` as text in which values of persons are withheld.

    A record whose fields cannot be told apart is withheld whole where the contract has such columns.
    """
    if "record" not in rows.column_names or not rows.num_rows:
        return rows
    receipt = receipt_of(home, rows["batch_id"][0].as_py())
    layout = read_layout(_rows_file(home, receipt))
    pairs = zip(rows["record"].to_pylist(), rows["reason"].to_pylist(), strict=True)
    texts = [_mask(record, reason, layout, contract) for record, reason in pairs]
    place = rows.column_names.index("record")
    return rows.set_column(place, "record", pa.array(texts, pa.string()))


def receipt_of(home: Home, batch_id: str) -> Receipt:
    """Return a batch's receipt; ``UserError`` where it has none."""
    receipt = find_receipt(home, batch_id)
    if receipt is None:
        raise UserError(f"batch {batch_id} is not in {home.raw}; `shopkeeper batches list` shows what is")
    return receipt


def refusal_of(home: Home, batch_id: str) -> dict[str, str]:
    """Return why a file was refused whole."""
    path = home.quarantined_files / batch_id / REFUSAL
    refusal: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return refusal


def refused_file(home: Home, batch_id: str) -> Path:
    """Return the file itself that was refused whole."""
    (file,) = (path for path in (home.quarantined_files / batch_id).iterdir() if path.name != REFUSAL)
    return file


def _files(home: Home, with_settled: bool) -> Iterator[Quarantined]:
    for path in home.quarantined_files.glob(f"*/{REFUSAL}"):
        refusal = refusal_of(home, path.parent.name)
        place = refusal["system"], refusal["table"]
        if with_settled or not batch_paths(home, *place, refusal["batch_id"]).receipt.exists():
            reasons = {refusal["reason"]: 1}
            yield Quarantined(
                refusal["batch_id"], *place, refusal["file_name"], True, 0, reasons, refusal["detail"]
            )


def _batches(home: Home, with_settled: bool) -> Iterator[Quarantined]:
    landed = list(read_receipts(home))
    replays = [receipt for receipt in landed if receipt.replay_of is not None]
    for receipt in landed:
        if receipt.quarantined_count:
            rows = (
                pq.read_table(_rows_file(home, receipt))
                if with_settled
                else _open_rows(home, receipt, replays)
            )
            if rows.num_rows:
                reasons = dict(Counter(rows["reason"].to_pylist()).most_common())
                detail = f"first on line {pc.min(rows['line_number']).as_py()}: {rows['detail'][0].as_py()}"
                place = receipt.batch_id, receipt.system, receipt.table, receipt.file_name
                yield Quarantined(*place, False, rows.num_rows, reasons, detail)


def _open_rows(home: Home, receipt: Receipt, others: Iterable[Receipt]) -> pa.Table:
    replayed: set[int] = set()
    for other in others:
        if other.replay_of == receipt.batch_id:
            raw = batch_paths(home, other.system, other.table, other.batch_id).rows
            replayed |= set(json.loads(pq.read_metadata(raw).metadata[REPLAYED_LINES.encode()]))
    rows = pq.read_table(_rows_file(home, receipt))
    is_missing = pc.not_equal(rows["severity"], "info")
    is_settled = pc.is_in(rows["line_number"], value_set=pa.array(sorted(replayed), pa.int64()))
    return rows.filter(pc.and_(is_missing, pc.invert(is_settled)))


def _mask(record: bytes, reason: str, layout: Layout, contract: Contract) -> str:
    text = record.decode(layout.encoding, "backslashreplace")
    if not contract.masked_columns:
        return text
    shown = {column.name for column in contract.columns} - contract.masked_columns
    try:
        if layout.format != "csv":
            found = json.loads(text)
            kept = {k if k in shown else WITHHELD: v if k in shown else WITHHELD for k, v in found.items()}
            return json.dumps(kept, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        if reason == INSIDE_QUOTE:
            return WITHHELD
        fields = split(text, layout.delimiter)
        pairs = zip(layout.columns, fields, strict=True)
        return layout.delimiter.join(field if name in shown else WITHHELD for name, field in pairs)
    except (Malformed, ValueError, AttributeError, RecursionError):
        return WITHHELD


def _rows_file(home: Home, receipt: Receipt) -> Path:
    return batch_paths(home, receipt.system, receipt.table, receipt.batch_id).quarantine

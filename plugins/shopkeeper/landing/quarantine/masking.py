"""Masks the values of persons in refused rows, so that they can be shown."""

import json

import pyarrow as pa

from shopkeeper.contracts import Contract
from shopkeeper.landing.quarantine.keys import receipt_of
from shopkeeper.landing.quarantine.listing import rows_file
from shopkeeper.landing.reading.records import INSIDE_QUOTE, RowRefused, split
from shopkeeper.landing.refusals import Layout, read_layout
from shopkeeper.paths import Home

WITHHELD = "***"


def masked(home: Home, rows: pa.Table, contract: Contract) -> pa.Table:
    """Return refused rows with `record` as text and personal values masked.

    If the contract masks columns, a record that cannot be split into fields is masked whole.
    """
    if "record" not in rows.column_names or not rows.num_rows:
        return rows
    receipt = receipt_of(home, rows["batch_id"][0].as_py())
    layout = read_layout(rows_file(home, receipt))
    pairs = zip(rows["record"].to_pylist(), rows["reason"].to_pylist(), strict=True)
    texts = [_mask(record, reason, layout, contract) for record, reason in pairs]
    place = rows.column_names.index("record")
    return rows.set_column(place, "record", pa.array(texts, pa.string()))


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
    except (RowRefused, ValueError, AttributeError, RecursionError):
        return WITHHELD

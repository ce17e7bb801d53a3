"""Masks what may be of a person in refused rows, so that they can be shown.

A value may stand in a column to which it does not belong. So only those are shown that are what a column of
no person promises: numbers, days, listed words, codes by a pattern, and no phone or the like among them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from shopkeeper.contracts import Column, Contract
from shopkeeper.contracts.casts import clean_sql, raw_type
from shopkeeper.contracts.faults import faults
from shopkeeper.engine import connect, identifier
from shopkeeper.landing.quarantine.keys import receipt_of
from shopkeeper.landing.quarantine.listing import rows_file
from shopkeeper.landing.reading.records import INSIDE_QUOTE, RowRefused, split
from shopkeeper.landing.refusals import Layout, read_layout
from shopkeeper.paths import Home

WITHHELD = "***"
MEMORY_LIMIT = "64MB"
Fields = dict[str, Any]


def masked(home: Home, rows: pa.Table, contract: Contract) -> pa.Table:
    """Return refused rows with `record` as text, and masked what may be of a person.

    A record that cannot be split into fields is masked whole.
    """
    if "record" not in rows.column_names or not rows.num_rows:
        return rows
    receipt = receipt_of(home, rows["batch_id"][0].as_py())
    layout = read_layout(rows_file(home, receipt))
    pairs = zip(rows["record"].to_pylist(), rows["reason"].to_pylist(), strict=True)
    found = [None if reason == INSIDE_QUOTE else fields_of(record, layout) for record, reason in pairs]
    place = rows.column_names.index("record")
    return rows.set_column(place, "record", pa.array(masked_records(found, layout, contract), pa.string()))


def masked_records(found: Sequence[Fields | None], layout: Layout, contract: Contract) -> list[str]:
    """Return records as text, masked; None is one that cannot be split into fields."""
    shown = iter(_shown([fields for fields in found if fields is not None], contract))
    return [WITHHELD if fields is None else _written(fields, next(shown), layout) for fields in found]


def fields_of(record: bytes, layout: Layout) -> Fields | None:
    """Return the fields of a record by name, as text; None if it cannot be split into them."""
    text = record.decode(layout.encoding, "backslashreplace")
    try:
        if layout.format != "csv":
            return dict(json.loads(text, parse_float=str, parse_int=str, parse_constant=str).items())
        return dict(zip(layout.columns, split(text, layout.delimiter), strict=True))
    except (RowRefused, ValueError, AttributeError, RecursionError):
        return None


def _written(fields: Fields, shown: frozenset[str], layout: Layout) -> str:
    if layout.format == "csv":
        return layout.delimiter.join(v if name in shown or not v else WITHHELD for name, v in fields.items())
    kept = {k if k in shown else WITHHELD: v if k in shown else WITHHELD for k, v in fields.items()}
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _shown(rows: Sequence[Fields], contract: Contract) -> list[frozenset[str]]:
    """Return, of each row, the names of the columns whose value may be shown."""
    open_columns = [column for column in contract.columns if _is_closed(column)]
    if not rows or not open_columns:
        return [frozenset()] * len(rows)
    texts = {
        c.name: pa.array([_text(row.get(c.name)) for row in rows], pa.string()) for c in contract.columns
    }
    is_sound = _soundness(texts, contract)
    kept = {}
    for column in open_columns:
        is_listed = bool(column.allowed_values) or column.type in ("date", "timestamp", "boolean")
        names = [False] * len(rows) if is_listed else _names_a_person(texts[column.name], contract)
        kept[column.name] = [s and not n for s, n in zip(is_sound[column.name], names, strict=True)]
    return [frozenset(name for name, flags in kept.items() if flags[place]) for place in range(len(rows))]


def _is_closed(column: Column) -> bool:
    """Whether a sound value of a column can be told from a name: free text is anything."""
    is_told = column.type != "text" or bool(column.allowed_values) or column.pattern is not None
    return is_told and not column.is_redacted and column.classification in ("public", "internal")


def _text(value: Any) -> str | None:
    """Return a field's value as the checks read it; no column takes what is no single value."""
    if isinstance(value, bool):
        return str(value).lower()
    text = None if value is None else value if isinstance(value, str) else "\0"
    return text.encode("utf-8", "backslashreplace").decode() if text else None


def _soundness(texts: Mapping[str, pa.Array], contract: Contract) -> dict[str, list[bool]]:
    """Return, of each column, which of its values the contract's checks let pass."""
    is_typed = contract.file is not None and contract.file.format == "parquet"
    compiled = faults(contract, datetime.now(UTC))
    values, passes = [], []
    for column in contract.columns:
        name, fits = identifier(column.name), identifier(f"{column.name} fits")
        value = f"try_cast({name} as {raw_type(column)})" if is_typed else clean_sql(column, name)
        values.append(
            f"{value} as {name}, {f'{name} is null or {value} is not null' if is_typed else 'true'} as {fits}"
        )
        passes.append(f"{fits} and ({compiled[column.name]}) is null as {name}")
    query = f"select {', '.join(passes)} from (select {', '.join(values)} from texts)"
    with connect(threads=1, memory_limit=MEMORY_LIMIT) as connection:
        connection.register("texts", pa.table(dict(texts)))
        found = connection.execute(query).to_arrow_table()
    return {name: found[name].to_pylist() for name in texts}


def _names_a_person(texts: pa.Array, contract: Contract) -> list[bool]:
    from shopkeeper.vault import names_person  # heavy

    regions = {region for column in contract.columns for region in column.regions}
    return [any(each) for each in zip(*(names_person(texts, region) for region in regions), strict=True)]

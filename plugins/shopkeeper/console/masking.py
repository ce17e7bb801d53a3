"""What a caller may see of a value: as it is, as a token, or not at all.

A token is the same for the same value in this home: it shows which rows belong to one person, and leads
nowhere else.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pyarrow as pa

from shopkeeper.console.access import Caller
from shopkeeper.console.reader import Rows
from shopkeeper.console.tokens import token_key
from shopkeeper.paths import Home
from shopkeeper.vault import TokenKey
from shopkeeper.warehouse.trace import may_be_shown

MASK = "•••"


def shown_to(home: Home, caller: Caller, rows: Rows) -> Rows:
    """Return rows as a caller may see them: identifiers of persons as tokens, all else of persons masked."""
    personal = [name for name in rows.columns if not may_be_shown(name)]
    if not personal:
        return rows
    shown = cache(partial(_shown, _key(home) if caller.may("tokens") else None))
    return Rows(
        rows.columns,
        [{**row, **{name: shown(name, row[name]) for name in personal}} for row in rows],
    )


def columns_shown_to(home: Home, caller: Caller, table: pa.Table) -> pa.Table:
    """Return columns as a caller may see them, as `shown_to` does for rows; each value is looked at once."""
    key = _key(home) if caller.may("tokens") else None
    for place, name in enumerate(table.column_names):
        if is_personal(name):
            table = table.set_column(place, name, as_texts(table[name], partial(_shown, key, name)))
    return table


def as_texts(column: pa.ChunkedArray, change: Callable[[Any], str | None]) -> pa.Array:
    """Return a column as the texts that its values become; each distinct value is changed once."""
    values = column.combine_chunks().dictionary_encode()
    changed = [change(each) for each in values.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(values.indices)


def is_personal(column: str) -> bool:
    """Whether a column's values are masked for some callers."""
    return not may_be_shown(column)


def _shown(key: TokenKey | None, column: str, value: Any) -> Any:
    if value is None:
        return None
    if key is None or not column.endswith("_id"):
        return MASK
    return "~" + key.hash(str(value))[:10]


def _key(home: Home) -> TokenKey | None:
    try:
        return token_key(home)
    except OSError:  # A web server that may only read the home: masked until a role is given again.
        return None

"""Keeps out persons who were erased: what is sent of them again becomes anonymous as it lands.

Knows them by keyed hashes alone. The same functions take a person out of rows that landed before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shopkeeper.contracts import Column, Contract
from shopkeeper.files import write_json
from shopkeeper.paths import Home, PrivacyPaths

if TYPE_CHECKING:
    import pyarrow as pa

    from shopkeeper.vault import TokenKey

ERASED = "ERASED"
"""The reason of an identifier that is null since its person was erased."""

STRONG = ("phone", "email", "identity_card")
"""Kinds of identifiers that name one person; many share a name, a birth date or an address."""


class Anonymous(NamedTuple):
    """A row-wise change: of each column, the numbers and what takes their place; tokens of whom it is."""

    numbers: dict[str, dict[str, str]]
    tokens: "pa.Array"


@dataclass(frozen=True)
class Suppression:
    """Who must not come back.

    `columns`: of each table, `<system>.<table>`, its columns with numbers of persons and the types of
    identifiers that each may hold. `hashes`: keyed hashes of numbers and tokens, with the number of the
    erasure.
    """

    key: "TokenKey" = field(repr=False)
    columns: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    hashes: dict[str, int] = field(default_factory=dict)

    def number_hash(self, kind: str, number: str) -> str:
        """Return the keyed hash of a number under which a system knows a person."""
        return self.key.hash("number", kind, number)

    def token_hash(self, token: str) -> str:
        """Return the keyed hash of a token."""
        return self.key.hash("token", token)

    def anonymous(self, number: str) -> str:
        """Return the anonymous id in the place of a number, always the same one."""
        return f"anonymous-{self.key.hash('anonymous', number)}"

    def found_in(self, rows: "pa.Table", contract: Contract) -> Anonymous | None:
        """Return what to change in rows with tokens, or None if nobody suppressed is in them."""
        import pyarrow as pa

        numbers: dict[str, dict[str, str]] = {}
        for column, kinds in self.columns.get(contract.name, {}).items():
            if column not in rows.column_names:
                continue
            for number in rows[column].unique().drop_null().cast(pa.string()).to_pylist():
                if any(self.number_hash(kind, number) in self.hashes for kind in kinds):
                    numbers.setdefault(column, {})[number] = self.anonymous(number)
        tokens = [
            token
            for column in contract.direct_identifiers
            if column.identifier_kind in STRONG
            for token in rows[column.name].unique().drop_null().to_pylist()
            if self.token_hash(token) in self.hashes
        ]
        return Anonymous(numbers, pa.array(tokens, pa.string())) if numbers or tokens else None


def read_suppression(home: Home) -> Suppression | None:
    """Return who must not come back; None where nobody was erased."""
    file = PrivacyPaths(home.privacy).suppressed
    if not file.exists():
        return None
    from shopkeeper.vault import open_vault

    kept = json.loads(file.read_bytes())
    return Suppression(open_vault(home).token_key.of_erasures, kept["columns"], kept["hashes"])


def write_suppression(file: Path, suppression: Suppression) -> None:
    """Write who must not come back."""
    write_json(file, {"columns": suppression.columns, "hashes": suppression.hashes})


def own_rows(rows: "pa.Table", contract: Contract, found: Anonymous) -> "pa.ChunkedArray":
    """Return which rows are the person's own: by the person column, or any number without it, or a token."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = pa.chunked_array([pa.array([False] * rows.num_rows, pa.bool_())])
    for column in contract.sealed_columns:
        own = pc.or_(own, pc.is_in(tokens_of(rows, column.name), value_set=found.tokens))
    person = contract.person_column
    for name in found.numbers:
        if name == person or person is None:
            own = pc.or_(own, _is_named(rows, name, found))
    return own


def touched_rows(rows: "pa.Table", contract: Contract, found: Anonymous) -> "pa.ChunkedArray":
    """Return which rows hold one of the person's numbers, or are his own."""
    return _or_named(rows, own_rows(rows, contract, found), found)


def anonymized(rows: "pa.Table", contract: Contract, found: Anonymous) -> tuple["pa.Table", int]:
    """Return rows without what names a person, and how many rows that changed.

    Numbers become anonymous ids. In a row that is the person's own, every identifier and free text becomes
    null, with a reason; the number that is an identifier itself becomes an anonymous id instead. Of a URL,
    and a text that stays, only the way to the original goes.
    """
    import pyarrow.compute as pc

    own = own_rows(rows, contract, found)
    touched = _or_named(rows, own, found)
    for column in contract.sealed_columns:
        if column.name not in found.numbers:
            rows = _emptied(rows, column, own)
    for name, numbers in found.numbers.items():
        rows = _put(rows, name, _replaced(rows[name], numbers))
    return rows, pc.sum(touched).as_py() or 0


def _or_named(rows: "pa.Table", own: "pa.ChunkedArray", found: Anonymous) -> "pa.ChunkedArray":
    import pyarrow.compute as pc

    for name in found.numbers:
        own = pc.or_(own, _is_named(rows, name, found))
    return own


def _is_named(rows: "pa.Table", column: str, found: Anonymous) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(
        rows[column].cast(pa.string()), value_set=pa.array(list(found.numbers[column]), pa.string())
    )


def tokens_of(rows: "pa.Table", column: str) -> "pa.ChunkedArray":
    """Return the tokens of a column: beside a free text, in the place of an identifier."""
    beside = f"{column}__token"
    return rows[beside if beside in rows.column_names else column]


def _emptied(rows: "pa.Table", column: Column, own: "pa.ChunkedArray") -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    null = pa.scalar(None, pa.string())
    held = pc.and_(own, pc.is_valid(rows[column.name]))
    for name, value in ((f"{column.name}__reason", pa.scalar(ERASED)), (f"{column.name}__token", null)):
        if name in rows.column_names:
            rows = _put(rows, name, pc.if_else(held, value, rows[name]))
    if column.is_url or column.stays_when_erased:
        return rows
    return _put(rows, column.name, pc.if_else(own, null, rows[column.name]))


def _replaced(values: "pa.ChunkedArray", numbers: Mapping[str, str]) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(values.cast(pa.string()), value_set=pa.array(list(numbers), pa.string()))
    anonymous = pa.array(list(numbers.values()), pa.string()).take(place.combine_chunks())
    return pc.coalesce(pa.chunked_array([anonymous]), values.cast(pa.string()))


def _put(rows: "pa.Table", name: str, values: "pa.ChunkedArray") -> "pa.Table":
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, rows.schema.field(place).with_type(values.type), values)

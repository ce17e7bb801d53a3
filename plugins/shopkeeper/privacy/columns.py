"""Which columns of raw hold numbers of persons, and which type of identifier each holds.

The staging models say it of the columns that they read; their neighbours and their values, of the others.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlglot
from sqlglot import expressions as sql

from shopkeeper import warehouse
from shopkeeper.contracts import Column, Contract
from shopkeeper.errors import UserError
from shopkeeper.landing import read_receipts
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer

NumberColumns = dict[str, dict[str, list[str]]]
"""Of each raw table, `<system>.<table>`: its columns with numbers, and the types that each may hold."""

VALUES = {"identifier_value": "identifier_type", "linked_identifier_value": "linked_identifier_type"}
LEAST_KNOWN = 0.5
"""A column that no model reads holds numbers if this share of its values are known ones."""

_LANDED = re.compile(r"landed/(\w+)/(\w+)/")


def number_columns(home: Home, contracts: Iterable[Contract]) -> NumberColumns:
    """Return where numbers of persons are, as the published version reads them.

    Raises `UserError` if such a column is no text, since an anonymous id would not fit.
    """
    known = _known(home)
    staged = _staged(home, {*retailer().identifiers, *known})
    found: NumberColumns = {}
    for contract in contracts:
        for column in contract.columns:
            if column.classification not in ("personal", "direct_identifier") or column.is_redacted:
                continue
            kinds = _kinds(home, contract, column, staged, known)
            if kinds and column.type != "text":
                raise UserError(
                    f"{contract.name} holds numbers of persons in {column.name} as {column.type}; "
                    "let its contract say logicalType: string"
                )
            if kinds:
                found.setdefault(contract.name, {})[column.name] = sorted(kinds)
    return found


def kinds_of(system: str, columns: NumberColumns, contracts: Iterable[Contract]) -> list[str]:
    """Return the types of the numbers by which a system knows persons."""
    own, any_ = set[str](), set[str]()
    for contract in contracts:
        if contract.system == system:
            held = columns.get(contract.name, {})
            any_ |= {kind for kinds in held.values() for kind in certain(system, kinds)}
            own |= set(certain(system, held.get(contract.person_column or "", ())))
    if not own | any_:
        raise UserError(f"no table of {system} holds numbers of persons; name one of another system")
    return sorted(own or any_)


def certain(system: str, kinds: Sequence[str]) -> Sequence[str]:
    """Return the types of a column's numbers; of a column that nobody explains, only the system's own."""
    return [system] if system in kinds else kinds


def _kinds(
    home: Home,
    contract: Contract,
    column: Column,
    staged: dict[tuple[str, str], dict[str, set[str]]],
    known: dict[str, set[str]],
) -> set[str]:
    if found := staged.get((contract.system, contract.table), {}).get(column.name):
        return found
    is_person = contract.person_column == column.name
    if column.classification == "direct_identifier" and not is_person:
        return set()
    beside = (
        columns.get(column.name, set())
        for (system, _), columns in staged.items()
        if system == contract.system
    )
    if found := set().union(*beside):
        return found
    if (contract.system, contract.table) in staged:
        return set()
    if found := _by_values(home, contract, column, known):
        return found
    return {contract.system, *retailer().identifiers} if is_person else set()


def _staged(home: Home, types: set[str]) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return what the staging models of the published version say, by system and table.

    `types`: of identifiers, those that the retailer declares and those that the version holds.
    """
    version = warehouse.current(home)
    file = home.version(version).compiled if version else None
    if file is None or not file.exists():
        return {}
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for model in json.loads(file.read_text(encoding="utf-8")).values():
        landed = _LANDED.search(model["sql"])
        if not model["table"].startswith("staging.") or landed is None:
            continue
        columns = found.setdefault((landed[1], landed[2]), {})
        for column, kind in _read(model["sql"], types):
            columns.setdefault(column, set()).add(kind)
    return found


def _read(query: str, types: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each column that a staging model makes an identifier of, with each type that it may have."""
    for select in sqlglot.parse_one(query, dialect="duckdb").find_all(sql.Select):
        named = {each.alias_or_name: each for each in select.expressions}
        for name, expression in named.items():
            if name in VALUES and VALUES[name] in named:
                literals = named[VALUES[name]].find_all(sql.Literal)
                kinds = [each.this for each in literals if each.is_string and each.this in types]
            else:
                kinds = [name] if name in types else []
            for column in expression.find_all(sql.Column):
                yield from ((column.name, kind) for kind in kinds)


def _known(home: Home) -> dict[str, set[str]]:
    """Return the numbers that the published version knows, by type."""
    known: dict[str, set[str]] = {}
    version = warehouse.current(home)
    for row in warehouse.identities(home, version) if version else ():
        known.setdefault(row["identifier_type"], set()).add(row["identifier_value"])
    return known


def _by_values(home: Home, contract: Contract, column: Column, known: dict[str, set[str]]) -> set[str]:
    values: set[str] = set()
    for receipt in read_receipts(home, contract.system, contract.table):
        if receipt.expired_at is not None:
            continue
        file = pq.ParquetFile(home.batch(receipt.system, receipt.table, receipt.batch_id).rows)
        if column.name in file.schema_arrow.names:
            read = file.read([column.name])[column.name]
            values |= set(pc.drop_null(read.unique()).cast(pa.string()).to_pylist())
    held = {kind: len(values & numbers) for kind, numbers in known.items()}
    every = len(values & set().union(*known.values())) if known else 0
    if not values or every < LEAST_KNOWN * len(values):
        return set()
    return {kind for kind, count in held.items() if count}

"""Hands out all that a home holds of one person, with identifiers opened from the vault.

Rows as they landed and as they are published; nothing is computed.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shopkeeper import vault, warehouse
from shopkeeper.contracts import catalog
from shopkeeper.engine import identifier, literal, table_identifier
from shopkeeper.errors import UserError
from shopkeeper.landing import Suppression, touched_rows
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy.columns import number_columns
from shopkeeper.privacy.erasing import Named, find_numbers
from shopkeeper.privacy.persons import Person, find_person, raw_batches
from shopkeeper.vault import open_vault

Rows = list[dict[str, Any]]


def export(home: Home, named: Named, who: str, why: str, name: str) -> Path:
    """Write what is held of a person into `privacy/exports/<name>`, and return that folder.

    `person.json` has every table; each is a CSV file too. The vault's log keeps who asked and why. Raises
    `UserError` if nobody is found, a reason is missing or there is such a folder.
    """
    if not why.strip():
        raise UserError("say why the person's data are handed out: --reason; it is kept in the access log")
    paths, opened = PrivacyPaths(home.privacy), open_vault(home)
    contracts = catalog().sources
    columns, key = number_columns(home, contracts), opened.token_key.of_erasures
    numbers = find_numbers(home, contracts, columns, named, key)
    person = find_person(home, contracts, columns, numbers, key)
    tables: dict[str, Rows] = {}
    for contract, _, rows in raw_batches(home, contracts, columns):
        found = person.found_in(rows, columns.get(contract.name, {}), Suppression(key))
        if found is not None:
            his = rows.filter(touched_rows(rows, contract, found))
            tables.setdefault(f"raw.{contract.name}", []).extend(his.to_pylist())
    tokens = sorted({each for rows in tables.values() for row in rows for each in _tokens(row)})
    values = opened.reveal(tokens, who, why) if tokens else {}
    tables = {table: [_opened(row, values) for row in rows] for table, rows in tables.items()}
    tables |= dict(_published(home, person))
    folder, partial = paths.export(name), paths.export(f".{name}")
    if folder.exists():
        raise UserError(f"{folder} exists already; remove it, or name another one")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    _write(paths, f".{name}", {"numbers": sorted(person.numbers), "tables": tables})
    partial.replace(folder)
    return folder


def _tokens(row: dict[str, Any]) -> Iterator[str]:
    yield from (value for value in row.values() if isinstance(value, str) and vault.is_token(value))


def _opened(row: dict[str, Any], values: dict[str, list[str]]) -> dict[str, Any]:
    """Return a row with values in the place of tokens, and texts as they were written."""
    opened: dict[str, Any] = {}
    for column, value in row.items():
        text = " | ".join(values.get(value, [value])) if isinstance(value, str) else value
        if column.endswith("__token"):
            opened |= {column.removesuffix("__token"): text} if value is not None else {}
        elif not column.endswith("__reason"):
            opened.setdefault(column, text)
    return opened


def _published(home: Home, person: Person) -> Iterator[tuple[str, Rows]]:
    """Yield the rows of each published table that name him."""
    version = warehouse.current(home)
    if version is None:
        return
    customers = sorted(
        {
            row["customer_id"]
            for row in warehouse.identities(home, version)
            if (row["identifier_type"], row["identifier_value"]) in person.numbers
        }
    )
    renaming = warehouse.Renaming(dict.fromkeys(person.numbers, ""), dict.fromkeys(customers, ""))
    with warehouse.connect_published(home, version) as connection:
        for table, columns in connection.execute(warehouse.TEXT_COLUMNS).fetchall():
            conditions = list(_conditions(columns, renaming))
            if conditions:
                query = f"from {table_identifier(table)} where {' or '.join(conditions)}"
                rows = connection.sql(query).to_arrow_table().to_pylist()
                if rows:
                    yield table, rows


def _conditions(columns: Sequence[str], renaming: warehouse.Renaming) -> Iterator[str]:
    for column, by, names in warehouse.renamed_columns(columns, renaming):
        beside = f"{identifier(by[0])} = {literal(by[1])} and " if by else ""
        yield f"({beside}{identifier(column)} in ({', '.join(map(literal, names))}))"


def _write(paths: PrivacyPaths, name: str, told: dict[str, Any]) -> None:
    def opener(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    with open(paths.exported(name), "w", encoding="utf-8", opener=opener) as file:
        json.dump(told, file, indent=1, ensure_ascii=False, default=str)
    for table, rows in told["tables"].items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        target = paths.exported_table(name, table)
        with open(target, "w", encoding="utf-8", newline="", opener=opener) as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

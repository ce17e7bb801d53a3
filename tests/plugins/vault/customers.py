"""Customers of a shop, whose identifiers a vault seals."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper import vault
from shopkeeper.vault import Vault

CUSTOMERS = {
    "c-1": {"name": "王小明", "phone": "138 1234 5678", "email": "Ming@Example.cn"},
    "c-2": {"name": "Anna Smith", "phone": "+44 20 7946 0958", "address": "浙江省杭州市西湖区文三路1号"},
    "c-3": {"name": "李娜", "phone": "none of your business", "identity_card": "11010519491231002X"},
}


def identifiers(opened: Vault, customers: dict[str, dict[str, str]] = CUSTOMERS) -> pa.Table:
    """Return the rows that a vault seals: person, token, kind, value."""
    rows = [(customer, kind, value) for customer, known in customers.items() for kind, value in known.items()]
    tokens = [
        vault.tokenize(pa.array([value]), kind, "CN", opened.token_key)["token"][0].as_py()
        for _, kind, value in rows
    ]
    persons = vault.persons_of("crm", pa.array([row[0] for row in rows], pa.string()), opened.token_key)
    kinds, values = ([row[number] for row in rows] for number in (1, 2))
    return pa.table({"person": persons, "token": tokens, "kind": kinds, "value": values})


def seal(opened: Vault, rows: pa.Table, batch_id: str = "b1") -> Path:
    """Seal rows as one batch of the system `crm`; return the sealed file."""
    plain = opened.paths.root.parent / "plain.parquet"
    pq.write_table(rows, plain)
    target = opened.paths.sealed_batch("crm", "customers", batch_id)
    opened.seal(plain, target)
    plain.unlink()
    return target


def values_of(rows: pa.Table) -> dict[str, list[str]]:
    """Return the values of each token, as `Vault.reveal` does."""
    found: dict[str, set[str]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["token"], set()).add(row["value"])
    return {token: sorted(values) for token, values in found.items()}


def revealed(opened: Vault, rows: pa.Table) -> dict[str, list[str]]:
    """Return what a vault reveals of all tokens of some rows."""
    return opened.reveal(rows["token"].to_pylist(), "ada", "a customer asks for her data")

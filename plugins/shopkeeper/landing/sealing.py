"""Seals personal data in the vault, and opens it: identifiers, refused rows, refused files.

Of the rows of tables without direct identifiers nothing is sealed, and no vault is needed: what is heavy is
imported where something is.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.contracts import Contract
from shopkeeper.landing.jobs import AcceptedFile, Job
from shopkeeper.paths import Home, WorkPaths

if TYPE_CHECKING:
    import pyarrow as pa

    from shopkeeper.vault import Vault

_SEALED = {b"sealed": b"record"}


def vault_for(home: Home, contracts: Iterable[Contract]) -> "Vault | None":
    """Open the vault if one of the contracts has columns that it keeps."""
    if not any(contract.sealed_columns for contract in contracts):
        return None
    from shopkeeper.vault import open_vault

    return open_vault(home)


def seal_accepted(vault: "Vault", job: Job, accepted: AcceptedFile) -> AcceptedFile:
    """Keep the identifiers of a file in the vault, and return it with its refused rows sealed."""
    if not job.contract.sealed_columns:
        return accepted
    if accepted.identifiers is not None:
        target = vault.paths.sealed_batch(job.contract.system, job.contract.table, job.batch_id)
        vault.seal(accepted.identifiers, target)
    if accepted.quarantine is None:
        return accepted
    sealed = WorkPaths(job.folder).sealed_quarantine
    _seal_records(vault, accepted.quarantine, sealed, job.batch_id)
    return replace(accepted, quarantine=sealed)


def seal_refused(home: Home, file: Path, key: str) -> Path:
    """Return a file that was refused whole as the quarantine may keep it.

    It is not what its contract says: a list of customers may have the name of a list of products.
    """
    from shopkeeper.vault import open_vault

    sealed = WorkPaths(file.parent).sealed
    open_vault(home).seal_file(file, sealed, key)
    return sealed


def readable(home: Home, rows: "pa.Table", who: str, why: str) -> "pa.Table":
    """Return refused rows of one batch with their records as they arrived.

    What is sealed is opened; the vault's log keeps who asked and why.
    """
    if not rows.num_rows or _SEALED.keys().isdisjoint(rows.schema.metadata or {}):
        return rows
    import pyarrow as pa

    from shopkeeper.vault import open_vault

    name = rows["batch_id"][0].as_py()
    records = open_vault(home).open_bytes(rows["record"].to_pylist(), name, who, why)
    return _with_column(rows, "record", pa.array(records, pa.binary()))


def _seal_records(vault: "Vault", source: Path, target: Path, name: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(source).read()
    sealed = pa.array(vault.seal_bytes(rows["record"].to_pylist(), name), pa.binary())
    rows = _with_column(rows, "record", sealed)
    # The hash of a line that holds little more than an identifier would reveal it.
    rows = _with_column(rows, "record_sha256", pa.nulls(rows.num_rows, pa.string()))
    rows = rows.replace_schema_metadata({**(rows.schema.metadata or {}), **_SEALED})
    pq.write_table(rows, target, compression="zstd")


def _with_column(rows: "pa.Table", name: str, values: "pa.Array") -> "pa.Table":
    return rows.set_column(rows.column_names.index(name), name, values)

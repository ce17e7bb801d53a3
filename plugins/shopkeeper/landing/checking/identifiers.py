"""Replaces the direct identifiers of accepted rows by tokens, and writes them separately for the vault.

Runs after checking, so that a contract's patterns are applied to the original values. Later steps see tokens
only.
"""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper.contracts import Column, Contract
from shopkeeper.landing.jobs import AcceptedFile
from shopkeeper.landing.reading.rows import GROUP_ROWS, open_writer
from shopkeeper.landing.suppression import Suppression, anonymized, own_rows
from shopkeeper.paths import WorkPaths
from shopkeeper.vault import TokenKey, persons_of, redact, redact_urls, tokenize

_IDENTIFIERS = pa.schema([(name, pa.string()) for name in ("person", "token", "kind", "value")])


def replace_identifiers(
    accepted: AcceptedFile,
    contract: Contract,
    key: TokenKey,
    folder: Path,
    suppression: Suppression | None = None,
) -> AcceptedFile:
    """Return the accepted file with tokens in place of direct identifiers, and the identifiers apart.

    Data of suppressed persons becomes anonymous.
    """
    work = WorkPaths(folder)
    source = pq.ParquetFile(accepted.accepted)
    with (
        open_writer(work.tokenized, _schema(source.schema_arrow, contract)) as rows,
        pq.ParquetWriter(work.identifiers, _IDENTIFIERS, compression="none") as identifiers,
    ):
        for batch in source.iter_batches(GROUP_ROWS):
            tokens, found = _kept(pa.Table.from_batches([batch]), contract, key, suppression)
            rows.write_table(tokens.cast(rows.schema))
            identifiers.write_table(found)
        kept = source.metadata.metadata or {}
        rows.add_key_value_metadata({name.decode(): value.decode() for name, value in kept.items()})
    return replace(accepted, accepted=work.tokenized, identifiers=work.identifiers)


def suppress(
    accepted: AcceptedFile, contract: Contract, folder: Path, suppression: Suppression
) -> AcceptedFile:
    """Return the accepted file of a table without identifiers with suppressed persons anonymous."""
    source, target = pq.ParquetFile(accepted.accepted), WorkPaths(folder).tokenized
    with open_writer(target, source.schema_arrow.remove_metadata()) as rows:
        for batch in source.iter_batches(GROUP_ROWS):
            some = pa.Table.from_batches([batch])
            found = suppression.found_in(some, contract)
            rows.write_table((anonymized(some, contract, found)[0] if found else some).cast(rows.schema))
        kept = source.metadata.metadata or {}
        rows.add_key_value_metadata({name.decode(): value.decode() for name, value in kept.items()})
    return replace(accepted, accepted=target)


def _kept(
    plain: pa.Table, contract: Contract, key: TokenKey, suppression: Suppression | None
) -> tuple[pa.Table, pa.Table]:
    """Return rows with tokens, suppressed persons anonymous, and the identifiers of all others."""
    rows, identifiers = _tokenized(plain, contract, key)
    found = suppression.found_in(rows, contract) if suppression else None
    if found is None:
        return rows, identifiers
    others = pc.invert(own_rows(rows, contract, found))
    return anonymized(rows, contract, found)[0], _tokenized(plain.filter(others), contract, key)[1]


def _tokenized(rows: pa.Table, contract: Contract, key: TokenKey) -> tuple[pa.Table, pa.Table]:
    """Return rows with tokens and reasons, and the distinct identifiers that they held."""
    plain, reasons = rows, dict[str, pa.ChunkedArray]()
    for column in contract.direct_identifiers:
        token, reason = _made(plain[column.name], column, key)
        rows = rows.set_column(rows.column_names.index(column.name), column.name, token)
        reasons[column.name] = reason
    person = contract.person_column
    persons = [] if person is None else [persons_of(contract.system, rows[person], key)]
    found = []
    for column in contract.direct_identifiers:
        found.append(_held(persons, rows[column.name], column.identifier_kind, plain[column.name], key))
        rows = rows.append_column(f"{column.name}__reason", reasons[column.name])
    for column in contract.free_texts:
        made = _redacted(plain[column.name], column, key)
        rows = rows.set_column(rows.column_names.index(column.name), column.name, made["text"])
        rows = rows.append_column(f"{column.name}__token", made["token"])
        found.append(_held(persons, made["token"], "free_text", plain[column.name], key))
    distinct = pa.concat_tables(found).group_by(_IDENTIFIERS.names).aggregate([])
    return rows, distinct.select(_IDENTIFIERS.names)


def _redacted(values: pa.ChunkedArray, column: Column, key: TokenKey) -> pa.Table:
    if column.is_url:
        return redact_urls(values, column.allowed_parameters, column.regions[0], key)
    return redact(values, column.regions[0], key)


def _held(
    persons: list[pa.Array], tokens: pa.ChunkedArray, kind: str, values: pa.ChunkedArray, key: TokenKey
) -> pa.Table:
    """Return what the vault is to keep; without a person, a value is sealed with a key of its own."""
    person = pc.coalesce(*persons, persons_of("", tokens, key))
    kinds = pa.repeat(pa.scalar(kind), len(values))
    held = pa.Table.from_arrays([person, tokens, kinds, values], schema=_IDENTIFIERS)
    return held.filter(pc.is_valid(held["token"]))


def _made(values: pa.ChunkedArray, column: Column, key: TokenKey) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return tokens and reasons, by the first region in which a value has a standard form."""
    first, *others = (tokenize(values, column.identifier_kind, region, key) for region in column.regions)
    token, reason = first["token"], first["reason"]
    for other in others:
        is_better = pc.and_(pc.is_valid(reason), pc.is_null(other["reason"]))
        token = pc.if_else(is_better, other["token"], token)
        reason = pc.if_else(is_better, pa.scalar(None, pa.string()), reason)
    return token, reason


def _schema(schema: pa.Schema, contract: Contract) -> pa.Schema:
    for column in contract.raw_columns:
        field = pa.field(column.name, pa.string())
        place = schema.get_field_index(column.name)
        if place < 0:
            schema = schema.append(field)
        elif column in contract.sealed_columns:
            schema = schema.set(place, field)
    return schema.remove_metadata()

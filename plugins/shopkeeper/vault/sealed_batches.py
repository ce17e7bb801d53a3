"""The identifiers that left a batch: one encrypted blob a person, found again by its tokens.

Reads and writes Parquet by Arrow alone: nothing in plain is spilled to a disk.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopkeeper.errors import UserError
from shopkeeper.vault.wrapping import Altered, seal, unseal
from shopkeeper.vault.writing import private_file

COLUMNS = ("person", "token", "kind", "value")
SCHEMA = pa.schema(
    [("person", pa.string()), ("tokens", pa.list_(pa.string())), ("blob", pa.binary())],
)
KeysOf = Callable[[list[str]], Mapping[str, bytes]]
"""Takes persons, returns the keys of those that have one."""

_ROWS_AT_ONCE = 400_000
_PERSONS_OF_A_GROUP = 10_000


def seal_identifiers(identifiers: Path, target: Path, keys_of: KeysOf) -> None:
    """Write one row a person, by the person's name: `person`, `tokens`, `blob`; whole or not at all.

    `identifiers`: Parquet with the columns `person`, `token`, `kind` and `value`, in any order. Raises
    `ValueError` where one of them is null, and on a person without a key.
    """
    with (
        private_file(target) as file,
        pq.ParquetWriter(file, SCHEMA, compression="zstd", use_dictionary=False) as writer,
    ):
        for rows in _by_ranges_of_persons(identifiers):
            for group in _sealed(rows, keys_of):
                writer.write_table(group)


def revealed(sealed: Path, wanted: pa.Array, keys_of: KeysOf) -> Iterator[tuple[str, str]]:
    """Yield token and value for each value of the wanted tokens whose person has a key."""
    with pq.ParquetFile(sealed) as file:
        for group in range(file.num_row_groups):
            tokens = file.read_row_group(group, columns=["tokens"])["tokens"].combine_chunks()
            is_wanted = pc.is_in(pc.list_flatten(tokens), value_set=wanted)
            if not pc.any(is_wanted).as_py():
                continue
            rows = pc.unique(pc.list_parent_indices(tokens).filter(is_wanted))
            found = file.read_row_group(group, columns=["person", "blob"]).take(rows)
            yield from _unsealed(found, set(wanted.to_pylist()), keys_of, sealed)


def write_without(sealed: Path, target: Path, persons: Sequence[str]) -> int:
    """Write a sealed file without the rows of some persons, if it has any; return how many it has."""
    gone = pa.array(persons, pa.string())
    with pq.ParquetFile(sealed) as source:
        groups = range(source.num_row_groups)
        held = (source.read_row_group(group, columns=["person"])["person"] for group in groups)
        count = sum(pc.sum(pc.is_in(each, value_set=gone)).as_py() or 0 for each in held)
        if not count:
            return 0
        with (
            private_file(target) as file,
            pq.ParquetWriter(file, SCHEMA, compression="zstd", use_dictionary=False) as writer,
        ):
            for group in groups:
                rows = source.read_row_group(group)
                writer.write_table(rows.filter(pc.invert(pc.is_in(rows["person"], value_set=gone))))
    return count


def _unsealed(found: pa.Table, wanted: set[str], keys_of: KeysOf, file: Path) -> Iterator[tuple[str, str]]:
    persons = found["person"].to_pylist()
    keys = keys_of(persons)
    for person, blob in zip(persons, found["blob"].to_pylist(), strict=True):
        if person not in keys:
            continue
        try:
            content = msgspec.json.decode(unseal(AESGCM(keys[person]), blob, person))
        except Altered:
            raise UserError(f"{file} was altered; put it back from the backup of the home") from None
        yield from ((token, value) for token in wanted & content.keys() for value in content[token][1:])


def _sealed(rows: pa.Table, keys_of: KeysOf) -> Iterator[pa.Table]:
    """Yield the rows of the sealed file, a group at a time: Python slows down among very many objects."""
    if any(column.null_count for column in rows.columns):
        raise ValueError("an identifier without person, token, kind or value cannot be sealed")
    lists = [(name, "list") for name in COLUMNS if name != "person"]
    grouped = rows.group_by("person", use_threads=False).aggregate(lists).sort_by("person")
    keys = keys_of(grouped["person"].to_pylist())
    for start in range(0, len(grouped), _PERSONS_OF_A_GROUP):
        yield _sealed_group(grouped.slice(start, _PERSONS_OF_A_GROUP), keys)


def _sealed_group(grouped: pa.Table, keys: Mapping[str, bytes]) -> pa.Table:
    persons = grouped["person"].to_pylist()
    lists = (grouped[f"{name}_list"].to_pylist() for name in COLUMNS if name != "person")
    all_tokens, blobs = [], []
    for person, tokens, kinds, values in zip(persons, *lists, strict=True):
        content: dict[str, list[str]] = {}
        for token, kind, value in zip(tokens, kinds, values, strict=True):
            held = content.setdefault(token, [kind])
            if value not in held[1:]:
                held.append(value)
        blobs.append(seal(AESGCM(keys[person]), msgspec.json.encode(content), person))
        all_tokens.append(list(content))
    return pa.table([pa.array(persons, pa.string()), pa.array(all_tokens), pa.array(blobs)], schema=SCHEMA)


def _by_ranges_of_persons(identifiers: Path) -> Iterator[pa.Table]:
    """Yield the rows in ranges of persons that fit into memory: persons are hashes, spread evenly."""
    data = ds.dataset(identifiers, format="parquet")
    count = -(-data.count_rows() // _ROWS_AT_ONCE)
    bounds = ["", *(f"{65536 * number // count:04x}" for number in range(1, count)), None]
    person = pc.field("person").cast(pa.string())
    for low, high in pairwise(bounds):
        chosen = person.is_null() if low == "" else pc.scalar(False)
        inside = person >= low if high is None else (person >= low) & (person < high)
        table = data.to_table(columns=list(COLUMNS), filter=inside | chosen)
        yield table.cast(pa.schema([(name, pa.string()) for name in COLUMNS])).combine_chunks()

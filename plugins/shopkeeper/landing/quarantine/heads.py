"""What the beginning of a text file that was refused whole tells: its header, and its first faulty lines.

Looks at the first MiB alone. A name of the header is told only if it is the contract's.
"""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa

from shopkeeper.contracts import Contract
from shopkeeper.contracts.casts import clean_sql
from shopkeeper.engine import connect, identifier
from shopkeeper.landing.checking import checks
from shopkeeper.landing.quarantine.listing import WITHIN
from shopkeeper.landing.quarantine.masking import MEMORY_LIMIT, fields_of, masked_records
from shopkeeper.landing.quarantine.rechecking import read_rows
from shopkeeper.landing.reading.lines import Line, read_lines
from shopkeeper.landing.reading.records import RowRefused, is_blank, split
from shopkeeper.landing.reading.rows import LINE_NUMBER
from shopkeeper.landing.reading.unpacking import GZIP_MAGIC
from shopkeeper.landing.refusals import Layout, RowRefusal
from shopkeeper.landing.refused_files import read_refusal, refused_file
from shopkeeper.paths import Home

HEAD_BYTES = 1 << 20
LINES_SHOWN = 20


@dataclass(frozen=True)
class Head:
    """`names`: columns of the contract that the header names; `missing`: those that it lacks though it must
    not; `other_count`: its names that are no column. `lines`: refused ones, or as they came.
    """

    names: tuple[str, ...]
    missing: tuple[str, ...]
    other_count: int
    lines: tuple[dict[str, Any], ...]
    """Each with `line_number`, `column_name`, `reason`, `detail`, `record`."""


def read_head(
    home: Home, key: str, contract: Contract, *, who: str = WITHIN, why: str = "to mask it"
) -> Head | None:
    """Return the beginning of a refused file, masked; as it came for a person who looks (`who`).

    None for Parquet. What is sealed is opened, and the vault's log keeps who asked and why.
    """
    file_format = contract.file
    if file_format is None or file_format.format == "parquet":
        return None
    content, is_cut = _unpacked(_start(home, key, who, why))
    encoding = file_format.encoding
    if encoding == "utf-16":
        content, encoding = content.decode(encoding, "replace").encode(), "utf-8"
    lines = list(read_lines(BytesIO(content)))[: -1 if is_cut else None]
    layout = Layout((), file_format.format, encoding, file_format.delimiter)
    if file_format.format == "csv":
        layout = Layout(_header(lines, layout), "csv", encoding, file_format.delimiter)
    columns = {column.name for column in contract.columns}
    needed = {column.name for column in contract.columns if not column.is_optional_in_file}
    is_csv = layout.format == "csv"
    others = [name for name in layout.columns if name not in columns]
    missing = [c.name for c in contract.columns if is_csv and c.name in needed - set(layout.columns)]
    if who != WITHIN:
        shown = [_row(line, _decoded(line, layout)) for line in lines[:LINES_SHOWN]]
    elif others or missing or len(set(layout.columns)) < len(layout.columns):
        shown = []
    else:
        shown = _faulty([line for line in lines[is_csv:] if not is_blank(line)], layout, contract)
    named = tuple(name for name in dict.fromkeys(layout.columns) if name in columns)
    return Head(named, tuple(missing), len(others), tuple(shown))


def _start(home: Home, key: str, who: str, why: str) -> bytes:
    """Return the first MiB of a refused file."""
    refusal = read_refusal(home, key)
    file = refused_file(home, key, refusal["file_name"])
    if "sealed_sha256" in refusal:
        from shopkeeper.vault import open_vault

        return open_vault(home).read_start(file, key, who, why)
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES)


def _unpacked(start: bytes) -> tuple[bytes, bool]:
    """Return the first MiB of the text, and whether there may be more."""
    if not start.startswith(GZIP_MAGIC):
        return start[:HEAD_BYTES], len(start) >= HEAD_BYTES
    member = zlib.decompressobj(wbits=31)
    with suppress(zlib.error):
        text = member.decompress(start, HEAD_BYTES)
        return text, not member.eof
    return b"", True


def _header(lines: list[Line], layout: Layout) -> tuple[str, ...]:
    with suppress(RowRefused):
        return tuple(split(_decoded(lines[0], layout), layout.delimiter)) if lines else ()
    return ()


def _decoded(line: Line, layout: Layout) -> str:
    return line.content.decode(layout.encoding, "backslashreplace")


def _faulty(lines: list[Line], layout: Layout, contract: Contract) -> list[dict[str, Any]]:
    """Return the first lines that the contract's checks refuse, masked."""
    by_number = {line.number: line for line in lines}
    rows = [_kept(line) for line in lines]
    values, refusals = read_rows(rows, layout, contract, {})
    if any(column.allows_newline for column in contract.columns):
        refusals = []  # A line may be a part of a record.
    found = {each.line_number: each for each in (*refusals, *_unsound(values, contract))}
    first = [found[number] for number in sorted(found)[:LINES_SHOWN]]
    records = [fields_of(by_number[each.line_number].content, layout) for each in first]
    masked = masked_records(records, layout, contract)
    return [_row(by_number[each.line_number], text, each) for each, text in zip(first, masked, strict=True)]


def _unsound(values: dict[int, list[str | None]], contract: Contract) -> Iterator[RowRefusal]:
    arrays = {
        column.name: pa.array([row[place] or None for row in values.values()], pa.string())
        for place, column in enumerate(contract.columns)
    }
    cleaned = ", ".join(
        f"{clean_sql(c, identifier(c.name))} as {identifier(c.name)}" for c in contract.columns
    )
    relation = f"(select {cleaned}, {LINE_NUMBER} from texts)"
    with connect(threads=1, memory_limit=MEMORY_LIMIT) as connection:
        connection.register("texts", pa.table({**arrays, LINE_NUMBER: pa.array(values, pa.int64())}))
        yield from checks.find_refusals(connection, relation, contract, datetime.now(UTC), 1 << 20)


def _kept(line: Line) -> dict[str, Any]:
    return {
        "line_number": line.number,
        "byte_offset": line.offset,
        "record": line.content,
        "is_truncated": line.is_too_long,
        "reason": None,
    }


def _row(line: Line, record: str, refusal: RowRefusal | None = None) -> dict[str, Any]:
    return {
        "line_number": line.number,
        "column_name": refusal.column if refusal else None,
        "reason": refusal.reason if refusal else None,
        "detail": refusal.detail if refusal else None,
        "record": record,
    }

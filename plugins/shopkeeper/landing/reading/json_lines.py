"""Reads JSON Lines into rows: one object per line, every scalar kept as the text in the file.

A fast path for plain files and a careful path for the rest. Numbers stay text, so none is rounded; checking
values belongs to `checks`.
"""

import json
import re
from collections.abc import Sequence
from os import SEEK_CUR
from pathlib import Path
from typing import Any

import pyarrow as pa

from shopkeeper.contracts import Contract
from shopkeeper.landing.reading.headers import describe, require_present
from shopkeeper.landing.reading.lines import BYTE_ORDER_MARK, has_long_line, read_lines, skip_mark
from shopkeeper.landing.reading.records import SUBSTITUTE, Entry, RowRefused, Tally, decode, is_blank
from shopkeeper.landing.reading.rows import RowWriter, open_writer, text_schema
from shopkeeper.landing.reading.unpacking import Text
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.sentences import Sentence

# The first line of an array, or of an object over several lines.
_GOES_ON = re.compile(rb"\s*(\[\s*(\{.*)?|\{\s*)", re.DOTALL)
_BLOCK_BYTES = 4 << 20


def read_plain_json_lines(text: Text, contract: Contract, target: Path) -> Tally | None:
    """Write the rows of a file in which every line is one sound object; `None` if it needs the careful path.

    Decodes a few megabytes at once: line by line takes several times as long.
    """
    if text.encoding != "utf-8":
        return None
    schema, row_count, seen = text_schema(contract), 0, set[str]()
    names = schema.names[:-1]
    with open_writer(target, schema) as writer, text.path.open("rb") as file:
        skip_mark(file)
        while block := file.read(_BLOCK_BYTES):
            if len(block) == _BLOCK_BYTES:
                end = block.rfind(b"\n") + 1
                file.seek(end - len(block), SEEK_CUR)
                block = block[:end]
            objects = _plain_objects(block)
            if objects is None:
                return None
            found = set[str]().union(*objects)
            columns = [_column([each.get(name) for each in objects]) for name in names]
            if not found.issubset(names) or any(column is None for column in columns):
                return None
            numbers = pa.array(range(row_count + 1, row_count + len(objects) + 1), pa.int64())
            writer.write_batch(pa.record_batch([*columns, numbers], schema=schema))
            row_count += len(objects)
            seen |= found
    if row_count:
        require_present(seen, contract)
    return Tally(row_count)


def _plain_objects(block: bytes) -> list[dict[str, Any]] | None:
    """Return the object of each line; `None` unless each holds exactly one, without a name twice."""
    block = block.removesuffix(b"\n")
    count = block.count(b"\n") + 1
    if not (block.startswith(b"{") and block.endswith(b"}") and block.count(b"}\n{") == count - 1):
        return None
    if any(mark in block for mark in _MARKS) or has_long_line(block + b"\n"):
        return None
    try:
        # A raw newline is an error in a text, and what spans lines otherwise is a list or an object.
        pairs = _PAIRS.decode("[" + block.decode().replace("\n", ",\n") + "]")
    except (ValueError, RecursionError):
        return None
    objects = [dict(each) for each in pairs]
    is_plain = len(objects) == count and list(map(len, objects)) == list(map(len, pairs))
    return objects if is_plain else None


def _column(values: Sequence[Any]) -> pa.Array | None:
    """Return scalars as text; `None` if one is a list, an object or half a character."""
    kinds = set(map(type, values))
    if bool in kinds:
        values = [str(each).lower() if isinstance(each, bool) else each for each in values]
    if not kinds <= {str, bool, type(None)}:
        return None
    try:
        return pa.array([each or None for each in values], pa.string())
    except UnicodeEncodeError:
        return None


def read_json_lines(text: Text, contract: Contract, target: Path) -> Tally:
    """Write the well-formed rows of a JSON Lines file; `FileRefused` if a required column is missing from
    all of them.
    """
    names = [column.name for column in contract.columns]
    tally, seen = Tally(0), set[str]()
    with RowWriter(target, contract) as writer, text.path.open("rb") as file:
        for line in read_lines(file):
            if is_blank(line):
                continue
            if not tally.record_count and _GOES_ON.fullmatch(line.content):
                detail = Sentence(
                    "it is JSON, but not an object a line; send each object on a line of its own"
                )
                raise FileRefused("WRONG_FORMAT", detail)
            try:
                found = _object(decode(line.content, line, text.encoding), names)
                values = [_scalar(name, found.get(name)) for name in names]
            except RowRefused as error:
                tally.add(Entry(line, 1, [], error.refusal(line)))
            else:
                tally.add(Entry(line, 1, [], None))
                writer.append(values, line.number)
                seen |= found.keys()
    if writer.row_count:
        require_present(seen, contract)
    return tally


def read_object(text: str, names: list[str]) -> list[str | None]:
    """Return the values of one object in the order of `names`; a missing name is NULL."""
    found = _object(text, names)
    return [_scalar(name, found.get(name)) for name in names]


def _object(text: str, names: list[str]) -> dict[str, Any]:
    try:
        found = _DECODER.decode(text)
    except RecursionError as error:
        raise RowRefused("BAD_JSON", Sentence("nested too deeply")) from error
    except json.JSONDecodeError as error:
        detail = Sentence("it is no JSON from character {place} on", place=error.pos + 1)
        raise RowRefused("BAD_JSON", detail) from error
    except ValueError as error:
        raise RowRefused("BAD_JSON", str(error)) from error
    if not isinstance(found, dict):
        raise RowRefused("BAD_JSON", Sentence("the line is no object"))
    unknown = {place: name for place, name in enumerate(found, 1) if name not in names}
    if unknown:
        raise RowRefused("UNKNOWN_COLUMN", describe(unknown, names, "key"))
    return found


def _scalar(name: str, value: Any) -> str | None:
    if value is None or value is False or value is True:
        return None if value is None else str(value).lower()
    if not isinstance(value, str):
        raise RowRefused("NOT_SCALAR", Sentence("{column} holds a list or an object", column=name))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowRefused("BAD_ENCODING", Sentence("{column} holds half a character", column=name)) from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=str, parse_int=str, parse_constant=_refuse_constant
)
_PAIRS = json.JSONDecoder(
    object_pairs_hook=tuple, parse_float=str, parse_int=str, parse_constant=_refuse_constant
)
_MARKS = (b"\0", b"\r", SUBSTITUTE.encode(), BYTE_ORDER_MARK)

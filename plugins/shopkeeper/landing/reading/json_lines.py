"""Reads JSON Lines into rows: one object per line, every scalar kept as the text in the file.

Numbers stay text, so none is rounded; checking values belongs to `checks`.
"""

import json
import re
from pathlib import Path
from typing import Any

from shopkeeper.contracts import Contract
from shopkeeper.landing.reading.headers import describe, require_present
from shopkeeper.landing.reading.lines import read_lines
from shopkeeper.landing.reading.records import Entry, RowRefused, Tally, decode, is_blank
from shopkeeper.landing.reading.rows import RowWriter
from shopkeeper.landing.reading.unpacking import Text
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.sentences import Sentence

# The first line of an array, or of an object over several lines.
_GOES_ON = re.compile(rb"\s*(\[\s*(\{.*)?|\{\s*)", re.DOTALL)


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

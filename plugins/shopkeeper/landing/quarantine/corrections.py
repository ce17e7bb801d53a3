"""Reads a person's corrections of refused rows: CSV or JSON Lines keyed by line number.

A correction names only the columns that change; the corrected row is checked like any other row.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.reading.json_lines import read_object
from shopkeeper.landing.reading.records import RowRefused
from shopkeeper.sentences import Sentence

LINE_NUMBER = "_line_number"
Values = list[str | None]
Changes = dict[str, str | None]


def read_corrections(path: Path, contract: Contract) -> dict[int, Changes]:
    """Return the changes by line number and column; `UserError` if the file is not a list of corrections."""
    names = [LINE_NUMBER, *(column.name for column in contract.columns)]
    try:
        text = path.read_text(encoding="utf-8-sig")
        is_json = path.suffix in (".jsonl", ".json")
        return _by_line(_json_rows(text, names) if is_json else _csv_rows(text, names))
    except (OSError, UnicodeDecodeError, csv.Error, RowRefused) as error:
        raise UserError(
            f"cannot read {path}: {error.args[-1]}; give UTF-8 CSV or JSON Lines, each line once; "
            f"its columns must be {LINE_NUMBER} and those that change, of {', '.join(names[1:])}"
        ) from error


def given_corrections(given: Mapping[str, Changes], contract: Contract) -> dict[int, Changes]:
    """Return the changes that a person gave by line number, checked as those of a file are."""
    columns = [column.name for column in contract.columns]
    for unknown in sorted({name for changes in given.values() for name in changes} - set(columns)):
        facts = {"table": contract.name, "column": unknown, "columns": ", ".join(columns)}
        raise UserError(Sentence("{table} has no column {column}; its columns are {columns}", **facts))
    rows = (json.dumps({LINE_NUMBER: number, **changes}) for number, changes in given.items())
    try:
        return _by_line(_json_rows("\n".join(rows), [LINE_NUMBER, *columns]))
    except RowRefused as error:
        raise UserError(error.args[-1]) from error


def _by_line(rows: Iterable[tuple[str, Changes]]) -> dict[int, Changes]:
    corrections: dict[int, Changes] = {}
    for place, changes in rows:
        number = changes.pop(LINE_NUMBER, None) or ""
        if not (number.isascii() and number.isdigit()) or int(number) in corrections:
            raise RowRefused("LINE_NUMBER", f"{LINE_NUMBER} in {place} is not a number or occurs twice")
        corrections[int(number)] = changes
    return corrections


def _json_rows(text: str, names: list[str]) -> Iterator[tuple[str, Changes]]:
    for place, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            values = dict(zip(names, read_object(line, names), strict=True))
            yield f"line {place}", {name: values[name] for name in json.loads(line)}


def _csv_rows(text: str, names: list[str]) -> Iterator[tuple[str, Changes]]:
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    header = rows.pop(0) if rows else []
    # Named by position: without a header, the first line holds the values of a row.
    unknown = [place for place, name in enumerate(header, start=1) if name not in names]
    if unknown:
        raise RowRefused("UNKNOWN_COLUMN", f"column {unknown[0]} is not in the contract")
    if LINE_NUMBER not in header or len(set(header)) != len(header):
        raise RowRefused("HEADER_MISMATCH", f"its header lacks {LINE_NUMBER} or names a column twice")
    for place, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise RowRefused("FIELDS", f"row {place} has more or fewer fields than the header")
        yield f"row {place}", {name: value or None for name, value in zip(header, row, strict=True)}

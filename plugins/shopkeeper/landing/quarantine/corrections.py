"""Reads a person's corrections of refused rows: CSV or JSON Lines keyed by line number.

A correction names only the columns that change; the corrected row is checked like any other row.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.reading.json_lines import read_object
from shopkeeper.landing.reading.records import RowRefused
from shopkeeper.paths import Home

LINE_NUMBER = "_line_number"
Values = list[str | None]
Changes = dict[str, str | None]


def read_corrections(path: Path, contract: Contract) -> dict[int, Changes]:
    """Return the changes by line number and column; `UserError` if the file is not a list of corrections."""
    names = [LINE_NUMBER, *(column.name for column in contract.columns)]
    corrections: dict[int, Changes] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        is_json = path.suffix in (".jsonl", ".json")
        for place, changes in _json_rows(text, names) if is_json else _csv_rows(text, names):
            number = changes.pop(LINE_NUMBER, None) or ""
            if not (number.isascii() and number.isdigit()) or int(number) in corrections:
                raise RowRefused("LINE_NUMBER", f"{LINE_NUMBER} in {place} is not a number or occurs twice")
            corrections[int(number)] = changes
    except (OSError, UnicodeDecodeError, csv.Error, RowRefused) as error:
        raise UserError(
            f"cannot read {path}: {error.args[-1]}; give UTF-8 CSV or JSON Lines, each line once; "
            f"its columns must be {LINE_NUMBER} and those that change, of {', '.join(names[1:])}"
        ) from error
    return corrections


@contextmanager
def corrections_file(home: Home, corrections: Mapping[str, Changes]) -> Iterator[Path]:
    """Provide a file of corrections by line number for one replay."""
    home.state.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=home.state, suffix=".jsonl", encoding="utf-8") as file:
        for number, changes in corrections.items():
            file.write(json.dumps({LINE_NUMBER: number, **changes}, ensure_ascii=False) + "\n")
        file.flush()
        yield Path(file.name)


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

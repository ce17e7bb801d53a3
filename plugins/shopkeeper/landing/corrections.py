"""Corrections of refused rows, as a person hands them in: CSV or JSON Lines keyed by line number.

A correction is a whole row; what it says is judged like any other row.
"""

import csv
import io
from pathlib import Path

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.json_lines import read_object
from shopkeeper.landing.records import Malformed

LINE_NUMBER = "_line_number"
Values = list[str | None]


def read_corrections(path: Path, contract: Contract) -> dict[int, Values]:
    """Return the corrected values in contract order by line number; ``UserError`` where the file is none."""
    names = [column.name for column in contract.columns]
    try:
        text = path.read_text(encoding="utf-8-sig")
        is_json = path.suffix in (".jsonl", ".json")
        rows = _json_rows(text, names) if is_json else _csv_rows(text, contract, names)
    except (OSError, UnicodeDecodeError, csv.Error, Malformed) as error:
        raise UserError(f"cannot read {path}: {error.args[-1]}; give UTF-8 CSV or JSON Lines") from error
    corrections: dict[int, Values] = {}
    for number, values in rows:
        if number is None or not number.isascii() or not number.isdigit() or int(number) in corrections:
            raise UserError(f"{path}: {LINE_NUMBER} {number} is no line or stands twice; name each line once")
        corrections[int(number)] = values
    return corrections


def _json_rows(text: str, names: list[str]) -> list[tuple[str | None, Values]]:
    rows = [read_object(line, [LINE_NUMBER, *names]) for line in text.splitlines() if line]
    return [(number, values) for number, *values in rows]


def _csv_rows(text: str, contract: Contract, names: list[str]) -> list[tuple[str | None, Values]]:
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    header = rows.pop(0) if rows else []
    needed = {LINE_NUMBER, *(column.name for column in contract.columns if not column.is_optional_in_file)}
    wrong = (needed - set(header)) | (set(header) - {LINE_NUMBER, *names})
    if wrong or len(set(header)) != len(header):
        raise Malformed("HEADER_MISMATCH", f"its columns must be {', '.join([LINE_NUMBER, *names])}")
    if any(len(row) != len(header) for row in rows):
        raise Malformed("FIELDS", "a row has more or fewer fields than the header")
    found = [dict(zip(header, row, strict=True)) for row in rows]
    return [(row[LINE_NUMBER], [row.get(name) or None for name in names]) for row in found]

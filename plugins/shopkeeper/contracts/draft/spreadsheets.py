"""Converts a workbook's first sheet to CSV. Excel files never land; they are converted first."""

import csv
from datetime import date, datetime, time
from pathlib import Path

from shopkeeper.errors import UserError

SUFFIXES = (".xlsx", ".xlsm")


def converted(path: Path) -> Path:
    """Write a workbook's first sheet as UTF-8 CSV next to it and return that file; `UserError` if it
    cannot.
    """
    import openpyxl

    target = path.with_suffix(".csv")
    if target.exists():
        raise UserError(f"{target.name} already exists next to {path.name}; draft from it, or move it away")
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise UserError(f"{path.name} is no workbook that can be read; save it as .xlsx or CSV") from error
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in workbook.worksheets[0].iter_rows(values_only=True):
            if any(cell is not None for cell in row):
                writer.writerow([_written(cell) for cell in row])
    workbook.close()
    return target


def _written(cell: object) -> str:
    """Return a cell as text; numbers and moments that Excel stores as such get one plain form."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)

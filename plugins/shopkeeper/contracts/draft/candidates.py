"""What could the texts of a column be, and which of it reads them: all, or all but a little dirt."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shopkeeper.contracts.casts import clean_sql
from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.draft import numbers, times
from shopkeeper.contracts.draft.classes import is_identifier, plain_name
from shopkeeper.contracts.draft.samples import Sample
from shopkeeper.contracts.faults import fault_sql

_OF_DAYS = re.compile(r"(date|day|datum|_dt)$|日|^(data|fecha|date)_")
_LONG = 18
REFUSED = 0.01
"""Share of rows that may be refused, where a contract is silent."""


def candidates(blank: Column, said: list[str], zone: str) -> list[Column]:
    """Return every column that the texts could be, the likeliest first."""
    name = plain_name(blank.name)
    formats = times.possible_formats(said)
    is_time = not any(text.isdigit() for text in said) or _OF_DAYS.search(name) is not None
    timed: list[Column] = []
    for each in formats if is_time else ():
        kind: Any = "timestamp" if times.has_clock(each) else "date"
        has_offset = each.rstrip("X") != each
        zoned = replace(blank, type=kind, time_format=each, time_zone="UTC" if "UTC" in each else zone)
        timed.append(replace(zoned, has_offset=has_offset, may_be_future=True))
    is_flag = name.startswith(("is_", "has_")) or {text.lower() for text in said} <= {"true", "false"}
    flags = [replace(blank, type="boolean")] if is_flag else []
    if is_code_column(blank, said):
        return [*flags, *timed]
    return [*flags, *timed, *_numbers(blank, said)]


def _numbers(blank: Column, said: list[str]) -> list[Column]:
    found: list[Column] = [replace(blank, type="integer")]
    for each in numbers.possible_formats(said):
        scale = numbers.decimals_of(said) if each is None else numbers.scale_of(each)
        if scale is None:
            continue
        if scale == 0 and each is not None:
            found.append(replace(blank, type="integer", number_format=each))
            continue
        if scale <= numbers.MOST_DECIMALS:
            money = replace(blank, type="decimal", precision=18, scale=max(scale, 2), number_format=each)
            found.append(money)
    return [*found, replace(blank, type="double")]


def is_code_column(blank: Column, said: list[str]) -> bool:
    """Say whether no number may be made of a column."""
    is_named = is_identifier(blank.name) or blank.classification == "direct_identifier"
    return is_named or any(_is_code(text) for text in said)


def _is_code(text: str) -> bool:
    """Say whether a text is digits that no number is written with: 007, or more than a BIGINT holds."""
    return text.isdigit() and ((len(text) > 1 and text[0] == "0") or len(text) > _LONG)


def usual(counts: Mapping[str, int]) -> list[str]:
    """Return the texts without those of a rare shape, which are at most as many rows as may be refused."""
    shapes: Counter[str] = Counter()
    for text, count in counts.items():
        shapes[_shape(text)] += count
    room, rare = REFUSED * shapes.total(), set[str]()
    for shape, count in reversed(shapes.most_common()):
        room -= count
        if room < 0:
            break
        rare.add(shape)
    return [text for text in counts if _shape(text) not in rare]


def _shape(text: str) -> str:
    return re.sub("[0-9]+", "9", re.sub(r"[^\W\d]+", "A", text))


def fitting(
    sample: Sample, candidates: Sequence[Column], as_of: datetime, least: float = 1.0
) -> list[Column]:
    """Return the candidates whose strict cast finds no fault in so many rows, the best first."""
    if not candidates:
        return []
    judged = ", ".join(
        f"coalesce(sum(n) filter (where {_fault(each, as_of)} is null), 0) / sum(n)" for each in candidates
    )
    query = f"select {judged} from of_column where v is not null"
    shares = [float(share or 0) for share in sample.connection.execute(query).fetchone() or ()]
    fitting = [(share, each) for share, each in zip(shares, candidates, strict=True) if share >= least]
    return [each for _, each in sorted(fitting, key=lambda found: -found[0])]


def _fault(column: Column, as_of: datetime) -> str:
    return fault_sql(column, clean_sql(column, "v"), as_of)


def leave_out(sample: Sample, column: Column, as_of: datetime) -> str:
    """Leave out what a column's type does not read, and say how many rows that is."""
    fault = _fault(column, as_of)
    found = sample.connection.execute(
        f"select {fault} = 'DST_GAP', n from of_column where {fault} is not null"
    ).fetchall()
    sample.connection.execute(f"delete from of_column where {fault} is not null")
    count = sum(n for _, n in found)
    if all(is_in_gap for is_in_gap, _ in found):
        why = f"are in the hour that summer time leaves out in {column.time_zone} and would be refused"
        return f"{count:,} of {sample.row_count:,} rows {why}: is the producer's clock in another zone?"
    written = column.time_format or column.number_format or column.type
    return f"{count:,} of {sample.row_count:,} rows are not {written} and would be refused: is that right?"

"""Drafts one column of a contract from a sample: the first type that reads every value."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shopkeeper.contracts.casts import cast_sql, clean_sql
from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.draft import times
from shopkeeper.contracts.draft.candidates import (
    REFUSED,
    candidates,
    fitting,
    is_code_column,
    leave_out,
    usual,
)
from shopkeeper.contracts.draft.classes import class_of, is_identifier, is_url, kind_of, plain_name
from shopkeeper.contracts.draft.samples import Sample
from shopkeeper.engine import identifier

_MARKERS = ("\\N", "NULL", "null", "None", "N/A", "n/a", "NA", "NaN", "nan", "-", "--", "——", "无", "#N/A")
_SENTINELS = ("1900-01-01", "1970-01-01", "9999-12-31")
_OPEN = re.compile(
    "name|nombre|city|town|^ort$|stadt|cidade|ciudad|ville|^uf$|bezeichnung|beschreibung|descri|artikel|produ[kt]|region|province?|state|country"
    "|brand|title|product|categor|gruppe|comment|coment|note|城市|名|県"
)
_FEW = 12
_ROWS_A_VALUE = 5
_PARQUET = {"BOOLEAN": "boolean", "DATE": "date", "FLOAT": "double", "DOUBLE": "double", "VARCHAR": "text"}


@dataclass(frozen=True)
class ColumnDraft:
    """A column as the contract would describe it, and what a person must decide about it."""

    column: Column
    decisions: tuple[str, ...]
    empty_count: int
    is_share: bool = False
    """Whether its numbers may be shares, such as a discount of 0.2."""
    has_negative: bool = False

    @property
    def is_filled(self) -> bool:
        """Whether every row of the sample has a value."""
        return self.empty_count == 0


def draft_column(sample: Sample, name: str, zone: str, as_of: datetime, of_person: bool) -> ColumnDraft:
    """Draft one column of a table; `of_person`: the table describes persons.

    `zone` applies to clock times without an offset; later moments than `as_of` raise a question.
    """
    connection, quoted = sample.connection, identifier(name)
    blank = Column(name, "text", "", "", "internal")
    text = quoted if sample.format == "parquet" else clean_sql(blank, quoted)
    connection.execute(
        f"create or replace table of_column as select {text} as v, count(*) as n from sample group by 1"
    )
    (empty,) = connection.execute(
        "select coalesce(sum(n), 0)::bigint from of_column where v is null"
    ).fetchone() or (0,)
    found = connection.execute(
        "select v::varchar, n from of_column where v is not null order by n desc, v"
    ).fetchall()
    texts = [each for each, _ in found]
    classification, taken_for = class_of(name, texts, zone, of_person)
    blank = replace(blank, classification=classification)
    if classification == "direct_identifier":
        blank = replace(blank, identifier_kind=kind_of(name, taken_for))
    elif is_url(name, texts):
        blank = replace(blank, classification="personal", is_url=True)
    decisions = [f"its values look like {taken_for}: is it {classification}?"] if taken_for else []
    if blank.is_url:
        decisions.append("of its parameters only utm_… land: add allowedParameters if others are needed")
    if sample.format == "jsonl" and any(text.startswith(("{", "[")) for text in texts):
        decisions.append(
            "it holds lists or objects, which do not land: docs/retailers.md (Formats) makes tables of them"
        )
    if not texts:
        decisions.append("it is empty in the sample: what type is it?")
        column = blank
    elif sample.format == "parquet":
        column = _typed(sample, blank, decisions)
    else:
        column = _read(sample, blank, dict(found), zone, as_of, decisions)
    if classification == "direct_identifier" and column.type != "text":
        column = replace(blank, null_markers=column.null_markers)
    if column.type == "text" and texts:
        column = _described(column, texts, found[0][1], sample.row_count, decisions)
    return ColumnDraft(column, tuple(decisions), empty, *_range(sample, column))


def _range(sample: Sample, column: Column) -> tuple[bool, bool]:
    """Say whether numbers may be shares, and whether some are negative."""
    if column.type not in ("integer", "decimal", "double"):
        return False, False
    value = "v" if sample.format == "parquet" else cast_sql(column, clean_sql(column, "v"))
    query = f"select min({value}), max(abs({value})) from of_column"
    least, greatest = sample.connection.execute(query).fetchone() or (None, None)
    is_called = re.search("%|percent|pct|rate$|prozent", column.name.lower()) is not None
    is_share = column.type != "integer" and bool(greatest) and greatest <= 1
    return is_called or is_share, least is not None and least < 0


def _read(
    sample: Sample,
    blank: Column,
    counts: Mapping[str, int],
    zone: str,
    as_of: datetime,
    decisions: list[str],
) -> Column:
    markers = tuple(each for each in _MARKERS if each in counts)
    said = [text for text in counts if text not in markers]
    if any(any("０" <= c <= "９" for c in text) for text in said):
        blank = replace(blank, normalizes_width=True)
    typed = replace(blank, null_markers=markers)
    fits = [] if not said else fitting(sample, candidates(typed, said, zone), as_of)
    if not fits and said and not is_code_column(blank, said):
        fits = fitting(sample, candidates(typed, usual(counts), zone), as_of, 1 - REFUSED)[:1]
        decisions += [leave_out(sample, each, as_of) for each in fits]
    if not fits:
        words = tuple(each for each in markers if each not in ("-", "--", "NA"))
        blank = replace(blank, null_markers=words)
        if words:
            decisions.append(f"{', '.join(words)} is read as no value")
        return blank
    column = fits[0]
    decisions += [f"{', '.join(markers)} is read as no value"] if markers else []
    if column.number_format:
        rivals = [each.number_format for each in fits[1:] if _is_rival(column, each)]
        decisions += (
            [f"numbers are read as {column.number_format}; {rivals[0]} would read them too"] if rivals else []
        )
    if column.type in ("date", "timestamp"):
        column = _dated(sample, column, fits, as_of, decisions)
    return column


def _is_rival(column: Column, other: Column) -> bool:
    return other.number_format is not None and other.number_format != column.number_format


def _dated(
    sample: Sample, column: Column, fits: Iterable[Column], as_of: datetime, decisions: list[str]
) -> Column:
    """Decide day and month order, zone, earliest day, future dates, and the stand-in for an unknown day."""
    declared = column.time_format or ""
    rival = next((each for each in fits if each.time_format == times.other_order(declared)), None)
    if rival is not None and rival != column:
        if column.time_zone.startswith("America/") and declared.startswith("d"):
            column, rival = rival, column
        decisions.append(f"days are read as {column.time_format}; {rival.time_format} would read them too")
    if column.type == "timestamp" and not column.has_offset and "UTC" not in declared:
        decisions.append(f"its clock is taken for that of {column.time_zone}")
    value = f"cast({cast_sql(column, clean_sql(column, 'v'))} as date)"
    listed = ", ".join(f"'{each}'" for each in _SENTINELS)
    days = f"select {value} as day from of_column where {value}::varchar not in ({listed})"
    query = f"select min(day)::varchar, max(day) > cast(? as date) from ({days})"
    row = sample.connection.execute(query, [as_of.date()]).fetchone()
    earliest, is_future = row if row and row[0] else ("2000-01-01", False)
    minimum = min(f"{earliest[:4]}-01-01", "2000-01-01")
    if is_future:
        decisions.append("it has days after today: may they be?")
    sentinels = tuple(each for each in _SENTINELS if each < minimum or each > "9000")
    return replace(column, minimum=minimum, may_be_future=bool(is_future), sentinel_values=sentinels)


def _described(column: Column, texts: list[str], most: int, row_count: int, decisions: list[str]) -> Column:
    longest = max(map(len, texts))
    if longest > column.max_length:
        column = replace(column, max_length=10 ** len(str(longest)))
    if any("\n" in text for text in texts):
        column = replace(column, allows_newline=True)
    said = tuple(sorted(each for each in texts if each not in column.null_markers))
    is_few = 1 < len(said) <= _FEW and row_count >= _ROWS_A_VALUE * len(said) and most > 1
    is_closed = not is_identifier(column.name) and not _OPEN.search(plain_name(column.name))
    if is_few and is_closed and column.classification == "internal":
        decisions.append(f"only these {len(said)} values are accepted: are there others?")
        return replace(column, allowed_values=said)
    return column


def _typed(sample: Sample, blank: Column, decisions: list[str]) -> Column:
    """Return a Parquet column in its own type."""
    kinds = {name: kind for name, kind, *_ in sample.connection.execute("describe sample").fetchall()}
    kind = kinds[blank.name]
    if kind.startswith("DECIMAL"):
        precision, scale = kind[8:-1].split(",")
        return replace(blank, type="decimal", precision=int(precision), scale=int(scale))
    if kind.startswith("TIMESTAMP"):
        has_offset = kind == "TIMESTAMP WITH TIME ZONE"
        decisions += [] if has_offset else ["its clock has no offset: in which time zone is it?"]
        return replace(
            blank,
            type="timestamp",
            has_offset=has_offset,
            minimum="2000-01-01",
            sentinel_values=_SENTINELS[:1],
        )
    if kind == "DATE":
        return replace(blank, type="date", minimum="2000-01-01", sentinel_values=_SENTINELS[:1])
    if kind.endswith("INT") or kind.endswith("INTEGER"):
        return replace(blank, type="integer")
    known: Any = _PARQUET.get(kind)
    if known is None:
        decisions.append(
            f"it is {kind.split('(')[0]}, which does not land: let the producer write plain columns"
        )
    return replace(blank, type=known or "text")

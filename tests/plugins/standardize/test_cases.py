"""Every case of `cases.csv`: a value as people and systems write it, and its standard form or why it has none."""

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.standardize.kinds import KINDS, standardize_values

from shopkeeper.standardize import Reason

with Path(__file__).with_name("cases.csv").open(encoding="utf-8") as lines:
    CASES = list(csv.DictReader(lines))


def read_options(text: str) -> dict[str, Any]:
    """Return the options of a case: `region=GB`, or `codes=1:male 0:female`."""
    name, equals, value = text.partition("=")
    if not equals:
        return {}
    return {name: dict(pair.split(":") for pair in value.split()) if ":" in value else value}


def write_part(part: Any) -> str:
    """Return a part of a standard value as `cases.csv` writes it."""
    if isinstance(part, Decimal):
        return f"{part.normalize():f}"
    if isinstance(part, bool):
        return str(part).lower()
    return part.isoformat() if isinstance(part, datetime) else "" if part is None else str(part)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {ascii(case['value'])[1:-1]}")
def test_a_case_becomes_its_standard_value_or_reason(case: dict[str, str]) -> None:
    value = case["value"].encode("raw_unicode_escape").decode("raw_unicode_escape")
    (row,) = standardize_values(case["kind"], [value], **read_options(case["options"]))
    reason = row.pop("reason")
    parts = "" if reason else "|".join(map(write_part, row.values()))
    assert (parts, reason or "") == (case["expected"], case["reason"]), case["why"]


def test_the_table_covers_kinds_reasons_and_languages() -> None:
    kinds = Counter(case["kind"] for case in CASES)
    assert set(kinds) == set(KINDS)
    assert len(CASES) >= 300
    reasons = {case["reason"] for case in CASES} - {""}
    assert reasons == {str(reason) for reason in Reason} - {"FAILED"}
    chinese = sum(any("\u4e00" <= letter <= "\u9fff" for letter in case["value"]) for case in CASES)
    assert 100 <= chinese <= len(CASES) - 100

"""A contract says how long rows are kept, where it must; the lint finds what cannot be kept as it says."""

import re
import shutil
from pathlib import Path

import pytest

from shopkeeper.contracts import lint
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.contracts.retention import Retention
from shopkeeper.paths import RETAILERS, RetailerPaths

REVIEWS = RetailerPaths(RETAILERS / "omnichannel").contracts / "reviews" / "reviews.odcs.yaml"
PROMISE = "slaProperties: [{property: retention, value: 3, unit: y, element: reviews.written_at}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "contracts" / "reviews").mkdir(parents=True)
    shutil.copy(REVIEWS, tmp_path / "contracts" / "reviews")
    return tmp_path / "contracts"


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "reviews" / REVIEWS.name
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def test_a_retention_counts_from_the_column_that_it_names(folder: Path) -> None:
    (contract,) = read_catalog(folder).sources
    assert contract.retention == Retention(3, "y", "written_at")
    assert contract.dated_column == "written_at"
    assert lint.problems(folder) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (PROMISE, "", "free text of persons, and no slaProperties retention"),
        ("reviews.written_at", "reviews.rating", "counts from rating, which is no column with dates"),
        ("reviews.written_at", "reviews.read_at", "counts from read_at, which is no column with dates"),
        ("unit: y", "unit: weeks", "the retention is 3 weeks; write a whole number of d .* or y"),
        ("value: 3", "value: 0", "the retention is 0 y; write a whole number"),
        ("value: events", "value: deletes", "what it deletes would come back"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_a_problem(
    folder: Path, before: str, after: str, fault: str
) -> None:
    change(folder, before, after)
    (problem,) = lint.problems(folder)
    assert re.search(fault, problem)

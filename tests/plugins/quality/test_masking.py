"""What may be written about a row that broke a rule."""

from datetime import datetime
from decimal import Decimal

import pytest

from shopkeeper.contracts import catalog
from shopkeeper.contracts.contract import Rule
from shopkeeper.quality.failing_rows import MASK, mask, mask_observed


def test_a_household_is_masked_and_its_basket_shown() -> None:
    lines = catalog().contract("pos", "transaction_lines")
    paid_at = datetime.fromisoformat("2017-01-02T14:30:00")
    row = {
        "household_id": "1042",
        "basket_id": "31198570000",
        "sales_value": Decimal("2.50"),
        "transaction_timestamp": paid_at,
    }
    assert mask(lines, row) == {
        "household_id": MASK,
        "basket_id": "31198570000",
        "sales_value": "2.50",
        "transaction_timestamp": "2017-01-02 14:30:00",
    }


def test_a_renamed_value_is_masked_unless_it_is_a_figure() -> None:
    lines = catalog().contract("pos", "transaction_lines")
    row = {"who": "1042", "smallest": 1042, "line_count": 3, "free_line_rate": 0.5}
    assert mask(lines, row) == {"who": MASK, "smallest": MASK, "line_count": 3, "free_line_rate": 0.5}


def test_what_is_no_number_is_written_in_words() -> None:
    profiles = catalog().contract("scores", "segment_profiles")
    assert mask(profiles, {"centroid": float("nan"), "overall_mean": 0.5}) == {
        "centroid": "nan",
        "overall_mean": 0.5,
    }


@pytest.mark.parametrize(
    ("expectation", "column", "is_shown"),
    [
        ("expect_column_max_to_be_between", "household_id", False),
        ("expect_column_most_common_value_to_be_in_set", "household_id", False),
        ("expect_column_distinct_values_to_be_in_set", "household_id", False),
        ("expect_column_unique_value_count_to_be_between", "household_id", True),
        ("expect_column_values_to_not_be_null", "household_id", True),
        ("expect_column_max_to_be_between", "week", True),
    ],
)
def test_an_observed_value_is_masked_like_a_row(expectation: str, column: str, is_shown: bool) -> None:
    lines = catalog().contract("pos", "transaction_lines")
    rule = Rule("a_rule", expectation, {"column": column}, "warning", "A reason.")
    assert mask_observed(lines, rule, "1042") == ("1042" if is_shown else MASK)

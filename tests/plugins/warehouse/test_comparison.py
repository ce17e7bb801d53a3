"""Two versions of the corner shop, side by side."""

from pathlib import Path

import duckdb
import pytest
from tests.shop.versions import MONDAY, TUESDAY, Shop

from shopkeeper.errors import UserError
from shopkeeper.warehouse import Difference, compare_rows, compare_versions
from shopkeeper.warehouse.comparison import _differences

LINES = "input.transaction_lines"


@pytest.fixture
def versions(shop: Shop) -> tuple[str, str]:
    """One version with a Monday, and one with Tuesday too and another price on Monday."""
    shop.land("till_monday.csv", MONDAY)
    before = shop.refresh()
    shop.land("till_monday.csv", [("R1", "4006381333931", "1.50"), MONDAY[1]])
    shop.land("till_tuesday.csv", TUESDAY)
    after = shop.refresh()
    assert before and after
    return before, after


def test_rows_and_sums_that_differ_are_told_the_largest_first(shop: Shop, versions: tuple[str, str]) -> None:
    found = [each for each in compare_versions(shop.home, *versions) if each.table == LINES]
    assert [(each.what, str(each.before), str(each.after)) for each in found] == [
        ("sum of sales_value", "2.05", "3.55"),
        ("rows", "2", "3"),
    ]


def test_a_version_does_not_differ_from_itself(shop: Shop, versions: tuple[str, str]) -> None:
    assert compare_versions(shop.home, versions[0], versions[0]) == []


def test_values_that_differ_are_told_by_key(shop: Shop, versions: tuple[str, str]) -> None:
    found = compare_rows(shop.home, *versions, LINES, ["basket_id", "product_id"]).to_pylist()
    assert [tuple(row.values()) for row in found if row["column_name"] != "batch_id"] == [
        ("R1", "4006381333931", "sales_value", "1.20", "1.50"),
        ("R2", "4006381333931", "(row)", None, "there"),
    ]


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        ("input.nothing", ["product_id"], "is not in both versions"),
        (LINES, ["colour"], "has no column colour"),
        (LINES, ["product_id"], "does not identify the rows"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(
    shop: Shop, versions: tuple[str, str], table: str, key: list[str], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        compare_rows(shop.home, *versions, table, key)


def test_the_largest_difference_is_a_side_that_is_missing() -> None:
    assert Difference("marts.a", "table", None, 3).size == 1
    assert Difference("marts.a", "rows", 100, 101).size < 0.01


def test_sums_in_another_order_do_not_differ(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for side, order in (("before", "asc"), ("after", "desc")):
            connection.execute(f"attach '{tmp_path}/{side}.duckdb' as {side}")
            connection.execute(f"create schema {side}.marts")
            connection.execute(
                f"create table {side}.marts.rates as select 1 / (n + 1) as rate "
                f"from range(100000) as numbers(n) order by n {order}"
            )
        assert _differences(connection, "marts.rates") == []

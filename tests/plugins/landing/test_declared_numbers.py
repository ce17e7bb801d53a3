"""Numbers as their contract draws them: what lands, what is refused and why."""

from decimal import Decimal

import duckdb
from tests.shop.files import Shop, contract, csv_text, line

from shopkeeper.contracts.casts import cast_sql

BRACKETED = contract({"sales_value": {"number_format": "0.00;(0.00)", "minimum": "-100"}})


def test_a_number_in_its_format_lands_as_it_was_written(shop: Shop) -> None:
    shop.contracts = (BRACKETED,)
    landed = shop.take(csv_text([line(1, sales_value="5.00"), line(2, sales_value="(5.00)")]))
    assert (landed.accepted_count, landed.quarantined_count) == (2, 0)
    texts = [row["sales_value"] for row in shop.raw()]
    assert texts == ["5.00", "(5.00)"]
    cast = cast_sql(BRACKETED.column("sales_value"), "t")
    read = duckdb.execute(f"select {cast} from (select unnest($1::varchar[]) as t)", [texts]).fetchall()
    assert [value for (value,) in read] == [Decimal("5.00"), Decimal("-5.00")]


def test_a_number_in_another_format_is_refused(shop: Shop) -> None:
    shop.contracts = (BRACKETED,)
    shop.take(
        csv_text([line(1, sales_value="-5.00"), line(2, sales_value="5.0"), line(3, sales_value="5.00")])
    )
    assert shop.reasons() == ["BAD_DECIMAL", "BAD_DECIMAL"]


def test_a_range_judges_the_number(shop: Shop) -> None:
    shop.contracts = (BRACKETED,)
    shop.take(csv_text([line(1, sales_value="(100.01)"), line(2, sales_value="(100.00)")]))
    assert shop.reasons() == ["OUT_OF_RANGE"]

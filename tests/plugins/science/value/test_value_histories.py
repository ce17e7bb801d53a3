"""What counts as a purchase: days merged, returns netted, and what happens after the last day unseen."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.science.value import summarize

MARCH = datetime.fromisoformat("2024-03-01")
MONEY = pa.decimal128(18, 2)


def transactions(*rows: tuple[str, float, str], money: pa.DataType = MONEY) -> pa.Table:
    """Transactions of (customer, days after 1 March, amount)."""
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.string()),
            "transacted_at": pa.array([MARCH + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "amount": pa.array([Decimal(row[2]) for row in rows], MONEY).cast(money),
        }
    )


def one(*rows: tuple[float, str], until: date = date(2024, 3, 31), unit: str = "day") -> tuple:
    """Summarize one customer's (day, amount) rows."""
    found = summarize(transactions(*(("ann", *row) for row in rows)), until=until, unit=unit).to_pylist()
    assert len(found) == 1
    return tuple(list(found[0].values())[1:])


def test_a_history_counts_repeats_and_averages_their_value():
    assert one((0, "100"), (10.5, "20"), (20, "40")) == (2, 20.0, 30.0, 30.0)


def test_a_single_purchase_has_no_repeat_recency_or_mean():
    assert one((2, "5")) == (0, 0.0, 28.0, None)


def test_purchases_of_one_day_are_one_purchase():
    assert one((0, "5"), (0.4, "5"), (3, "7"), (3.9, "8")) == (1, 3.0, 30.0, 15.0)


def test_weeks_are_seven_days():
    assert one((0, "5"), (14, "7"), unit="week") == (1, 2.0, 30 / 7, 7.0)


def test_a_partial_return_reduces_the_latest_purchase():
    assert one((0, "50"), (5, "20"), (6, "30"), (9, "-12.50"), (12, "-0.50")) == (2, 6.0, 30.0, 18.5)


def test_a_purchase_returned_whole_did_not_happen():
    assert one((0, "50"), (5, "20"), (6, "30"), (9, "-30")) == (1, 5.0, 30.0, 20.0)
    assert one((0, "50"), (0.2, "-50"), (6, "30")) == (0, 0.0, 24.0, None)


def test_a_return_reduces_the_latest_purchase_as_large():
    assert one((0, "50"), (5, "20"), (9, "-45")) == (1, 5.0, 30.0, 20.0)
    assert one((0, "50"), (5, "20"), (9, "-20"), (10, "-20")) == (0, 0.0, 30.0, None)


def test_a_larger_return_reduces_the_latest_purchases():
    assert one((0, "50"), (5, "20"), (6, "30"), (9, "-60")) == (0, 0.0, 30.0, None)
    assert one((0, "50"), (5, "20"), (6, "30"), (9, "-60"), (20, "8"), (20, "-9.00")) == (1, 20.0, 30.0, 8.0)


def with_orders(*rows: tuple[float, str, str | None]) -> pa.Table:
    """One customer's (day, amount, order) rows."""
    table = transactions(*(("ann", day, amount) for day, amount, _ in rows))
    return table.append_column("order_id", pa.array([order for _, _, order in rows], pa.string()))


def test_a_return_that_names_its_order_reduces_it():
    rows = with_orders((0, "50", "A1"), (5, "60", "A2"), (9, "-50", "A1"))
    assert summarize(rows, until=date(2024, 3, 31), unit="day").to_pylist() == [
        {"customer_id": "ann", "frequency": 0, "recency": 0.0, "age": 25.0, "monetary_value": None}
    ]
    partly = with_orders((0, "9", "A0"), (1, "50", "A1"), (5, "60", "A2"), (9, "-10", "A1"), (9, "-20", None))
    assert summarize(partly, until=date(2024, 3, 31), unit="day")["monetary_value"].to_pylist() == [40.0]


def test_a_return_of_an_unknown_order_is_dropped():
    rows = with_orders((0, "50", "A1"), (5, "60", "A2"), (9, "-50", "Z9"))
    assert summarize(rows, until=date(2024, 3, 31), unit="day")["frequency"].to_pylist() == [1]


def test_a_free_purchase_is_a_purchase():
    assert one((0, "0"), (4, "0")) == (1, 4.0, 30.0, 0.0)


def test_a_return_from_before_the_data_is_dropped():
    assert one((0, "-10"), (3, "5")) == (0, 0.0, 27.0, None)


def test_who_never_kept_anything_is_no_customer():
    rows = transactions(("ann", 0, "-10"), ("ben", 0, "10"), ("ben", 1, "-10"), ("eve", 3, "1"))
    assert summarize(rows, until=date(2024, 3, 31), unit="day")["customer_id"].to_pylist() == ["eve"]


def test_a_date_counts_whole_and_an_instant_to_its_second():
    rows = transactions(("ann", 0, "5"), ("ann", 4.75, "7"))
    assert summarize(rows, until=date(2024, 3, 5), unit="day")["frequency"].to_pylist() == [1]
    noon = datetime.fromisoformat("2024-03-05T12:00")
    assert summarize(rows, until=noon, unit="day")["frequency"].to_pylist() == [0]
    assert summarize(rows, until=noon.replace(tzinfo=UTC), unit="day")["age"].to_pylist() == [4.0]
    assert summarize(rows, until=date(2024, 2, 1), unit="day").num_rows == 0


def test_a_day_is_in_the_columns_time_zone():
    late = [datetime.fromisoformat(f"2024-03-02T{clock}+02:00") for clock in ("00:30", "23:30")]
    rows = pa.table(
        {
            "customer_id": [1, 1],
            "transacted_at": pa.array(late, pa.timestamp("us", "Europe/Helsinki")),
            "amount": [1.0, 1.0],
        }
    )
    local = summarize(rows, until=date(2024, 3, 3), unit="day")
    assert (local["frequency"].to_pylist(), local["age"].to_pylist()) == ([0], [1.0])
    in_utc = rows.set_column(1, "transacted_at", rows["transacted_at"].cast(pa.timestamp("us", "UTC")))
    assert summarize(in_utc, until=date(2024, 3, 3), unit="day")["frequency"].to_pylist() == [1]
    assert summarize(rows, until=date(2024, 3, 2), unit="day").num_rows == 1
    assert summarize(rows, until=date(2024, 3, 1), unit="day").num_rows == 0
    as_text = rows.set_column(1, "transacted_at", pa.array([each.isoformat() for each in late]))
    assert summarize(as_text, until="2024-03-03", unit="day").equals(local)


def test_a_month_is_a_twelfth_of_a_year():
    assert one((0, "5"), (14, "7"), unit="month")[2] == pytest.approx(30 / 30.436875)


def test_frames_and_categories_give_the_same_histories():
    rows = transactions(("ann", 0, "5"), ("ben", 1, "7"), ("ann", 3, "9"))
    expected = summarize(rows, until=date(2024, 3, 31), unit="week")
    named = rows["customer_id"].combine_chunks().dictionary_encode()
    unused = pa.DictionaryArray.from_arrays(named.indices, pa.array(["ann", "ben", "eve"]))
    for form in (
        rows.to_pandas(),
        rows.to_pandas().astype({"customer_id": "category"}),
        pl.from_arrow(rows),
        rows.set_column(0, "customer_id", unused),
        rows.set_column(0, "customer_id", rows["customer_id"].cast(pa.string_view())),
    ):
        assert summarize(form, until=np.datetime64("2024-03-31"), unit="week").equals(expected)


def history(rows: list[tuple[str, int, int]], until: int) -> dict[str, tuple]:
    """The same, one row at a time, in cents."""
    found = {}
    for customer in sorted({row[0] for row in rows}):
        purchases: list[list] = []
        for day in range(until + 1):
            amounts = [cents for who, when, cents in rows if who == customer and when == day]
            if any(cents >= 0 for cents in amounts):
                purchases.append([day, sum(cents for cents in amounts if cents > 0), False])
            back = -sum(cents for cents in amounts if cents < 0)
            covering = [each for each in purchases if each[1] >= back > 0]
            for purchase in covering[-1:] or purchases[::-1]:
                taken = min(purchase[1], back)
                purchase[1] -= taken
                purchase[2] |= taken > 0
                back -= taken
        kept = [(day, net) for day, net, has_return in purchases if net > 0 or not has_return]
        if kept:
            repeats = [net for _, net in kept[1:]]
            mean = sum(repeats) / len(repeats) / 100 if repeats else None
            found[customer] = (len(repeats), kept[-1][0] - kept[0][0], until - kept[0][0], mean)
    return found


some_rows = st.lists(
    st.tuples(st.sampled_from(["ann", "ben"]), st.integers(0, 9), st.sampled_from([-900, -500, 0, 500, 900])),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(rows=some_rows, random=st.randoms(), money=st.sampled_from([MONEY, pa.float64()]))
def test_histories_equal_those_built_row_by_row(rows, random, money):
    table = transactions(*((who, day, str(cents / 100)) for who, day, cents in rows), money=money)
    found = summarize(table, until=date(2024, 3, 8), unit="day")
    expected = history(rows, until=7)
    assert found["customer_id"].to_pylist() == list(expected)
    for row, wanted in zip(found.to_pylist(), expected.values(), strict=True):
        assert tuple(row.values())[1:] == pytest.approx(wanted, abs=1e-9)
    shuffled = table.take(pa.array(random.sample(range(len(rows)), len(rows)), pa.int64()))
    assert summarize(shuffled, until=date(2024, 3, 8), unit="day").equals(found)


@pytest.mark.parametrize("column", ["customer_id", "transacted_at", "amount"])
def test_transactions_need_every_column_without_nulls(column):
    rows = transactions(("ann", 0, "1"), ("ben", 1, "2"))
    with pytest.raises(ValueError, match=f"no column {column}"):
        summarize(rows.drop_columns(column), until=date(2024, 3, 31), unit="day")
    place = rows.column_names.index(column)
    holed = rows.set_column(place, column, pa.array([rows[column][0].as_py(), None], rows[column].type))
    with pytest.raises(ValueError, match=f"{column} has 1 nulls"):
        summarize(holed, until=date(2024, 3, 31), unit="day")


def test_broken_amounts_times_and_units_are_refused():
    rows = transactions(("ann", 0, "1"))
    with pytest.raises(ValueError, match="not finite"):
        summarize(rows.set_column(2, "amount", pa.array([float("nan")])), until=date(2024, 3, 31), unit="day")
    with pytest.raises(ValueError, match="amount is string"):
        summarize(rows.set_column(2, "amount", pa.array(["1"])), until=date(2024, 3, 31), unit="day")
    with pytest.raises(ValueError, match="transacted_at has text that is no moment"):
        summarize(rows.set_column(1, "transacted_at", pa.array(["1"])), until=date(2024, 3, 31), unit="day")
    with pytest.raises(ValueError, match="18 digits"):
        summarize(rows.set_column(2, "amount", pa.array([1e18])), until=date(2024, 3, 31), unit="day")
    with pytest.raises(ValueError, match="unit is year; give one of: day, week, month"):
        summarize(rows, until=date(2024, 3, 31), unit="year")


def test_an_empty_table_gives_the_same_columns():
    rows = transactions(("ann", 0, "1"))
    nobody = summarize(rows.slice(0, 0), until=date(2024, 3, 31), unit="week")
    assert nobody.num_rows == 0
    assert nobody.schema == summarize(rows, until=date(2024, 3, 31), unit="week").schema

"""The edges of the data, days without a time, and orders that came back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.science.attribution.attribution_worlds import rates, three_equal_channels

from shopkeeper.science.attribution import credit, net_refunds, paths_from_touches

MARCH = datetime.fromisoformat("2024-03-01")
WEEK = timedelta(days=7)
MONEY = pa.decimal128(18, 2)


def at(day: float) -> datetime:
    return MARCH + timedelta(days=day)


def touches(*rows: tuple[str, object, str]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.string()),
            "touched_at": pa.array([row[1] for row in rows]) if rows else pa.array([], pa.timestamp("us")),
            "channel": pa.array([row[2] for row in rows], pa.string()),
            "touch_id": pa.array([f"t{number}" for number in range(len(rows))], pa.string()),
        }
    )


def orders(*rows: tuple[str, object, str]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.string()),
            "converted_at": pa.array([row[1] for row in rows]) if rows else pa.array([], pa.timestamp("us")),
            "conversion_id": pa.array([f"c{number}" for number in range(len(rows))], pa.string()),
            "value": pa.array([Decimal(row[2]) for row in rows], MONEY),
        }
    )


def test_paths_that_may_still_convert_are_left_out():
    seen = touches(("ann", at(10), "app"), ("ben", at(23.5), "app"), ("eve", at(25), "app"))
    for until in (at(31), date(2024, 3, 31), "2024-03-31", np.datetime64("2024-03-31")):
        paths = paths_from_touches(seen, orders(), lookback=WEEK, until=until)
        assert paths["customer_id"].to_pylist() == ["ann", "ben"]


def test_a_purchase_with_a_cut_look_back_is_left_out():
    seen = touches(("ann", at(3), "app"), ("ben", at(8), "app"))
    bought = orders(("ann", at(4), "1"), ("ben", at(9), "2"), ("eve", at(5), "3"), ("eve", at(8), "4"))
    paths = paths_from_touches(seen, bought, lookback=WEEK, since=date(2024, 3, 1))
    assert paths["conversion_id"].to_pylist() == ["c1", "c3"]


def test_equal_channels_come_out_equal_without_open_paths():
    seen, bought = three_equal_channels(launched=45)
    lookback = timedelta(days=30)
    until = datetime.fromisoformat("1970-04-01")
    whole = rates(paths_from_touches(seen, bought, lookback=lookback))
    ripe = rates(paths_from_touches(seen, bought, lookback=lookback, until=until))
    assert whole["app"] - whole["radio"] > 0.02
    assert ripe == pytest.approx(dict.fromkeys(["app", "e-mail", "radio"], 0.275), abs=0.02)


def test_a_channel_younger_than_the_look_back_is_unjudged():
    seen, bought = three_equal_channels(launched=7)
    lookback = timedelta(days=30)
    until = datetime.fromisoformat("1970-04-01")
    assert rates(paths_from_touches(seen, bought, lookback=lookback))["radio"] < 0.15
    ripe = rates(paths_from_touches(seen, bought, lookback=lookback, until=until))
    assert ripe == pytest.approx({"app": 0.275, "e-mail": 0.275}, abs=0.02)


some_touches = st.lists(st.tuples(st.sampled_from(["ann", "ben"]), st.integers(0, 30)), max_size=12)
some_orders = st.lists(st.tuples(st.sampled_from(["ann", "ben"]), st.integers(0, 30)), max_size=6)


@settings(max_examples=30, deadline=None)
@given(seen=some_touches, bought=some_orders, since=st.integers(0, 12), until=st.integers(12, 30))
def test_a_paths_last_touch_alone_decides_whether_it_stays(seen, bought, since, until):
    touched = touches(*((who, at(day), "app") for who, day in seen))
    converted = orders(*((who, at(day), "1.00") for who, day in bought))
    lookback = timedelta(days=5)
    whole = paths_from_touches(touched, converted, lookback=lookback).to_pylist()
    last = [row["ended_at"] - (row["ages"] or [timedelta(0)])[-1] for row in whole]
    expected = [
        row for row, moment in zip(whole, last, strict=True) if at(since + 5) <= moment <= at(until - 5)
    ]
    found = paths_from_touches(touched, converted, lookback=lookback, since=at(since), until=at(until))
    assert found.to_pylist() == expected


def test_a_dated_purchase_follows_the_touches_of_its_day():
    seen = touches(("ann", at(4.4), "app"), ("ann", at(5.2), "e-mail"))
    paths = paths_from_touches(seen, orders(("ann", date(2024, 3, 5), "1")), lookback=WEEK)
    assert paths["touches"].to_pylist() == [["app"], ["e-mail"]]
    assert paths["conversions"].to_pylist() == [1, 0]
    assert paths["ended_at"][0].as_py() == at(5) - timedelta(microseconds=1)


def test_days_on_both_sides_are_whole_days_apart():
    seen = touches(("ann", date(2024, 3, 5), "app"), ("ann", date(2024, 3, 12), "e-mail"))
    paths = paths_from_touches(seen, orders(("ann", date(2024, 3, 12), "1")), lookback=WEEK)
    assert paths["touches"].to_pylist() == [["app", "e-mail"]]
    assert paths["ages"].to_pylist() == [[WEEK, timedelta(0)]]


def test_a_day_is_in_the_touches_time_zone():
    late = datetime(2024, 3, 5, 20, tzinfo=UTC)
    seen = touches(("ann", late, "app"))
    seen = seen.set_column(1, "touched_at", seen["touched_at"].cast(pa.timestamp("us", "Asia/Shanghai")))
    for day, conversions in ((date(2024, 3, 5), [1, 0]), (date(2024, 3, 6), [1])):
        paths = paths_from_touches(seen, orders(("ann", day, "1")), lookback=WEEK)
        assert paths["conversions"].to_pylist() == conversions
        assert paths["ended_at"].type == pa.timestamp("us", "Asia/Shanghai")


def test_paths_from_frames_and_texts_equal_those_from_arrow():
    seen = touches(("ann", at(4), "app"), ("ben", at(5), "e-mail"))
    bought = orders(("ann", at(5), "1.50"))
    paths = paths_from_touches(seen, bought, lookback=WEEK)
    as_text = seen.set_column(1, "touched_at", pc.strftime(seen["touched_at"], "%Y-%m-%dT%H:%M:%S"))
    for given_touches, given_orders in (
        (seen.to_pandas().astype({"channel": "category"}), bought.to_pandas()),
        (pl.from_arrow(seen).cast({"channel": pl.Categorical}), pl.from_arrow(bought)),
        (as_text, bought),
    ):
        found = paths_from_touches(given_touches, given_orders, lookback=np.timedelta64(7, "D"))
        assert found.to_pylist() == paths.to_pylist()
    for frame in (pl.from_arrow(paths), paths.to_pandas()):
        assert credit(frame, "markov").to_pylist() == credit(paths, "markov").to_pylist()


def refunded(*rows: tuple[str, str, float, str], money: pa.DataType = MONEY) -> pa.Table:
    """Rows of (order, customer, day of March, value)."""
    return pa.table(
        {
            "customer_id": [row[1] for row in rows],
            "converted_at": [at(row[2]) for row in rows],
            "conversion_id": [row[0] for row in rows],
            "value": pa.array([Decimal(row[3]) for row in rows], MONEY).cast(money),
        }
    )


@pytest.mark.parametrize("money", [MONEY, pa.float64()])
def test_refunds_are_taken_off_their_own_order(money):
    rows = refunded(
        ("A7", "ann", 9, "-20.00"),
        ("A7", "ann", 2, "50.00"),
        ("A7", "ann", 2, "9.50"),
        ("A8", "ann", 3, "30.00"),
        ("A8", "ann", 5, "-30.00"),
        ("A9", "ben", 4, "0.00"),
        ("B1", "ben", 4, "-5.00"),
        ("B2", "eve", 4, "10.00"),
        ("B2", "eve", 6, "-12.00"),
        money=money,
    )
    assert net_refunds(rows).to_pylist() == [
        {"customer_id": "ann", "converted_at": at(2), "conversion_id": "A7", "value": pytest.approx(39.5)}
        if money != MONEY
        else {"customer_id": "ann", "converted_at": at(2), "conversion_id": "A7", "value": Decimal("39.50")},
        {"customer_id": "ben", "converted_at": at(4), "conversion_id": "A9", "value": 0},
    ]
    paths = paths_from_touches(touches(("ann", at(1), "app")), net_refunds(rows), lookback=WEEK)
    assert paths["conversions"].to_pylist() == [1, 1]


def test_refunds_need_one_customer_an_order_and_sound_values():
    with pytest.raises(ValueError, match="1 orders belong to more than one customer"):
        net_refunds(refunded(("A7", "ann", 2, "5"), ("A7", "ben", 3, "-5")))
    rows = refunded(("A7", "ann", 2, "5"))
    with pytest.raises(ValueError, match="not finite"):
        net_refunds(rows.set_column(3, "value", pa.array([float("nan")])))
    with pytest.raises(ValueError, match="value is string"):
        net_refunds(rows.set_column(3, "value", pa.array(["5"])))
    assert net_refunds(rows.slice(0, 0)).num_rows == 0
    assert net_refunds(rows.to_pandas()).to_pylist() == net_refunds(rows).to_pylist()
    assert isinstance(rows.to_pandas(), pd.DataFrame)

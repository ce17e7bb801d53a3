"""Ordered patterns: the same as looking through every customer's events one by one."""

from datetime import datetime, timedelta
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.science.baskets.baskets_retail import grocer_departments

from shopkeeper.science.baskets import sequences

START = datetime(2017, 1, 1)  # noqa: DTZ001

some_events = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 6), st.sampled_from("abc")), min_size=1, max_size=30
)


def events_of(rows: list) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.int64()),
            "occurred_at": pa.array([START + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "item": pa.array([row[2] for row in rows], pa.string()),
        }
    )


def went_through(days_of: dict, pattern: tuple, max_days: int) -> bool:
    ends = days_of.get(pattern[0], set())
    for item in pattern[1:]:
        ends = {day for day in days_of.get(item, set()) if any(0 < day - end <= max_days for end in ends)}
    return bool(ends)


def counted_by_hand(rows: list, least: float, max_length: int, max_days: int) -> dict:
    diaries: dict = {}
    for customer, day, item in rows:
        diaries.setdefault(customer, {}).setdefault(item, set()).add(day)
    patterns = [each for length in range(1, max_length + 1) for each in product("abc", repeat=length)]
    counts = {
        each: sum(went_through(diary, each, max_days) for diary in diaries.values()) for each in patterns
    }
    return {each: count for each, count in counts.items() if count and count >= least * len(diaries)}


@settings(max_examples=80, deadline=None)
@given(some_events, st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from([1, 2, 100]))
def test_patterns_are_those_that_looking_one_by_one_finds(rows, min_support, max_days):
    gap = None if max_days == 100 else timedelta(days=max_days)
    found = sequences(events_of(rows), min_support=min_support, max_length=3, max_gap=gap).to_pylist()
    assert {tuple(row["pattern"]): row["customer_count"] for row in found} == counted_by_hand(
        rows, min_support, 3, max_days
    )


@settings(max_examples=40, deadline=None)
@given(some_events, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (sequences(events_of(each), min_support=0.25, max_length=3) for each in (rows, shuffled))
    assert one.equals(other)


def test_confidence_is_the_share_that_went_on():
    rows = [(customer, 0, "grill") for customer in range(10)] + [
        (customer, 3, "charcoal") for customer in range(4)
    ]
    found = {
        tuple(row["pattern"]): row
        for row in sequences(events_of(rows), min_support=0.1, max_length=2).to_pylist()
    }
    assert found["grill", "charcoal"]["confidence"] == 0.4
    assert found["grill", "charcoal"]["support"] == 0.4
    assert found[("grill",)]["confidence"] is None


def test_long_gaps_and_simultaneous_events_are_no_sequence():
    rows = [(1, 0, "grill"), (1, 8, "charcoal"), (2, 0, "grill"), (2, 0, "charcoal")]
    found = sequences(events_of(rows), min_support=0.1, max_length=2, max_gap=timedelta(days=7))
    assert found["pattern"].to_pylist() == [["charcoal"], ["grill"]]


def test_households_return_to_the_departments_within_a_week():
    found = sequences(grocer_departments(), min_support=0.9, max_length=2, max_gap=timedelta(days=7))
    pairs = [row for row in found.to_pylist() if len(row["pattern"]) == 2]
    assert pairs[0]["pattern"] == ["GROCERY", "GROCERY"]
    assert all(0.9 <= row["support"] <= row["confidence"] <= 1 for row in pairs)


def test_no_event_gives_no_pattern():
    assert sequences(events_of([]), min_support=0.1, max_length=3).num_rows == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_support": 0}, "min_support is 0"),
        ({"max_length": 0}, "max_length is 0"),
        ({"max_gap": timedelta(0)}, "max_gap is 0"),
    ],
)
def test_bad_options_are_refused_with_one_clear_error(options, message):
    with pytest.raises(ValueError, match=message):
        sequences(events_of([(1, 0, "a")]), **{"min_support": 0.1, "max_length": 2, **options})


def test_a_missing_item_is_refused():
    with pytest.raises(ValueError, match="no column item"):
        sequences(events_of([(1, 0, "a")]).drop_columns("item"), min_support=0.1, max_length=2)

"""What a path is: look-back, repeats, several purchases, direct traffic, and visits that led to nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.science.attribution import credit, paths_from_touches, touch_credit

MARCH = datetime.fromisoformat("2024-03-01")
MONEY = pa.decimal128(18, 2)


def touches(*rows: tuple[str, float, str]) -> pa.Table:
    """Touches of (customer, day of March, channel), with ids in the order given."""
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.string()),
            "touched_at": pa.array([MARCH + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "channel": pa.array([row[2] for row in rows], pa.string()),
            "touch_id": pa.array([f"t{number}" for number in range(len(rows))], pa.string()),
        }
    )


def conversions(*rows: tuple[str, float, str]) -> pa.Table:
    """Purchases of (customer, day of March, value), with ids in the order given."""
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.string()),
            "converted_at": pa.array([MARCH + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "conversion_id": pa.array([f"c{number}" for number in range(len(rows))], pa.string()),
            "value": pa.array([Decimal(row[2]) for row in rows], MONEY),
        }
    )


def routes(paths: pa.Table) -> list[tuple[str | None, list[str]]]:
    return list(zip(paths["conversion_id"].to_pylist(), paths["touches"].to_pylist(), strict=True))


WEEK = timedelta(days=7)


def test_a_purchase_has_its_customers_earlier_touches_in_order():
    seen = touches(("ann", 6, "search"), ("ann", 5, "e-mail"), ("ben", 6, "app"), ("ann", 9, "app"))
    paths = paths_from_touches(seen, conversions(("ann", 8, "20.00")), lookback=WEEK)
    assert routes(paths) == [("c0", ["e-mail", "search"]), (None, ["app"]), (None, ["app"])]
    assert paths["customer_id"].to_pylist() == ["ann", "ann", "ben"]
    assert paths["touch_ids"].to_pylist() == [["t1", "t0"], ["t3"], ["t2"]]
    assert paths["ages"][0].as_py() == [timedelta(days=3), timedelta(days=2)]
    assert paths["ended_at"].to_pylist() == [MARCH + timedelta(days=day) for day in (8, 9, 6)]
    assert paths["value"].to_pylist() == [Decimal("20.00"), Decimal("0.00"), Decimal("0.00")]
    assert (paths["conversions"].to_pylist(), paths["nulls"].to_pylist()) == ([1, 0, 0], [0, 1, 1])


def test_both_ends_of_the_look_back_belong_to_it():
    seen = touches(
        ("ann", 1, "exactly a week before"), ("ann", 8, "at the till"), ("ann", 0.999, "too early")
    )
    paths = paths_from_touches(seen, conversions(("ann", 8, "1")), lookback=WEEK)
    assert routes(paths) == [("c0", ["exactly a week before", "at the till"]), (None, ["too early"])]


def test_a_touch_leads_to_the_next_purchase_only():
    seen = touches(("ann", 1, "e-mail"), ("ann", 3, "search"))
    bought = conversions(("ann", 2, "1"), ("ann", 4, "2"))
    assert routes(paths_from_touches(seen, bought, lookback=WEEK)) == [("c0", ["e-mail"]), ("c1", ["search"])]


def test_a_touch_may_be_reused_by_later_purchases():
    seen = touches(("ann", 1, "e-mail"), ("ann", 3, "search"))
    bought = conversions(("ann", 2, "1"), ("ann", 4, "2"), ("ann", 9, "3"))
    paths = paths_from_touches(seen, bought, lookback=WEEK, reuse=True)
    assert routes(paths) == [("c0", ["e-mail"]), ("c1", ["e-mail", "search"]), ("c2", ["search"])]


def test_two_purchases_at_one_instant_have_the_same_touches():
    paths = paths_from_touches(
        touches(("ann", 1, "e-mail")), conversions(("ann", 2, "1"), ("ann", 2, "2")), lookback=WEEK
    )
    assert routes(paths) == [("c0", ["e-mail"]), ("c1", ["e-mail"])]


def test_a_purchase_without_touches_is_credited_to_no_touch():
    paths = paths_from_touches(
        touches(("ann", 1, "e-mail")), conversions(("ben", 2, "9.99"), ("ann", 2, "5.00")), lookback=WEEK
    )
    assert routes(paths) == [("c1", ["e-mail"]), ("c0", [])]
    assert credit(paths, "markov").to_pylist() == [
        {"channel": "e-mail", "conversions": 1.0, "value": Decimal("5.00")},
        {"channel": "no_touch", "conversions": 1.0, "value": Decimal("9.99")},
    ]
    assert touch_credit(paths, "linear").to_pylist()[0] == {
        "conversion_id": "c0",
        "touch_id": None,
        "channel": "no_touch",
        "conversions": 1.0,
        "value": Decimal("9.99"),
    }


def test_unsuccessful_visits_break_at_purchases_and_long_silences():
    seen = touches(
        ("ann", 0, "e-mail"),
        ("ann", 6, "search"),
        ("ann", 14, "app"),
        ("ann", 23, "search"),
        ("ann", 31, "app"),
    )
    paths = paths_from_touches(seen, conversions(("ann", 30.5, "1")), lookback=WEEK)
    assert routes(paths) == [
        ("c0", []),
        (None, ["e-mail", "search"]),
        (None, ["app"]),
        (None, ["search"]),
        (None, ["app"]),
    ]


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("all", ["app", "app", "search", "app"]),
        ("unique", ["app", "search"]),
        ("first_of_repeats", ["app", "search", "app"]),
    ],
)
def test_what_a_path_keeps_of_repeated_channels(keep, kept):
    seen = touches(("ann", 1, "app"), ("ann", 2, "app"), ("ann", 3, "search"), ("ann", 4, "app"))
    paths = paths_from_touches(seen, conversions(("ann", 5, "1")), lookback=WEEK, keep=keep)
    assert paths["touches"].to_pylist() == [kept]
    assert paths["touch_ids"][0].as_py()[0] == "t0"


def test_a_channel_called_none_is_a_channel_beside_no_touch():
    paths = paths_from_touches(
        touches(("ann", 1, "(none)")), conversions(("ben", 2, "9.99"), ("ann", 2, "5.00")), lookback=WEEK
    )
    for model in ("last", "markov"):
        assert credit(paths, model)["channel"].to_pylist() == ["(none)", "no_touch"]
        assert credit(paths, model)["value"].to_pylist() == [Decimal("5.00"), Decimal("9.99")]


@pytest.mark.parametrize(
    ("direct", "expected"),
    [
        ("keep", [["direct", "app", "direct"], ["direct"], ["direct"]]),
        ("unless_alone", [["app"], ["direct"], ["direct"]]),
        ("drop", [["app"], []]),
    ],
)
def test_direct_traffic_is_kept_dropped_or_dropped_with_help(direct, expected):
    seen = touches(
        ("ann", 1, "direct"),
        ("ann", 2, "app"),
        ("ann", 3, "direct"),
        ("ben", 1, "direct"),
        ("eve", 1, "direct"),
    )
    bought = conversions(("ann", 4, "1"), ("ben", 2, "1"))
    paths = paths_from_touches(seen, bought, lookback=WEEK, direct=direct)
    assert paths["touches"].to_pylist() == expected


@pytest.mark.parametrize("direct", ["drop", "unless_alone"])
def test_a_path_ends_at_its_last_remaining_touch(direct):
    seen = touches(("ann", 1, "app"), ("ann", 3, "direct"))
    paths = paths_from_touches(seen, conversions(), lookback=WEEK, direct=direct)
    assert paths["ended_at"].to_pylist() == [MARCH + timedelta(days=1)]
    assert paths["ages"].to_pylist() == [[timedelta(0)]]


def test_dropped_direct_traffic_does_not_bridge_a_silence():
    seen = touches(("ann", 0, "app"), ("ann", 5, "direct"), ("ann", 10, "app"))
    paths = paths_from_touches(seen, conversions(), lookback=WEEK, direct="drop")
    assert paths["touches"].to_pylist() == [["app"], ["app"]]


def test_simultaneous_touches_are_ordered_by_id():
    seen = touches(("ann", 1, "z"), ("ann", 1, "a"), ("ann", 1, "m"))
    paths = paths_from_touches(seen.take([2, 1, 0]), conversions(("ann", 2, "1")), lookback=WEEK)
    assert paths["touches"].to_pylist() == [["z", "a", "m"]]


def test_a_touch_loses_half_its_weight_in_each_half_life():
    seen = touches(("ann", 0, "poster"), ("ann", 3, "e-mail"), ("ann", 6, "app"))
    paths = paths_from_touches(seen, conversions(("ann", 6, "7.00")), lookback=WEEK)
    credited = credit(paths, "time_decay", half_life=timedelta(days=3))
    assert dict(zip(credited["channel"].to_pylist(), credited["value"].to_pylist(), strict=True)) == {
        "app": Decimal("4.00"),
        "e-mail": Decimal("2.00"),
        "poster": Decimal("1.00"),
    }


def test_the_last_touch_beyond_direct_takes_all():
    seen = touches(("ann", 1, "e-mail"), ("ann", 2, "direct"), ("ben", 1, "direct"))
    bought = conversions(("ann", 3, "1.00"), ("ben", 3, "2.00"))
    paths = paths_from_touches(seen, bought, lookback=WEEK)
    assert credit(paths, "last_non_direct")["value"].to_pylist() == [Decimal("2.00"), Decimal("1.00")]
    assert credit(paths, "last_non_direct", direct_channel="e-mail").equals(credit(paths, "last"))


def test_an_odd_cent_goes_to_the_first_channel_by_name():
    seen = touches(("ann", 1, "search"), ("ann", 2, "e-mail"), ("ann", 3, "app"))
    paths = paths_from_touches(seen, conversions(("ann", 4, "10.00")), lookback=WEEK)
    assert credit(paths, "linear")["value"].to_pylist() == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    shared = touch_credit(paths, "linear")
    assert shared["channel"].to_pylist() == ["search", "e-mail", "app"]
    assert shared["value"].to_pylist() == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]


def test_dates_zones_integer_ids_and_floats_are_accepted():
    seen = pa.table(
        {
            "customer_id": [7, 7],
            "touched_at": pa.array([date(2024, 3, 1), date(2024, 3, 3)]),
            "channel": pa.array(["app", "e-mail"]).dictionary_encode(),
            "touch_id": [11, 12],
        }
    )
    bought = pa.table(
        {
            "customer_id": [7],
            "converted_at": [MARCH + timedelta(days=3)],
            "conversion_id": [5],
            "value": [2.5],
        }
    )
    paths = paths_from_touches(seen, bought, lookback=WEEK)
    assert paths["touch_ids"].to_pylist() == [[11, 12]]
    assert (paths["customer_id"].to_pylist(), paths["value"].to_pylist()) == ([7], [2.5])

    zoned = pa.timestamp("ms", "Europe/London")
    at_noon = datetime(2024, 7, 1, 12, tzinfo=UTC)
    paths = paths_from_touches(
        seen.set_column(1, "touched_at", pa.array([at_noon - WEEK, at_noon], zoned)),
        bought.set_column(1, "converted_at", pa.array([at_noon], zoned)),
        lookback=WEEK,
    )
    assert paths["touches"].to_pylist() == [["app", "e-mail"]]
    assert paths["ended_at"].to_pylist() == [at_noon]


def expected_routes(seen: pa.Table, bought: pa.Table, lookback: timedelta, reuse: bool) -> tuple[dict, list]:
    """The same, one customer and one touch at a time."""
    led: dict[str, list[str]] = {row["conversion_id"]: [] for row in bought.to_pylist()}
    idle: dict[str, list[tuple[datetime, datetime | None, str]]] = {}
    for touch in sorted(seen.to_pylist(), key=lambda row: (row["touched_at"], row["touch_id"])):
        own = [row for row in bought.to_pylist() if row["customer_id"] == touch["customer_id"]]
        later = sorted(row["converted_at"] for row in own if row["converted_at"] >= touch["touched_at"])
        reached = [moment for moment in later if moment - touch["touched_at"] <= lookback]
        for row in own:
            if row["converted_at"] in (reached if reuse else reached[:1]):
                led[row["conversion_id"]].append(touch["touch_id"])
        if not reached:
            following = later[0] if later else None
            idle.setdefault(touch["customer_id"], []).append(
                (touch["touched_at"], following, touch["touch_id"])
            )
    runs = []
    for customer in sorted(idle):
        for before, (moment, following, touch_id) in zip(
            [None, *idle[customer]], idle[customer], strict=False
        ):
            if before is None or moment - before[0] > lookback or following != before[1]:
                runs.append([])
            runs[-1].append(touch_id)
    return led, runs


days = st.integers(0, 30)
customers = st.sampled_from(["ann", "ben"])
some_touches = st.lists(st.tuples(customers, days, st.sampled_from(["app", "e-mail"])), max_size=12)
some_conversions = st.lists(st.tuples(customers, days, st.just("1.00")), max_size=6)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seen=some_touches, bought=some_conversions, reuse=st.booleans(), random=st.randoms())
def test_paths_equal_those_built_touch_by_touch(seen, bought, reuse, random):
    touched, converted = touches(*seen), conversions(*bought)
    paths = paths_from_touches(touched, converted, lookback=timedelta(days=5), reuse=reuse)
    led, runs = expected_routes(touched, converted, timedelta(days=5), reuse)
    found = list(zip(paths["conversion_id"].to_pylist(), paths["touch_ids"].to_pylist(), strict=True))
    assert {conversion: ids for conversion, ids in found if conversion} == led
    assert [ids for conversion, ids in found if not conversion] == runs
    shuffled = paths_from_touches(
        touched.take(pa.array(random.sample(range(len(seen)), len(seen)), pa.int64())),
        converted.take(pa.array(random.sample(range(len(bought)), len(bought)), pa.int64())),
        lookback=timedelta(days=5),
        reuse=reuse,
    )
    assert shuffled.equals(paths)


def test_many_customers_keep_every_touch_and_cent():
    random = np.random.default_rng(7)
    count, crowd = 60_000, 4_000
    seen = pa.table(
        {
            "customer_id": random.integers(0, crowd, count),
            "touched_at": pa.array(random.integers(0, 90 * 86_400, count)).cast(pa.timestamp("s")),
            "channel": pa.array(["app", "e-mail", "search"]).take(pa.array(random.integers(0, 3, count))),
            "touch_id": np.arange(count),
        }
    )
    bought = pa.table(
        {
            "customer_id": random.integers(0, crowd, crowd),
            "converted_at": pa.array(random.integers(0, 90 * 86_400, crowd)).cast(pa.timestamp("s")),
            "conversion_id": np.arange(crowd),
            "value": pa.array(
                [Decimal(int(cents)).scaleb(-2) for cents in random.integers(0, 9_999, crowd)], MONEY
            ),
        }
    )
    paths = paths_from_touches(seen, bought, lookback=timedelta(days=14))
    assert sorted(paths["touch_ids"].combine_chunks().flatten().to_pylist()) == list(range(count))
    spent = sum(bought["value"].to_pylist())
    for model in ("first", "last", "linear", "position", "time_decay", "markov", "shapley"):
        assert sum(credit(paths, model)["value"].to_pylist()) == spent
        assert sum(touch_credit(paths, model)["value"].to_pylist()) == spent

"""Bad tables are refused with one clear sentence; empty and tiny ones give empty and tiny answers."""

from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from shopkeeper.science.attribution import credit, order_evidence, paths_from_touches, touch_credit

MODELS = ["first", "last", "last_non_direct", "linear", "position", "time_decay", "markov", "shapley"]
DAY = timedelta(days=1)
NOON = datetime.fromisoformat("2024-03-01 12:00")

TOUCHES = pa.table(
    {
        "customer_id": ["ann", "ann"],
        "touched_at": [NOON - 2 * DAY, NOON - DAY],
        "channel": ["e-mail", "app"],
        "touch_id": ["t1", "t2"],
    }
)
CONVERSIONS = pa.table(
    {
        "customer_id": ["ann"],
        "converted_at": [NOON],
        "conversion_id": ["c1"],
        "value": pa.array([Decimal("9.99")], pa.decimal128(18, 2)),
    }
)
PATHS = paths_from_touches(TOUCHES, CONVERSIONS, lookback=7 * DAY)


def replaced(table: pa.Table, name: str, values: object, kind: pa.DataType | None = None) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values, kind))


@pytest.mark.parametrize("column", TOUCHES.column_names)
def test_touches_need_every_column_without_nulls(column):
    with pytest.raises(ValueError, match=f"no column {column}"):
        paths_from_touches(TOUCHES.drop_columns(column), CONVERSIONS, lookback=DAY)
    holed = replaced(TOUCHES, column, [TOUCHES[column][0].as_py(), None], TOUCHES.schema.field(column).type)
    with pytest.raises(ValueError, match=f"{column} has 1 nulls"):
        paths_from_touches(holed, CONVERSIONS, lookback=DAY)


@pytest.mark.parametrize("column", CONVERSIONS.column_names)
def test_conversions_need_every_column(column):
    with pytest.raises(ValueError, match=f"no column {column}"):
        paths_from_touches(TOUCHES, CONVERSIONS.drop_columns(column), lookback=DAY)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lookback": timedelta(0)}, "lookback"),
        ({"lookback": DAY, "keep": "some"}, "keep is some; give one of: all, unique, first_of_repeats"),
        ({"lookback": DAY, "direct": "hide"}, "direct is hide"),
    ],
)
def test_paths_refuse_an_option_they_do_not_know(options, message):
    with pytest.raises(ValueError, match=message):
        paths_from_touches(TOUCHES, CONVERSIONS, **options)


def test_paths_refuse_bad_conversions_zones_times_and_values():
    with pytest.raises(ValueError, match="conversion_id repeats"):
        paths_from_touches(TOUCHES, pa.concat_tables([CONVERSIONS, CONVERSIONS]), lookback=DAY)
    zoned = replaced(CONVERSIONS, "converted_at", [NOON], pa.timestamp("us", "UTC"))
    with pytest.raises(ValueError, match="time zone"):
        paths_from_touches(TOUCHES, zoned, lookback=DAY)
    with pytest.raises(ValueError, match="channel holds int64"):
        paths_from_touches(replaced(TOUCHES, "channel", [1, 2]), CONVERSIONS, lookback=DAY)
    with pytest.raises(ValueError, match="touched_at has text that is no moment"):
        paths_from_touches(replaced(TOUCHES, "touched_at", ["2024", "2025"]), CONVERSIONS, lookback=DAY)
    with pytest.raises(ValueError, match="channel no_touch, the name of conversions without a touch"):
        paths_from_touches(replaced(TOUCHES, "channel", ["app", "no_touch"]), CONVERSIONS, lookback=DAY)
    refund = replaced(CONVERSIONS, "value", [Decimal("-1.00")], pa.decimal128(18, 2))
    with pytest.raises(ValueError, match="negative amounts"):
        paths_from_touches(TOUCHES, refund, lookback=DAY)


@pytest.mark.parametrize(
    ("channels", "named", "message"),
    [
        (["app", "direct"], "dierct", "direct_channel is 'dierct', which no touch has; .*: app, direct"),
        (["Direct", "direct"], None, "there is 'Direct' and 'direct'; write it one way"),
        (["Direct", "direct"], "Direct", "write it one way"),
        (["Direct", "app"], None, "direct_channel is 'direct', but there is 'Direct'"),
    ],
)
def test_a_missing_or_misspelt_direct_channel_is_refused(channels, named, message):
    seen = replaced(TOUCHES, "channel", channels)
    for direct in ("drop", "unless_alone") if named is None else ("drop", "unless_alone", "keep"):
        with pytest.raises(ValueError, match=message):
            paths_from_touches(seen, CONVERSIONS, lookback=DAY, direct=direct, direct_channel=named)
    paths = paths_from_touches(seen, CONVERSIONS, lookback=7 * DAY)
    options = {} if named is None else {"direct_channel": named}
    with pytest.raises(ValueError, match=message):
        credit(paths, "last_non_direct", **options)


def test_traffic_without_direct_needs_no_direct_channel():
    paths = paths_from_touches(TOUCHES, CONVERSIONS, lookback=7 * DAY, direct="drop")
    assert paths.equals(PATHS)
    assert credit(PATHS, "last_non_direct").equals(credit(PATHS, "last"))


@pytest.mark.parametrize("column", ["touches", "conversions", "value", "nulls"])
def test_credit_needs_every_column_without_nulls(column):
    with pytest.raises(ValueError, match=f"no column {column}"):
        credit(PATHS.drop_columns(column), "linear")
    with pytest.raises(ValueError, match=f"{column} has 1 nulls"):
        credit(replaced(PATHS, column, [None], PATHS.schema.field(column).type), "linear")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("conversions", [-1], "conversions has values that are not whole numbers of 0 or more"),
        ("conversions", [1.5], "whole numbers"),
        ("conversions", ["one"], "give whole numbers"),
        ("nulls", [float("nan")], "whole numbers"),
        ("nulls", [float("inf")], "whole numbers"),
        ("value", [-0.01], "negative amounts"),
        ("value", [float("inf")], "infinite"),
        ("value", [True], "give decimals or floats"),
        ("conversions", [0], "value is not 0 where conversions is 0"),
        ("touches", ["app > e-mail"], "list of channel names"),
        ("touches", [["app", None]], "name every channel"),
        ("touches", [[1, 2]], "touches holds int64; give the names of channels as text"),
        ("ages", [[DAY]], "as long as those of touches"),
        ("ages", [[DAY, -DAY]], "negative ages"),
    ],
)
def test_credit_refuses_a_broken_value(column, values, message):
    with pytest.raises(ValueError, match=message):
        credit(replaced(PATHS, column, values), "time_decay")


def test_credit_refuses_money_too_large_for_cents():
    huge = replaced(PATHS, "value", [Decimal(10) ** 30], pa.decimal128(38, 2))
    with pytest.raises(ValueError, match="18 digits"):
        credit(huge, "linear")
    twice = pa.concat_tables([replaced(PATHS, "value", [Decimal("9e15")], pa.decimal128(18, 2))] * 2)
    with pytest.raises(ValueError, match="18 digits"):
        credit(twice, "linear")


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("lucky", {}, "model lucky is unknown"),
        ("linear", {"half_life": DAY}, "model linear has no option half_life; it takes none"),
        ("markov", {"weights": (1, 1, 1)}, "it takes order"),
        ("markov", {"order": 0}, "order is 0"),
        ("markov", {"order": 1.5}, "order is 1.5"),
        ("position", {"weights": (1, -1, 1)}, "position weights"),
        ("position", {"weights": (0, 0, 0)}, "position weights"),
        ("time_decay", {"half_life": timedelta(0)}, "half_life"),
    ],
)
def test_credit_refuses_a_model_or_option_it_does_not_know(model, options, message):
    with pytest.raises(ValueError, match=message):
        credit(PATHS, model, **options)


def test_time_decay_needs_ages_and_evidence_a_whole_order():
    with pytest.raises(ValueError, match="needs the column ages"):
        credit(PATHS.drop_columns("ages"), "time_decay")
    with pytest.raises(ValueError, match="max_order is 0"):
        order_evidence(PATHS, max_order=0)


def test_touch_credit_needs_ids_that_fit_the_paths():
    with pytest.raises(ValueError, match="no column touch_ids"):
        touch_credit(PATHS.drop_columns("touch_ids"), "linear")
    with pytest.raises(ValueError, match="one id a touch"):
        touch_credit(replaced(PATHS, "touch_ids", [["t1"]]), "linear")
    with pytest.raises(ValueError, match="conversion_id must be filled"):
        touch_credit(replaced(PATHS, "conversion_id", [None], pa.string()), "linear")
    with pytest.raises(ValueError, match="conversion_id repeats"):
        touch_credit(pa.concat_tables([PATHS, PATHS]), "linear")


@pytest.mark.parametrize("model", MODELS)
def test_empty_tables_give_empty_tables(model):
    paths = paths_from_touches(TOUCHES.slice(0, 0), CONVERSIONS.slice(0, 0), lookback=DAY)
    assert paths.num_rows == 0
    assert paths.schema == PATHS.schema
    assert credit(paths, model).schema.names == ["channel", "conversions", "value"]
    assert credit(paths, model).num_rows == touch_credit(paths, model).num_rows == 0
    assert order_evidence(paths)["states"].to_pylist() == [0, 0, 0, 0]


@pytest.mark.parametrize("model", MODELS)
def test_touches_without_any_purchase_earn_nothing(model):
    paths = paths_from_touches(TOUCHES, CONVERSIONS.slice(0, 0), lookback=DAY)
    credited = credit(paths, model)
    assert credited["channel"].to_pylist() == ["app", "e-mail"]
    assert sum(credited["conversions"].to_pylist()) == 0
    assert touch_credit(paths, model).num_rows == 0


@pytest.mark.parametrize("model", MODELS)
def test_one_channel_and_one_customer_take_all(model):
    paths = paths_from_touches(TOUCHES.slice(0, 1), CONVERSIONS, lookback=7 * DAY)
    assert credit(paths, model).to_pylist() == [
        {"channel": "e-mail", "conversions": 1.0, "value": Decimal("9.99")}
    ]
    assert touch_credit(paths, model)["touch_id"].to_pylist() == ["t1"]


@pytest.mark.parametrize("model", MODELS)
def test_rows_that_nobody_walked_change_nothing(model):
    unwalked = PATHS.set_column(PATHS.column_names.index("conversions"), "conversions", pa.array([0]))
    unwalked = replaced(unwalked, "value", [Decimal(0)], pa.decimal128(18, 2))
    unwalked = replaced(unwalked, "touches", [["app", "radio"]])
    assert credit(pa.concat_tables([PATHS, unwalked]), model).equals(credit(PATHS, model))


def test_counts_may_come_as_any_kind_of_number():
    for kind in (pa.int8(), pa.float32(), pa.decimal128(38, 0)):
        counted = replaced(PATHS, "conversions", [1], kind)
        assert credit(counted, "linear").equals(credit(PATHS, "linear"))

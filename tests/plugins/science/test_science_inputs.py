"""What science functions accept as a table, a moment, a span and a number, and how they refuse the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from shopkeeper.science.arguments import read_duration, read_moment, read_number, read_whole
from shopkeeper.science.engine import engine
from shopkeeper.science.inputs import read_table, read_times
from shopkeeper.science.saved import Saved

SALES = pa.table(
    {
        "customer_id": ["ann", "ben", "ben"],
        "transacted_at": pa.array([datetime.fromisoformat("2024-03-01T10:00")] * 3, pa.timestamp("us")),
        "amount": pa.array([Decimal("4.50"), Decimal("12.00"), Decimal("-2.00")], pa.decimal128(18, 2)),
        "products": [["tea"], ["jam", "tea"], []],
    }
)


def with_unused_categories(table: pa.Table) -> pa.Table:
    names = table["customer_id"].combine_chunks().dictionary_encode()
    wider = pa.DictionaryArray.from_arrays(
        names.indices, pa.concat_arrays([names.dictionary, pa.array(["eve"])])
    )
    return table.set_column(0, "customer_id", wider)


def with_views(table: pa.Table) -> pa.Table:
    views = table.set_column(0, "customer_id", table["customer_id"].cast(pa.string_view()))
    return views.set_column(3, "products", views["products"].cast(pa.large_list(pa.large_string())))


FORMS: dict[str, Callable[[pa.Table], Any]] = {
    "arrow": lambda table: table,
    "batches": lambda table: table.to_reader(max_chunksize=2),
    "pandas": lambda table: table.to_pandas(),
    "pandas with gaps in its index": lambda table: table.to_pandas().set_axis([3, 5, 9]),
    "pandas with customers as its index": lambda table: table.to_pandas().set_index("customer_id"),
    "pandas categories": lambda table: table.to_pandas().astype({"customer_id": "category"}),
    "polars": pl.from_arrow,
    "polars categories": lambda table: pl.from_arrow(table).cast({"customer_id": pl.Categorical}),
    "unused categories": with_unused_categories,
    "views and large lists": with_views,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_tables_of_any_form_are_read_alike(form):
    read = read_table(form(SALES), *SALES.column_names)
    assert [kind for kind in read.schema.types if not pa.types.is_decimal(kind)] == [
        kind for kind in SALES.schema.types if not pa.types.is_decimal(kind)
    ]
    assert read.to_pylist() == SALES.to_pylist()


def test_run_ends_and_numpy_scalars_among_objects_are_read():
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], ["ann", "ben"])
    assert read_table(pa.table({"customer_id": runs}))["customer_id"].to_pylist() == ["ann", "ann", "ben"]
    days = pd.DataFrame(
        {"day": pd.Series([np.datetime64("2024-03-01"), np.datetime64("2024-03-02")], dtype=object)}
    )
    assert pa.types.is_timestamp(read_table(days)["day"].type)


def test_nulls_among_a_dictionarys_values_are_seen():
    names = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["ann", None]))
    with pytest.raises(ValueError, match="customer_id has 1 nulls"):
        read_table(pa.table({"customer_id": names}), "customer_id")


@pytest.mark.parametrize(
    "given", [{"customer_id": ["ann"]}, None, [1], np.zeros(3), pl.LazyFrame({"customer_id": ["ann"]})]
)
def test_what_is_no_table_is_refused_with_what_to_do(given):
    with pytest.raises(ValueError, match=r"is no table; give one of pyarrow, pandas or polars"):
        read_table(given, "customer_id")


def test_a_column_of_mixed_types_is_named_without_values():
    with pytest.raises(ValueError, match="column amount mixes types") as refused:
        read_table(pd.DataFrame({"customer_id": ["ann", "ben"], "amount": [1, "ann@example.org"]}))
    assert "example" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("texts", "kind", "first"),
    [
        (["2024-03-01", "2024-03-31"], pa.date32(), date(2024, 3, 1)),
        (
            ["2024-03-01T10:00:00", "2024-03-01"],
            pa.timestamp("us"),
            datetime.fromisoformat("2024-03-01T10:00"),
        ),
        (["2024-03-01 10:00", None], pa.timestamp("us"), datetime.fromisoformat("2024-03-01T10:00")),
        (["2024-03-01T10:00:00Z"], pa.timestamp("us", "UTC"), datetime(2024, 3, 1, 10, tzinfo=UTC)),
        (
            ["2024-03-01T23:30:00+0800"],
            pa.timestamp("us", "+08:00"),
            datetime(2024, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=8))),
        ),
    ],
)
def test_moments_in_text_keep_their_day_and_their_zone(texts, kind, first):
    times = read_times(pa.table({"transacted_at": texts}), "transacted_at")
    assert times.type == kind
    assert times[0].as_py() == first


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array(["31.03.2024"]), "no moment in ISO 8601"),
        (pa.array(["2024-03-01T10:00:00+01:00", "2024-04-01T10:00:00+02:00"]), "several offsets"),
        (pa.array(["2024-03-01T10:00:00Z", "2024-03-01T10:00:00"]), "several offsets"),
        (pa.array([45000]), "is int64; give timestamps"),
    ],
)
def test_a_column_without_moments_is_refused(column, message):
    with pytest.raises(ValueError, match=message):
        read_times(pa.table({"transacted_at": column}), "transacted_at")


def test_numpy_and_pandas_scalars_are_as_good_as_pythons():
    assert read_moment("until", np.datetime64("2024-03-31")) == date(2024, 3, 31)
    assert read_moment("until", np.datetime64("2024-03-31T18", "ns")) == datetime.fromisoformat(
        "2024-03-31T18:00"
    )
    assert read_moment("until", pd.Timestamp("2024-03-31T18:00")) == datetime.fromisoformat(
        "2024-03-31T18:00"
    )
    assert type(read_moment("until", "2024-03-31")) is date
    assert read_duration("lookback", np.timedelta64(30, "D")) == timedelta(days=30)
    assert read_duration("lookback", pd.Timedelta(days=30)) == timedelta(days=30)
    assert read_whole("bins", np.int64(5), 2) == 5
    assert read_number("t", np.float32(0.5)) == read_number("t", Decimal("0.5")) == 0.5


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: read_moment("until", 20240331), "until is no moment"),
        (lambda: read_moment("until", pd.NaT), "until is no moment"),
        (lambda: read_moment("until", np.datetime64("NaT")), "until is no moment"),
        (lambda: read_duration("lookback", 30), "lookback is no time span"),
        (lambda: read_duration("lookback", timedelta(0)), "above 0"),
        (lambda: read_duration("lookback", np.timedelta64(1, "M")), "give days"),
        (lambda: read_whole("bins", True, 2), "bins is True"),
        (lambda: read_whole("bins", 2.5, 2), "whole number of 2 or more"),
        (lambda: read_whole("bins", 101, 2, 100), "from 2 to 100"),
        (lambda: read_number("t", float("nan")), "t is nan"),
        (lambda: read_number("t", "7"), "give a finite number"),
    ],
)
def test_scalars_that_say_nothing_are_refused_by_name(read, message):
    with pytest.raises(ValueError, match=message):
        read()


def test_duckdb_holds_what_the_caller_allows_and_spills_the_rest():
    with engine("64MB", sales=SALES) as connection:
        assert connection.sql("select current_setting('memory_limit')").fetchone() == ("61.0 MiB",)
        assert connection.sql("select count(*) from sales").fetchone() == (3,)
    with pytest.raises(ValueError, match="memory_limit is plenty"), engine("plenty"):
        pass


@dataclass(frozen=True)
class Habit(Saved):
    """A fitted model of the smallest kind."""

    rate: float
    parameters: dict[str, float]


def test_a_saved_model_comes_back_with_every_digit():
    habit = Habit(0.1 + 0.2, {"r": np.nextafter(1.0, 2.0)})
    assert Habit.from_json(habit.to_json()) == habit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no saved model"),
        ("[1]", "no saved model"),
        ('{"kind": "BgNbd"}', "is a BgNbd; load it with BgNbd.from_json"),
        ('{"kind": "Habit", "rate": "high"}', "broken in: parameters, rate"),
    ],
)
def test_text_without_a_saved_model_is_refused_in_one_line(text, message):
    with pytest.raises(ValueError, match=message):
        Habit.from_json(text)

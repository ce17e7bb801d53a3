"""RFM: equal customers score equally, scores keep their meaning, and nobody is lost."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.science.segments import NO_PURCHASE, rfm
from shopkeeper.science.value import summarize

AS_OF = date(2017, 12, 31)

purchase = st.tuples(
    st.integers(1, 30),
    st.integers(0, 400),
    st.decimals(min_value=-50, max_value=500, places=2).filter(lambda amount: amount != 0),
)
histories = st.lists(purchase, min_size=1, max_size=80)


def transactions(rows: list[tuple]) -> pa.Table:
    """Rows are customer, days before `AS_OF` (None = never), amount."""
    noon = datetime(2017, 12, 31, 12)  # noqa: DTZ001
    when = [None if days is None else noon - timedelta(days=days) for _, days, _ in rows]
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.int64()),
            "transacted_at": pa.array(when, pa.timestamp("us")),
            "amount": pa.array([row[2] for row in rows], pa.decimal128(18, 2)),
        }
    )


def scores_of(table: pa.Table, **options) -> dict:
    return {row["customer_id"]: row for row in rfm(table, as_of=AS_OF, bins=5, **options).scores.to_pylist()}


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(2, 7))
def test_equal_values_share_scores_and_better_never_score_less(rows, bins):
    scored = rfm(transactions(rows), as_of=AS_OF, bins=bins).scores.to_pandas()
    scored = scored[scored.frequency > 0]
    for value, score, sign in (
        ("recency_days", "recency_score", -1),
        ("frequency", "frequency_score", 1),
        ("monetary_amount", "monetary_score", 1),
    ):
        by_value = scored.assign(merit=sign * scored[value].astype(float)).groupby("merit")[score]
        assert (by_value.nunique() == 1).all()
        assert by_value.first().is_monotonic_increasing
        assert scored[score].between(1, bins).all()


@settings(max_examples=40, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (rfm(transactions(each), as_of=AS_OF, bins=5) for each in (rows, shuffled))
    assert one.scores.equals(other.scores)
    assert one.cuts.equals(other.cuts)


def test_float_sums_do_not_depend_on_row_order():
    rng = np.random.default_rng(3)
    table = transactions([(customer % 7, 1, Decimal(1)) for customer in range(5_000)])
    table = table.set_column(2, "amount", pa.array(rng.lognormal(3, 2, 5_000)))
    shuffled = table.take(rng.permutation(5_000))
    assert rfm(table, as_of=AS_OF, bins=5).scores.equals(rfm(shuffled, as_of=AS_OF, bins=5).scores)


@settings(max_examples=40, deadline=None)
@given(histories)
def test_saved_cuts_give_the_same_scores_for_half(rows):
    first = rfm(transactions(rows), as_of=AS_OF, bins=5)
    again = rfm(transactions(rows), as_of=AS_OF, bins=5, cuts=first.cuts) if first.cuts.num_rows else first
    assert again.scores.equals(first.scores)
    half = [row for row in rows if row[0] % 2]
    if half and first.cuts.num_rows:
        scored = rfm(transactions(half), as_of=AS_OF, bins=5, cuts=first.cuts).scores
        assert scored.equals(
            first.scores.filter(pc.is_in(first.scores["customer_id"], scored["customer_id"].combine_chunks()))
        )


@settings(max_examples=40, deadline=None)
@given(histories)
def test_another_currency_changes_no_score(rows):
    table = transactions(rows)
    dearer = table.set_column(2, "amount", pc.multiply(table["amount"], pa.scalar(Decimal(4))))
    kept = ["customer_id", "recency_score", "frequency_score", "monetary_score", "rfm_cell"]
    one, other = (rfm(each, as_of=AS_OF, bins=5).scores.select(kept) for each in (table, dearer))
    assert one.equals(other)


def test_without_ties_every_score_gets_as_many_customers():
    scored = rfm(transactions([(i, i, Decimal(1 + i)) for i in range(100)]), as_of=AS_OF, bins=5).scores
    assert np.bincount(scored["recency_score"]).tolist() == [0, 20, 20, 20, 20, 20]
    assert np.bincount(scored["monetary_score"]).tolist() == [0, 20, 20, 20, 20, 20]
    assert np.bincount(scored["frequency_score"]).tolist() == [0, 0, 0, 100]


def test_one_time_buyers_share_the_middle_score():
    rows = [(i, 5, Decimal(10)) for i in range(60)]
    rows += [(i, 5 + day, Decimal(10)) for i in range(60, 100) for day in range(2)]
    scored = rfm(transactions(rows), as_of=AS_OF, bins=5).scores
    assert set(scored["frequency_score"].to_pylist()) == {2, 4}


def test_customers_without_purchases_score_nothing_and_shift_nobody():
    buyers = [(i, i, Decimal(1 + i)) for i in range(20)]
    never = [(100, None, None), (101, 3, Decimal("-5.00")), (102, -2, Decimal("9.00"))]
    alone, together = scores_of(transactions(buyers)), scores_of(transactions(buyers + never))
    for customer in (100, 101, 102):
        row = together.pop(customer)
        assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == (0, 0, 0)
        assert (row["recency_days"], row["frequency"], row["rfm_cell"]) == (None, 0, NO_PURCHASE)
    assert together == alone


def test_a_refund_lowers_the_amount_and_is_no_purchase():
    row = scores_of(transactions([(1, 9, Decimal("10.10")), (1, 2, Decimal("-3.07"))]))[1]
    assert (row["recency_days"], row["frequency"], row["monetary_amount"]) == (9, 1, Decimal("7.03"))


def test_a_plain_as_of_date_counts_its_whole_day():
    table = transactions([(1, 0, Decimal(1))])
    morning = datetime(2017, 12, 31, 11, 59)  # noqa: DTZ001
    assert rfm(table, as_of=AS_OF, bins=2).scores["frequency"].to_pylist() == [1]
    assert rfm(table, as_of=morning, bins=2).scores["frequency"].to_pylist() == [0]


def test_a_day_is_in_the_columns_time_zone():
    shanghai = timezone(timedelta(hours=8))
    when = datetime(2017, 12, 30, 3, tzinfo=shanghai)
    table = transactions([(1, 0, Decimal(1))])
    table = table.set_column(1, "transacted_at", pa.array([when], pa.timestamp("us", tz="Asia/Shanghai")))
    for as_of, days in (
        (AS_OF, 1),
        (datetime(2017, 12, 31, 9, tzinfo=UTC), 1),
        (datetime(2018, 1, 1, 1, tzinfo=shanghai), 2),
        ("2018-01-01", 2),
    ):
        assert rfm(table, as_of=as_of, bins=2).scores["recency_days"].to_pylist() == [days]
    in_utc = table.set_column(1, "transacted_at", table["transacted_at"].cast(pa.timestamp("us", tz="UTC")))
    assert rfm(in_utc, as_of=AS_OF, bins=2).scores["recency_days"].to_pylist() == [2]


@settings(max_examples=60, deadline=None)
@given(histories)
def test_rfm_and_histories_agree_on_what_a_purchase_is(rows):
    free = [(customer, days, Decimal(0)) for customer, days, _ in rows[::3]]
    table = transactions([*rows, *free])
    scored = rfm(table, as_of=AS_OF, bins=5).scores
    seen = summarize(table, until=AS_OF, unit="day")
    bought = scored.filter(pc.greater(scored["frequency"], 0))
    assert bought["customer_id"].equals(seen["customer_id"])
    assert bought["frequency"].to_pylist() == pc.add(seen["frequency"], 1).to_pylist()
    assert bought["recency_days"].to_pylist() == pc.subtract(seen["age"], seen["recency"]).to_pylist()


def test_a_returned_purchase_does_not_count_and_gifts_do():
    rows = [(1, 9, Decimal(10)), (1, 5, Decimal(20)), (1, 2, Decimal(-20)), (2, 3, Decimal(0))]
    scored = rfm(transactions(rows), as_of=AS_OF, bins=2).scores
    assert (scored["recency_days"].to_pylist(), scored["frequency"].to_pylist()) == ([9, 3], [1, 1])


def test_frames_and_categories_score_alike():
    rows = transactions([(1, 9, Decimal("10.10")), (2, 2, Decimal("3.07"))])
    rows = rows.set_column(0, "customer_id", pa.array(["ann", "ben"]))
    expected = rfm(rows, as_of=AS_OF, bins=2)
    unused = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["ann", "ben", "eve"]))
    frames = (rows.to_pandas(), pl.from_arrow(rows), rows.set_column(0, "customer_id", unused))
    for given_rows in frames:
        found = rfm(given_rows, as_of=np.datetime64("2017-12-31"), bins=np.int64(2))
        assert found.scores.to_pylist() == expected.scores.to_pylist()


def test_the_usual_cells_carry_their_usual_names():
    rows = [(i, 100 - i + day, Decimal(1 + i)) for i in range(100) for day in range(1 + i // 10)]
    cells = {row["customer_id"]: row["rfm_cell"] for row in scores_of(transactions(rows)).values()}
    assert (cells[99], cells[0], cells[70]) == ("Champions", "Hibernating", "Loyal")
    late = [(i, i + day, Decimal(1 + i)) for i in range(100) for day in range(1 + i // 10)]
    cells = {row["customer_id"]: row["rfm_cell"] for row in scores_of(transactions(late)).values()}
    assert (cells[99], cells[0]) == ("Cannot lose them", "New customers")


@pytest.mark.parametrize("bins", [2, 3, 4, 7, 10, 100])
def test_any_number_of_bins_keeps_champions_best_and_hibernating_worst(bins):
    rows = [(i, 200 - i + day, Decimal(1 + i)) for i in range(200) for day in range(1 + i)]
    scored = rfm(transactions(rows), as_of=AS_OF, bins=bins).scores.to_pylist()
    assert scored[0]["rfm_cell"] == "Hibernating"
    assert scored[-1]["rfm_cell"] in ("Champions", "Loyal")
    assert scored[-1]["recency_score"] == bins


def test_no_transaction_gives_no_customer():
    result = rfm(transactions([]), as_of=AS_OF, bins=5)
    assert result.scores.num_rows == result.cuts.num_rows == 0


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (lambda table: table.drop_columns("amount"), {}, "no column amount"),
        (lambda table: table.append_column("amount", table["amount"]), {}, "more than one column amount"),
        (
            lambda table: table.set_column(0, "customer_id", pa.array([None, 1], pa.int64())),
            {},
            "customer_id has 1 null",
        ),
        (lambda table: table.set_column(2, "amount", pa.array([None, 1.0])), {}, "but not both"),
        (lambda table: table.set_column(2, "amount", pa.array([np.inf, 1.0])), {}, "not finite"),
        (lambda table: table, {"bins": 1}, "bins is 1"),
        (
            lambda table: table,
            {"cuts": rfm(transactions([(1, 1, Decimal(1))]), as_of=AS_OF, bins=3).cuts},
            "do not fit 5 bins",
        ),
    ],
)
def test_bad_input_is_refused_with_one_clear_error(spoil, options, message):
    table = spoil(transactions([(1, 1, Decimal(1)), (2, 2, Decimal(2))]))
    with pytest.raises(ValueError, match=message):
        rfm(table, **{"as_of": AS_OF, "bins": 5, **options})


def test_a_gift_shop_loses_no_customer_and_no_penny():
    random = np.random.default_rng(5)
    cents = np.where(random.random(20_000) < 0.1, -1, 1) * random.lognormal(7, 1.5, 20_000).astype(int)
    rows = [
        (int(customer), int(days), Decimal(int(each)).scaleb(-2))
        for customer, days, each in zip(
            random.zipf(1.5, 20_000) % 900, random.integers(0, 365, 20_000), cents, strict=True
        )
    ]
    scored = rfm(transactions(rows), as_of=AS_OF, bins=5).scores
    assert scored.num_rows == len({row[0] for row in rows})
    assert sum(scored["monetary_amount"].to_pylist()) == sum(row[2] for row in rows)
    assert len(set(scored["rfm_cell"].to_pylist())) >= 10

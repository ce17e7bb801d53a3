"""The next basket: better than habit alone and than bestsellers, and honest about repeat and explore."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.science.baskets.baskets_retail import grocer_history

from shopkeeper.science.baskets import BasketWeights, next_basket

START = datetime(2017, 1, 1)  # noqa: DTZ001

some_lines = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 5), st.sampled_from(["bread", "cat food", "milk", "tea"])),
    min_size=1,
    max_size=40,
)


def history_of(rows: list) -> pa.Table:
    """Rows are customer, day (one transaction a day), product."""
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.int64()),
            "transaction_id": pa.array([f"{row[0]}-{row[1]}" for row in rows], pa.string()),
            "transacted_at": pa.array([START + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
            "product_id": pa.array([row[2] for row in rows], pa.string()),
        }
    )


def recall_of(result) -> dict:
    return {row["method"]: row for row in result.recall.to_pylist()}


@pytest.mark.slow
def test_last_baskets_are_predicted_better_than_by_each_rival():
    result = next_basket(grocer_history(every=3), k=10)
    recall = recall_of(result)
    ours = recall.pop("next_basket")
    assert set(recall) == {"share_and_popularity", "up_cf", "tifu_knn", "personal_frequency", "popularity"}
    assert all(ours["recall"] > rival["recall"] for rival in recall.values())
    assert ours["repeat_recall"] > ours["explore_recall"]
    assert recall["popularity"]["diversity"] == 0 < ours["diversity"] < 1
    assert result.weights.is_learned


@pytest.mark.slow
def test_weights_that_are_kept_name_the_same_products_again():
    history = grocer_history(every=10)
    first = next_basket(history, k=5)
    kept = BasketWeights.from_json(first.weights.to_json())
    assert next_basket(history, k=5, weights=kept).recommendations.equals(first.recommendations)


def test_a_product_is_due_when_its_interval_has_passed():
    """Milk is bought every four days and detergent every thirty: what is due depends on the date."""
    rows = [
        (who, day, product)
        for who in range(120)
        for product, every in (("milk", 4), ("detergent", 30))
        for day in range(who % every, 300, every)
    ]
    history = history_of([row for row in rows if row[1] < 290 or row[2] == "milk"])
    top = next_basket(history, k=2, as_of=START + timedelta(days=300)).recommendations
    assert set(top["product_id"].to_pylist()) == {"milk", "detergent"}
    milk_first = next_basket(history, k=1, as_of=START + timedelta(days=300)).recommendations
    assert milk_first["product_id"].to_pylist().count("milk") > 60


def test_rows_after_the_prediction_date_are_not_looked_at():
    rows = [(1, day, "tea") for day in range(5)] + [(1, day, "coffee") for day in range(20, 40)]
    listed = next_basket(history_of(rows), k=2, as_of="2017-01-10").recommendations
    assert listed["product_id"].to_pylist() == ["tea"]
    assert next_basket(history_of(rows), k=1).recommendations["product_id"].to_pylist() == ["coffee"]


def test_diversity_is_what_lists_of_two_customers_do_not_share():
    rows = [(1, 0, "tea"), (1, 1, "tea"), (2, 0, "milk"), (2, 1, "milk")]
    recall = recall_of(next_basket(history_of(rows), k=1))
    assert recall["personal_frequency"]["diversity"] == 1.0
    assert recall["popularity"]["diversity"] == 0.0


@settings(max_examples=40, deadline=None)
@given(some_lines, st.integers(1, 6), st.randoms(use_true_random=False))
def test_row_order_does_not_matter_and_everybody_gets_a_list(rows, k, random):
    result = next_basket(history_of(rows), k=k)
    again = next_basket(history_of(random.sample(rows, len(rows))), k=k)
    assert result.recommendations.equals(again.recommendations)
    assert result.recall.equals(again.recall)
    listed = result.recommendations.to_pandas().groupby("customer_id")
    assert set(listed.groups) == {row[0] for row in rows}
    length = min(k, len({row[2] for row in rows}))
    for customer, part in listed:
        assert part["rank"].tolist() == list(range(1, length + 1))
        assert part["score"].is_monotonic_decreasing
        assert part["product_id"].is_unique
        bought = {product for who, _, product in rows if who == customer}
        assert (part["product_id"].isin(bought) == part["is_repeat"]).all()
    for row in result.recall.to_pylist():
        assert all(0 <= (row[name] or 0) <= 1 for name in ("recall", "repeat_recall", "explore_recall"))


def test_recent_purchases_rank_before_equally_frequent_old_ones():
    rows = (
        [(1, day, "tea") for day in (0, 5)] + [(1, day, "coffee") for day in (300, 305)] + [(1, 310, "bread")]
    )
    listed = next_basket(history_of(rows), k=3).recommendations["product_id"].to_pylist()
    assert listed.index("coffee") < listed.index("tea")


def test_a_new_product_comes_from_customers_who_buy_alike():
    rows = [
        (who, day, product) for who in (1, 2, 3) for day in range(4) for product in ("cat food", "cat litter")
    ]
    rows += [(who, day, "cat toy") for who in (1, 2) for day in range(4)]
    rows += [(who, day, "dog food") for who in (4, 5, 6) for day in range(4)]
    listed = next_basket(history_of(rows), k=3).recommendations
    third = listed.filter(pc.equal(listed["customer_id"], 3)).to_pylist()[2]
    assert (third["product_id"], third["is_repeat"]) == ("cat toy", False)


def test_recall_counts_the_last_basket_without_later_knowledge():
    rows = [(1, 0, "milk"), (1, 1, "milk"), (1, 2, "milk"), (1, 2, "tea"), (2, 0, "bread")]
    recall = recall_of(next_basket(history_of(rows), k=1))["personal_frequency"]
    assert (recall["customer_count"], recall["recall"]) == (1, 0.5)
    assert (recall["repeat_recall"], recall["explore_recall"]) == (1.0, 0.0)


def test_no_lines_give_no_list_and_no_recall():
    empty = next_basket(history_of([]), k=3)
    assert empty.recommendations.num_rows == empty.recall.num_rows == 0
    single = next_basket(history_of([(1, 0, "tea")]), k=3)
    assert single.recommendations.num_rows == 1
    assert single.recall.num_rows == 0


def test_bad_input_is_refused_with_one_clear_error():
    with pytest.raises(ValueError, match="k is 0"):
        next_basket(history_of([(1, 0, "tea")]), k=0)
    with pytest.raises(ValueError, match="no column product_id"):
        next_basket(history_of([(1, 0, "tea")]).drop_columns("product_id"), k=3)

"""Complements and substitutes: found among products that share their buyers, and sure in spite of many pairs."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score
from tests.plugins.science.baskets.baskets_planted import planted_ties

from shopkeeper.science.baskets import pair_rules, pair_ties


def test_planted_complements_and_substitutes_stand_before_all_other_pairs():
    history, complements, substitutes = planted_ties(seed=0)
    found = pair_ties(history, min_support=0.001).to_pylist()
    pairs = [(row["product"], row["other_product"]) for row in found]
    scores = np.array([row["z_score"] for row in found])
    assert average_precision_score([pair in complements for pair in pairs], scores) >= 0.99
    assert average_precision_score([pair in substitutes for pair in pairs], -scores) >= 0.85


def test_lift_takes_substitutes_for_complements():
    history, _, substitutes = planted_ties(seed=0)
    rules = pair_rules(history.drop_columns("customer_id"), min_support=0.001, min_confidence=0).to_pylist()
    lifts = {(row["antecedent"], row["consequent"]): row["lift"] for row in rules}
    assert np.mean([lifts[pair] > 1 for pair in substitutes]) > 0.9
    ties = {
        (row["product"], row["other_product"]): row
        for row in pair_ties(history, min_support=0.001).to_pylist()
    }
    assert all(ties[pair]["tie"] == "substitutes" for pair in substitutes)


def test_joint_baskets_and_their_expectation_are_those_counted_by_hand():
    baskets = [
        (1, {"bread", "jam"}),
        (1, {"bread"}),
        (1, {"jam"}),
        (1, set("x")),
        (2, {"bread", "jam"}),
        (2, {"jam"}),
    ]
    rows = [(who, number, item) for number, (who, basket) in enumerate(baskets) for item in basket]
    history = pa.table(
        dict(zip(("customer_id", "transaction_id", "product_id"), zip(*rows, strict=True), strict=True))
    )
    (found,) = pair_ties(
        history.filter(pa.compute.not_equal(history["product_id"], "x")), min_support=0.3, min_expected=0.1
    ).to_pylist()
    assert (found["product"], found["other_product"], found["transaction_count"]) == ("bread", "jam", 2)
    assert found["expected_count"] == pytest.approx(2 * 2 / 3 + 1 * 2 / 2)


def test_without_ties_few_pairs_pass_for_sure():
    rng = np.random.default_rng(4)
    owner = np.repeat(np.arange(300), 20)
    taste = rng.beta(1, 6, size=(300, 25))
    transaction, product = np.nonzero(rng.random((6_000, 25)) < taste[owner])
    history = pa.table(
        {"customer_id": owner[transaction], "transaction_id": transaction, "product_id": product}
    )
    adjusted = pair_ties(history, min_support=0.001)["adjusted_p_value"].to_numpy()
    assert len(adjusted) == 300
    assert (adjusted < 0.05).sum() <= 3


def test_unused_categories_and_row_order_change_nothing():
    history, _, _ = planted_ties(seed=1, customers=200)
    whole = pair_ties(history, min_support=0.01)
    shuffled = history.take(np.random.default_rng(2).permutation(history.num_rows))
    names = pa.array([f"P{number:03d}" for number in range(500)])
    coded = pa.DictionaryArray.from_arrays(shuffled["product_id"].cast(pa.int32()).combine_chunks(), names)
    found = pair_ties(shuffled.set_column(2, "product_id", coded), min_support=0.01)
    assert found["z_score"].equals(whole["z_score"])
    assert pair_ties(history.slice(0, 0), min_support=0.01).num_rows == 0


def test_bad_input_is_refused_with_one_clear_error():
    history, _, _ = planted_ties(seed=1, customers=10)
    with pytest.raises(ValueError, match="min_support is 0"):
        pair_ties(history, min_support=0)
    with pytest.raises(ValueError, match="no column customer_id"):
        pair_ties(history.drop_columns("customer_id"), min_support=0.1)

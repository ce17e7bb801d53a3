"""Rules: the same as counting one by one, in whole numbers, and sure in spite of many tests."""

from fractions import Fraction
from itertools import combinations
from math import comb, inf, isclose

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.science.baskets.baskets_retail import grocer_history

from shopkeeper.science.baskets import pair_rules, rules

some_baskets = st.lists(
    st.sets(st.sampled_from(["beer", "bread", "butter", "diapers", "milk"]), min_size=1),
    min_size=1,
    max_size=25,
)
some_shares = st.sampled_from([0.05, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.8, 1.0])


def lines_of(baskets: list) -> pa.Table:
    pairs = [(number, product) for number, basket in enumerate(baskets) for product in basket]
    return pa.table(
        {
            "transaction_id": pa.array([number for number, _ in pairs], pa.int64()),
            "product_id": pa.array([product for _, product in pairs], pa.string()),
        }
    )


def counted_by_hand(baskets: list, min_support: float, min_confidence: float, max_length: int) -> dict:
    count = {
        items: sum(set(items) <= basket for basket in baskets)
        for size in range(1, max_length + 1)
        for items in combinations(sorted(set().union(*baskets)), size)
    }
    support, confidence = Fraction(str(min_support)) * len(baskets), Fraction(str(min_confidence))
    found = {}
    for items, both in count.items():
        for consequent in items if len(items) > 1 and both and both >= support else ():
            antecedent = tuple(item for item in items if item != consequent)
            if Fraction(both, count[antecedent]) >= confidence:
                found[antecedent, consequent] = (both, count[antecedent], count[(consequent,)])
    return found


@settings(max_examples=80, deadline=None)
@given(some_baskets, some_shares, some_shares)
def test_rules_are_those_that_counting_by_hand_finds(baskets, min_support, min_confidence):
    expected = counted_by_hand(baskets, min_support, min_confidence, 4)
    found = rules(lines_of(baskets), min_support=min_support, min_confidence=min_confidence, max_length=4)
    counts = {
        (tuple(row["antecedent"]), row["consequent"]): (
            row["transaction_count"],
            row["antecedent_count"],
            row["consequent_count"],
        )
        for row in found.to_pylist()
    }
    assert counts == expected
    assert found.num_rows == len(expected)


@settings(max_examples=60, deadline=None)
@given(some_baskets, some_shares, some_shares)
def test_pair_rules_are_the_rules_of_two_products(baskets, min_support, min_confidence):
    options = {"min_support": min_support, "min_confidence": min_confidence}
    pairs = pair_rules(lines_of(baskets), **options)
    general = rules(lines_of(baskets), **options, max_length=2)
    flat = general.set_column(0, "antecedent", general["antecedent"].combine_chunks().flatten())
    assert pairs.equals(flat)


@settings(max_examples=60, deadline=None)
@given(some_baskets)
def test_every_measure_follows_from_its_definition(baskets):
    total = len(baskets)
    for row in pair_rules(lines_of(baskets), min_support=0.01, min_confidence=0).to_pylist():
        both, antecedent, consequent = (
            row[f"{name}_count"] for name in ("transaction", "antecedent", "consequent")
        )
        assert isclose(row["support"], both / total)
        assert isclose(row["confidence"], both / antecedent)
        assert isclose(row["lift"], (both / antecedent) / (consequent / total))
        assert isclose(row["leverage"], both / total - antecedent * consequent / total**2, abs_tol=1e-12)
        expected = inf if both == antecedent else (1 - consequent / total) / (1 - both / antecedent)
        assert isclose(row["conviction"], expected)
        ways = sum(
            comb(antecedent, common) * comb(total - antecedent, consequent - common)
            for common in range(both, min(antecedent, consequent) + 1)
        )
        assert isclose(row["p_value"], ways / comb(total, consequent), rel_tol=1e-9)
        assert row["p_value"] <= row["adjusted_p_value"] <= 1


@settings(max_examples=40, deadline=None)
@given(some_baskets, st.randoms(use_true_random=False))
def test_row_order_and_repeated_lines_change_nothing(baskets, random):
    lines = lines_of(baskets)
    twice = pa.concat_tables([lines, lines])
    shuffled = twice.take(random.sample(range(len(twice)), len(twice)))
    options = {"min_support": 0.1, "min_confidence": 0.1, "max_length": 3}
    assert rules(shuffled, **options).equals(rules(lines, **options))


def test_a_rule_exactly_on_the_border_is_kept():
    baskets = [{"tea", "honey"}] * 4 + [{"tea"}] + [{"jam"}] * 35
    assert pair_rules(lines_of(baskets), min_support=0.1, min_confidence=0.8).num_rows == 2
    assert pair_rules(lines_of(baskets), min_support=0.1, min_confidence=0.81).num_rows == 1
    assert pair_rules(lines_of(baskets), min_support=0.101, min_confidence=0.8).num_rows == 0


def test_among_products_bought_at_random_no_rule_passes_for_sure():
    rng = np.random.default_rng(4)
    false_alarms = 0
    for _ in range(20):
        bought = rng.random((400, 30)) < 0.2
        transaction, product = np.nonzero(bought)
        lines = pa.table({"transaction_id": transaction, "product_id": product})
        found = pair_rules(lines, min_support=0.01, min_confidence=0)
        assert min(found["p_value"].to_pylist()) < 0.05
        false_alarms += min(found["adjusted_p_value"].to_pylist()) < 0.05
    assert false_alarms <= 2


def test_a_true_tie_stands_out_among_products_bought_at_random():
    rng = np.random.default_rng(5)
    bought = rng.random((2_000, 40)) < 0.1
    bought[:, 7] |= bought[:, 3] & (rng.random(2_000) < 0.5)
    transaction, product = np.nonzero(bought)
    found = pair_rules(
        pa.table({"transaction_id": transaction, "product_id": product}), min_support=0.01, min_confidence=0
    )
    sure = [row for row in found.to_pylist() if row["adjusted_p_value"] < 0.01]
    assert {(row["antecedent"], row["consequent"]) for row in sure} == {(3, 7), (7, 3)}


COUNTED_BY_SQL = """
    with bought as (select distinct transaction_id, product_id from lines),
    sold as (select product_id, count(*) as baskets from bought group by all),
    pairs as (
        select one.product_id as antecedent, other.product_id as consequent, count(*) as shared
        from bought as one inner join bought as other using (transaction_id)
        where one.product_id <> other.product_id group by all
    )
    select antecedent, consequent, shared, one.baskets, other.baskets from pairs
    inner join sold as one on antecedent = one.product_id
    inner join sold as other on consequent = other.product_id
    where 2_000 * shared >= (select count(distinct transaction_id) from bought) and 10 * shared >= one.baskets
"""


def test_real_baskets_give_the_rules_that_sql_counts():
    lines = grocer_history(every=5)
    found = pair_rules(lines, min_support=0.0005, min_confidence=0.1)
    counts = ("transaction_count", "antecedent_count", "consequent_count")
    ours = [tuple(row[name] for name in ("antecedent", "consequent", *counts)) for row in found.to_pylist()]
    with duckdb.connect() as connection:
        connection.register("lines", lines)
        assert sorted(ours) == sorted(connection.execute(COUNTED_BY_SQL).fetchall())
    assert found.num_rows > 1_000


def test_pairs_of_real_baskets_do_not_depend_on_the_block(monkeypatch):
    lines = grocer_history(every=5)
    whole = pair_rules(lines, min_support=0.0005, min_confidence=0.1)
    monkeypatch.setattr("shopkeeper.science.baskets.pairs._BLOCK_CELLS", 50_000)
    assert pair_rules(lines, min_support=0.0005, min_confidence=0.1).equals(whole)
    assert whole.num_rows > 1_000


def test_no_pairs_give_an_empty_table_with_equal_columns():
    full = pair_rules(lines_of([{"tea", "jam"}]), min_support=0.1, min_confidence=0.1)
    for baskets in ([], [{"tea"}], [{"tea"}, {"jam"}]):
        empty = pair_rules(lines_of(baskets), min_support=0.1, min_confidence=0.1)
        assert empty.num_rows == 0
        assert empty.schema == full.schema
        assert rules(lines_of(baskets), min_support=0.1, min_confidence=0.1, max_length=4).num_rows == 0


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"transaction_id": [1]}, {}, "no column product_id"),
        ({"transaction_id": [1], "product_id": pa.array([None], pa.string())}, {}, "product_id has 1 null"),
        ({"transaction_id": [1], "product_id": ["tea"]}, {"min_support": 0}, "min_support is 0"),
        ({"transaction_id": [1], "product_id": ["tea"]}, {"min_support": 2}, "min_support is 2"),
        (
            {"transaction_id": [1], "product_id": ["tea"]},
            {"min_confidence": float("nan")},
            "min_confidence is nan",
        ),
        ({"transaction_id": [1], "product_id": ["tea"]}, {"max_length": 1}, "max_length is 1"),
    ],
)
def test_bad_input_is_refused_with_one_clear_error(columns, options, message):
    with pytest.raises(ValueError, match=message):
        rules(pa.table(columns), **{"min_support": 0.1, "min_confidence": 0.1, "max_length": 3, **options})


def test_categories_that_no_row_has_are_not_counted():
    bought = lines_of([{"bread", "butter"}, {"bread", "butter"}, {"milk"}, {"bread"}])
    transactions = pa.array([f"T{number}" for number in bought["transaction_id"].to_pylist()])
    plain = bought.set_column(0, "transaction_id", transactions)
    elsewhere = pa.array(["T0", "T1", "T2", "T3", "other day", "another"])
    filtered = pa.DictionaryArray.from_arrays(
        bought["transaction_id"].cast(pa.int32()).combine_chunks(), elsewhere
    )
    categorical = plain.set_column(0, "transaction_id", filtered)
    options = {"min_support": 0.1, "min_confidence": 0.1}
    assert pair_rules(categorical, **options).equals(pair_rules(plain, **options))
    assert pair_rules(categorical, **options)["support"].to_pylist() == [0.5, 0.5]

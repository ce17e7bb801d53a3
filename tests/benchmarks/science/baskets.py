"""Baskets: published numbers of rules, speed against fpgrowth, memory on a gift shop, lists of next products.

The baskets are those of the tests; mlxtend runs in the environment of the peers.
"""

from typing import cast

from tests.benchmarks.science.peers import PeerMissing, ask
from tests.benchmarks.science.row import BenchRow, best_of, measure, skipped
from tests.plugins.science.baskets.baskets_retail import (
    GROCERIES,
    NEEDS_GROCERIES,
    NEEDS_ONLINE_RETAIL,
    ONLINE_RETAIL,
    grocer_history,
    groceries,
    online_retail_lines,
)

from shopkeeper.science.baskets import next_basket, pair_rules, rules

_SPEED_UP, _MEMORY_MB = 20.0, 2_048.0

_FPGROWTH = """
import json, sys, time
import pandas
from mlxtend.frequent_patterns import fpgrowth

lines = pandas.read_csv(sys.argv[1])
baskets = pandas.crosstab(lines["transaction_id"], lines["item"]).astype(bool)
seconds = []
for _ in range(5):
    begun = time.perf_counter()
    fpgrowth(baskets, min_support=float(sys.argv[2]), max_len=2)
    seconds.append(time.perf_counter() - begun)
print(json.dumps({"seconds": min(seconds)}))
"""


def rows() -> list[BenchRow]:
    """Measure the baskets' bars."""
    published = ((0.001, 0.8, 410), (0.006, 0.25, 463))
    return [*(_published(*each) for each in published), _speed(), _gift_shop(), _next()]


def _published(support: float, confidence: float, expected: int) -> BenchRow:
    what = f"groceries, rules at support {support}, confidence {confidence}"
    if not GROCERIES.exists():
        return skipped(what, NEEDS_GROCERIES)
    ours = measure(count_rules, support, confidence)
    count = cast(int, ours.result)
    return BenchRow(
        what, f"{count} in {ours.seconds:.2f} s", f"{expected}", "", ours.peak_mb, count == expected
    )


def _speed() -> BenchRow:
    what = "groceries, pair rules at support 0.001"
    if not GROCERIES.exists():
        return skipped(what, NEEDS_GROCERIES)
    ours = measure(time_pair_rules)
    seconds = cast(float, ours.result)
    text = f"{1_000 * seconds:.1f} ms with encoding and p-values"
    try:
        peer = ask(_FPGROWTH, str(GROCERIES), "0.001")
    except PeerMissing as missing:
        return BenchRow(what, text, str(missing), "", ours.peak_mb)
    times = peer["seconds"] / seconds
    return BenchRow(
        what,
        text,
        f"bar {_SPEED_UP:.0f} ×; mlxtend fpgrowth, pairs, encoded before: {1_000 * peer['seconds']:.0f} ms",
        f"{times:.0f} × faster",
        ours.peak_mb,
        times >= _SPEED_UP,
    )


def _gift_shop() -> BenchRow:
    what = "Online Retail II, pair rules at support 0.0001"
    if not ONLINE_RETAIL.exists():
        return skipped(what, NEEDS_ONLINE_RETAIL)
    ours = measure(count_gift_pairs)
    return BenchRow(
        what,
        f"{ours.result:,} rules in {ours.seconds:.1f} s",
        f"bar {_MEMORY_MB:,.0f} MB",
        f"{ours.peak_mb / _MEMORY_MB:.2f} ×",
        ours.peak_mb,
        ours.peak_mb <= _MEMORY_MB,
    )


def _next() -> BenchRow:
    ours = measure(foresee)
    recall = cast(dict[str, dict[str, float]], ours.result)
    own, habit, bestsellers = (recall[name] for name in ("next_basket", "personal_frequency", "popularity"))
    best_rival = max(habit["recall"], bestsellers["recall"])
    return BenchRow(
        "Complete Journey, last baskets, Recall@10",
        f"{own['recall']:.4f} (repeat {own['repeat_recall']:.4f}, explore {own['explore_recall']:.4f})",
        f"personal frequency {habit['recall']:.4f}, popularity {bestsellers['recall']:.4f}",
        f"{own['recall'] / best_rival:.2f} ×",
        ours.peak_mb,
        own["recall"] > best_rival,
    )


def count_rules(support: float, confidence: float) -> int:
    """Return the number of rules of up to ten products."""
    return rules(groceries(), min_support=support, min_confidence=confidence, max_length=10).num_rows


def time_pair_rules() -> float:
    """Return the shortest of five runs, as of the peer."""
    lines = groceries()
    return best_of(5, lambda: pair_rules(lines, min_support=0.001, min_confidence=0.1))[1]


def count_gift_pairs() -> int:
    """Return the number of rules between any two products that two invoices or more share."""
    return pair_rules(online_retail_lines(), min_support=0.0001, min_confidence=0).num_rows


def foresee() -> dict[str, dict[str, float]]:
    """Return recall by method on the last basket of every household."""
    return {row["method"]: row for row in next_basket(grocer_history(), k=10).recall.to_pylist()}

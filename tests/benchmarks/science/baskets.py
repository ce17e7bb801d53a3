"""Baskets: published numbers of rules, speed against fpgrowth, memory on a gift shop, lists of next products.

The grocer's baskets are those of the tests; mlxtend runs in the environment of the peers.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from sklearn.metrics import average_precision_score
from tests.benchmarks.science.outside import (
    GROCERIES,
    LABEL,
    NEEDS_GROCERIES,
    NEEDS_ONLINE_RETAIL,
    ONLINE_RETAIL,
    gift_history,
    gift_lines,
    gift_protocol,
    groceries,
)
from tests.benchmarks.science.peers import PeerMissing, ask
from tests.benchmarks.science.row import BenchRow, best_of, busy_of, measure, skipped
from tests.plugins.science.baskets.baskets_planted import planted_ties
from tests.plugins.science.baskets.baskets_retail import (
    grocer_history,
    grocer_protocol,
    grocer_steps,
)

from shopkeeper.science.baskets import next_basket, pair_rules, pair_ties, rules, sequences

_SPEED_UP, _MEMORY_MB = 20.0, 2_048.0
_NEXT_SECONDS, _NEXT_MB, _TIMES = 60.0, 4_096.0, 3.0

_PREFIXSPAN = """
import json, sys, time
from prefixspan import PrefixSpan

with open(sys.argv[1]) as file:
    miner = PrefixSpan(json.load(file))
miner.minlen, miner.maxlen = 1, int(sys.argv[3])
begun, busy = time.perf_counter(), time.process_time()
found = miner.frequent(int(sys.argv[2]))
seconds, busy = time.perf_counter() - begun, time.process_time() - busy
print(json.dumps({"seconds": seconds, "busy": busy, "patterns": len(found)}))
"""

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
    published = ((0.001, 0.8, 410, None), (0.006, 0.25, 463, 3.956))
    shops = (
        ("Complete Journey", grocer_protocol, None),
        (f"{LABEL} Online Retail II", gift_protocol, NEEDS_ONLINE_RETAIL),
    )
    return [
        *(_published(*each) for each in published),
        _speed(),
        _gift_shop(),
        *(row for shop in shops for row in _next(*shop)),
        _next_at_scale(),
        _sequences(),
        *_ties(),
    ]


def _published(support: float, confidence: float, expected: int, lift: float | None) -> BenchRow:
    what = f"{LABEL} groceries, rules at support {support}, confidence {confidence}"
    if not GROCERIES.exists():
        return skipped(what, NEEDS_GROCERIES)
    ours = measure(count_rules, support, confidence)
    count, top = cast(tuple[int, float], ours.result)
    return BenchRow(
        what,
        f"{count} in {ours.seconds:.2f} s, top lift {top}",
        f"{expected}" + (f", top lift {lift}" if lift else ""),
        "",
        ours.peak_mb,
        count == expected and lift in (None, top),
    )


def _speed() -> BenchRow:
    what = f"{LABEL} groceries, pair rules at support 0.001"
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
    what = f"{LABEL} Online Retail II, pair rules at support 0.0001"
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


def _next(shop: str, read: Callable[[], pa.Table], needs: str | None) -> list[BenchRow]:
    if needs and not ONLINE_RETAIL.exists():
        return [skipped(f"{shop}, last baskets", needs)]
    ours = measure(foresee, read)
    recall = cast(dict[str, dict[str, float]], ours.result)
    own = recall.pop("next_basket")
    told = (
        f"{own['recall']:.4f} (repeat {own['repeat_recall']:.4f}, explore {own['explore_recall']:.4f}, "
        f"diversity {own['diversity']:.3f})"
    )
    rows = []
    for rival, measured in recall.items():
        rows.append(
            BenchRow(
                f"{shop}, {own['customer_count']:,} customers of 5 baskets, last one: Recall@10",
                told,
                f"{rival}: {measured['recall']:.4f} (repeat {measured['repeat_recall']:.4f}, "
                f"explore {measured['explore_recall']:.4f}, diversity {measured['diversity']:.3f})",
                f"{own['recall'] / measured['recall']:.2f} ×",
                ours.peak_mb,
                own["recall"] > measured["recall"],
            )
        )
    return rows


def _next_at_scale() -> BenchRow:
    ours = measure(foresee_many)
    seconds, busy = cast(tuple[float, float], ours.result)
    return BenchRow(
        "100,000 customers, 5 million lines: learned, judged, listed",
        f"{seconds:.1f} s, of them {busy:.1f} s of processor time",
        f"bar {_NEXT_SECONDS:.0f} s, {_NEXT_MB:,.0f} MB",
        f"{seconds / _NEXT_SECONDS:.2f}",
        ours.peak_mb,
        seconds <= _NEXT_SECONDS and ours.peak_mb <= _NEXT_MB,
    )


def _sequences() -> BenchRow:
    what = "Complete Journey, departments of 743 households, sequences of up to 4"
    events = grocer_steps()
    households: dict[int, list[str]] = {}
    for customer, item in zip(events["customer_id"].to_pylist(), events["item"].to_pylist(), strict=True):
        households.setdefault(customer, []).append(item)
    least = -(-len(households) // 2)
    found, seconds, busy = busy_of(1, lambda: sequences(events, min_support=0.5, max_length=4))
    told = f"{seconds:.1f} s, {busy:.1f} s of processor time, {found.num_rows:,} patterns"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steps.json"
        path.write_text(json.dumps(list(households.values())))
        try:
            peer = ask(_PREFIXSPAN, str(path), str(least), "4")
        except PeerMissing as missing:
            return BenchRow(what, told, str(missing))
    return BenchRow(
        what,
        told,
        f"prefixspan 0.5.2: {peer['seconds']:.1f} s, {peer['busy']:.1f} s, {peer['patterns']:,} patterns",
        f"{peer['busy'] / busy:.1f} × less processor time",
        None,
        seconds <= peer["seconds"] and found.num_rows == peer["patterns"],
    )


def _ties() -> list[BenchRow]:
    history, complements, substitutes = planted_ties(seed=0)
    found = pair_ties(history, min_support=0.001).to_pylist()
    pairs = [(row["product"], row["other_product"]) for row in found]
    rules_found = pair_rules(history.drop_columns("customer_id"), min_support=0.001, min_confidence=0)
    lift = {
        (row["antecedent"], row["consequent"]): row["lift"]
        for row in rules_found.select(["antecedent", "consequent", "lift"]).to_pylist()
    }
    rows = []
    for name, wanted, sign, bar in (
        ("complements", complements, 1, 0.99),
        ("substitutes", substitutes, -1, 0.8),
    ):
        truth = [pair in wanted for pair in pairs]
        ours = average_precision_score(truth, [sign * row["z_score"] for row in found])
        theirs = average_precision_score(truth, [sign * lift.get(pair, 0.0) for pair in pairs])
        rows.append(
            BenchRow(
                f"planted {name}, average precision",
                f"{ours:.3f}",
                f"bar {bar}; lift{'' if sign > 0 else ' turned round'}: {theirs:.3f}",
                holds=ours >= bar,
            )
        )
    return [*rows, *_tie_speeds()]


def _tie_speeds() -> list[BenchRow]:
    shops = [("Complete Journey", grocer_history)]
    if ONLINE_RETAIL.exists():
        shops.append((f"{LABEL} Online Retail II", gift_history))
    rows = []
    for shop, read in shops:
        lines = read()
        # In turns, since a shared machine's speed changes within seconds.
        turns = [
            (
                busy_of(1, lambda: pair_ties(lines, min_support=0.001)),  # noqa: B023
                busy_of(1, lambda: pair_rules(lines, min_support=0.001, min_confidence=0)),  # noqa: B023
            )
            for _ in range(5)
        ]
        seconds, rules_seconds = (min(turn[side][1] for turn in turns) for side in (0, 1))
        busy, rules_busy = (min(turn[side][2] for turn in turns) for side in (0, 1))
        rows.append(
            BenchRow(
                f"{shop}, ties at support 0.001",
                f"{seconds:.2f} s, {busy:.2f} s of processor time, {turns[0][0][0].num_rows:,} pairs",
                f"bar {_TIMES:.0f} × of pair_rules: {rules_seconds:.2f} s, {rules_busy:.2f} s",
                f"{seconds / rules_seconds:.1f} ×, {busy / rules_busy:.1f} × of it",
                None,
                seconds / rules_seconds <= _TIMES,
            )
        )
    return rows


def count_rules(support: float, confidence: float) -> tuple[int, float]:
    """Return the number of rules of up to ten products, and the lift of the first."""
    found = rules(groceries(), min_support=support, min_confidence=confidence, max_length=10)
    return found.num_rows, round(found["lift"][0].as_py(), 3)


def time_pair_rules() -> float:
    """Return the shortest of five runs, as of the peer."""
    lines = groceries()
    return best_of(5, lambda: pair_rules(lines, min_support=0.001, min_confidence=0.1))[1]


def count_gift_pairs() -> int:
    """Return the number of rules between any two products that two invoices or more share."""
    return pair_rules(gift_lines(), min_support=0.0001, min_confidence=0).num_rows


def foresee(read: Callable[[], pa.Table]) -> dict[str, dict[str, float]]:
    """Return recall by method on the last basket of every customer."""
    return {row["method"]: row for row in next_basket(read(), k=10).recall.to_pylist()}


def foresee_many() -> tuple[float, float]:
    """Return the seconds that 100,000 customers took, and of the processor; the making of their lines aside."""
    history = many_lines()
    began, busy = time.perf_counter(), time.process_time()
    next_basket(history, k=10)
    return time.perf_counter() - began, time.process_time() - busy


def many_lines(customers: int = 100_000, lines: int = 5_000_000, products: int = 10_000) -> pa.Table:
    """Return about so many lines in a year: seven in ten of a customer's thirty products, else by popularity."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(customers), rng.poisson(6, customers) + 1)
    minute = rng.integers(0, 365 * 24 * 60, len(owner))
    share = np.cumsum(1 / np.arange(1, products + 1) ** 0.8)
    taste = np.searchsorted(share / share[-1], rng.random((customers, 30)))
    basket = np.repeat(np.arange(len(owner)), rng.poisson(lines / len(owner) - 1, len(owner)) + 1)
    own = taste[owner[basket], rng.integers(0, 30, len(basket))]
    other = np.searchsorted(share / share[-1], rng.random(len(basket)))
    product = np.where(rng.random(len(basket)) < 0.7, own, other)
    at = pa.array(minute[basket] * 60_000_000 + 17_000 * 86_400_000_000).cast(pa.timestamp("us"))
    return pa.table(
        {"customer_id": owner[basket], "transaction_id": basket, "transacted_at": at, "product_id": product}
    )

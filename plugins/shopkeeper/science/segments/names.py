"""Segments in words: what their customers are worth first, then what else they do, by rates.

Add words for features whose names are not enough; advice about segments does not belong here.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.segments.grouping import Labels, sample_rows
from shopkeeper.science.segments.preparation import column, fit_preparation

_NAMED_ROWS = 100_000
_NOTABLE = 0.4
_MARKED = 1.0
_TRAITS = 2

_VALUE = "value"
_PURCHASES = (
    "frequency",
    "transaction_count",
    "visit_count",
    "purchase_count",
    "order_count",
    "basket_count",
)
_TOTALS = (
    "net_amount",
    "monetary",
    "sales_amount",
    "sales_value",
    "total_amount",
    "spend",
    "spent",
    "revenue",
)
_MEANS = ("mean", "average", "avg", "median", "rate", "share", "per_")
_DEDUCTIONS = ("discount", "coupon", "refund", "return", "promo")
_DISTINCT = ("product", "item", "sku", "categor", "department", "brand", "store", "channel")

# (in the feature's name, word for high, word for low)
_WORDS = (
    ("recency", "long away", "recent"),
    ("tenure", "long-standing", "new"),
    *((each, "frequent", "rare") for each in _PURCHASES),
    *(
        (each, "big baskets", "small baskets")
        for each in ("basket_amount", "transaction_amount", "order_amount")
    ),
    *((each, "high spend", "low spend") for each in _TOTALS),
)


def name_segments(customers: pa.Table, labels: Labels, features: tuple[str, ...]) -> dict[int, str]:
    """Return a name for each segment id: its customers' value, then at most two traits that add to it.

    Value is the total that customers spent (a feature such as net_amount; else purchases times their mean
    amount), in five steps round the mean of all customers. Counts of events that grow with purchases, such as
    returns or coupons, are judged per purchase. A trait is notable from .4 standard deviations on; each next
    one is the strongest that does not repeat value and those before it. Where two names would be equal, more
    traits follow.
    """
    found = np.unique(labels[labels > 0])
    names = {0: "In no group"}
    if len(found) == 1 and (labels > 0).all():
        return {int(found[0]): "All customers"}
    rows = np.sort(sample_rows(len(labels), _NAMED_ROWS, 0))
    measures = _measures(customers.take(pa.array(rows)), features)
    table = pa.table({"customer_id": np.arange(len(rows)), **measures})
    matrix = fit_preparation(table).apply(table).astype(np.float64)
    spread = matrix.std(axis=0)
    scaled = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    correlations = np.abs(scaled.T @ scaled) / len(scaled)
    for segment_id in found.tolist():
        members = labels[rows] == segment_id
        row = scaled[members].mean(axis=0) if members.any() else np.zeros(scaled.shape[1])
        names[segment_id] = _name(row, correlations, list(measures), set(names.values()), segment_id)
    return names


def _measures(customers: pa.Table, features: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    """Return the customer's value, and every other feature, counts of events per purchase."""
    values = {name: column(customers, name) for name in features}
    purchases = next((name for part in _PURCHASES for name in features if part in name), None)
    total = next((name for name in features if _is_total(name)), None)
    mean = next((name for name in features if "amount" in name and any(m in name for m in _MEANS[:3])), None)
    measures: dict[str, NDArray[np.float64]] = {}
    if total:
        measures[_VALUE] = values[total]
    elif purchases and mean:
        measures[_VALUE] = values[purchases] * values[mean]
    for name in features:
        if name == total:
            continue
        is_event = name.endswith(("_count", "_amount")) and not any(m in name for m in (*_MEANS, *_DISTINCT))
        if purchases and is_event and name != purchases and "day" not in name:
            with np.errstate(divide="ignore", invalid="ignore"):
                rate = values[name] / values[purchases]
            measures[f"{name} per purchase"] = np.where(values[purchases] > 0, rate, np.nan)
        else:
            measures[name] = values[name]
    return measures


def _is_total(name: str) -> bool:
    return any(part in name for part in _TOTALS) and not any(p in name for p in (*_MEANS, *_DEDUCTIONS))


def _name(
    row: NDArray[np.float64],
    correlations: NDArray[np.float64],
    measures: list[str],
    taken: set[str],
    segment_id: int,
) -> str:
    first = [0] if measures[0] == _VALUE else []
    traits = _traits(row, correlations, first)
    name = ""
    for length in range(min(_TRAITS, len(traits)), len(traits) + 1):
        # Traits in the order of the columns, so that a name does not turn round from run to run.
        words = [_value(row[0]) for _ in first]
        words += [_word(measures[j], row[j]) for j in sorted(traits[:length])]
        name = " · ".join(words) or "typical"
        name = name[:1].upper() + name[1:]
        if name not in taken:
            return name
    return f"{name} ({segment_id})"


def _traits(row: NDArray[np.float64], correlations: NDArray[np.float64], first: list[int]) -> list[int]:
    """Return notable measures, each next one the strongest that does not repeat those before it."""
    traits = list(first)
    novelty = np.ones(len(row))
    while True:
        for known in traits[-1:]:
            novelty = np.minimum(novelty, np.sqrt(1 - np.minimum(correlations[known], 1) ** 2))
        strength = np.where(
            (np.abs(row) >= _NOTABLE) & ~np.isin(np.arange(len(row)), traits), np.abs(row), -1
        )
        strength = strength * novelty
        if len(row) == len(traits) or strength.max() <= 0:
            return traits[len(first) :]
        traits.append(int(np.argmax(strength)))


def _value(difference: float) -> str:
    if abs(difference) < _NOTABLE:
        return "medium spend"
    level = "high spend" if difference > 0 else "low spend"
    return f"very {level}" if abs(difference) >= _MARKED else level


def _word(measure: str, difference: float) -> str:
    is_high = difference > 0
    for part, high, low in _WORDS:
        if part in measure and "per purchase" not in measure:
            return high if is_high else low
    plain = measure.removeprefix("mean_").replace("_", " ")
    if "_count" in measure:
        return f"{'many' if is_high else 'few'} {plain.replace(' count', 's')}"
    if measure.endswith("_days"):
        return f"{'many' if is_high else 'few'} {plain}"
    return f"{'high' if is_high else 'low'} {plain}"

"""RFM: how recently, how often and for how much a customer bought, as scores and named cells.

Source: A. M. Hughes, "Strategic Database Marketing" (1994). What a customer will do next belongs to
`science.value`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.days import Integers, instant, instants, zone_of
from shopkeeper.science.inputs import encode, read_table, read_times
from shopkeeper.science.purchases import read_purchases

NO_PURCHASE = "No purchase"

_MEASURES = ("recency_days", "frequency", "monetary_amount")

# Rows: recency from long ago to just now; columns: the mean of frequency and monetary score from low to high.
_CELLS = np.array(
    [
        ["Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose them"],
        ["Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose them"],
        ["About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"],
        ["Promising", "Potential loyalists", "Potential loyalists", "Loyal", "Loyal"],
        ["New customers", "Potential loyalists", "Potential loyalists", "Champions", "Champions"],
    ],
    dtype=object,
)


@dataclass(frozen=True)
class Rfm:
    """Scores of every customer, and the cuts that gave them.

    `scores`: `customer_id` (as given, sorted), `recency_days` int64 (null without a purchase), `frequency`
    int64, `monetary_amount` (the currency and kind of the input), `recency_score`, `frequency_score`,
    `monetary_score` int8 (1 = worst … bins = best; 0 = no purchase), `rfm_cell` text.

    `cuts`: `measure` text, `score` int8 (2 … bins), `boundary` double: a customer has at least this score
    when frequency or monetary_amount is above the boundary, recency_days below it.
    """

    scores: pa.Table
    cuts: pa.Table


def rfm(transactions: Any, *, as_of: date | datetime, bins: int, cuts: Any = None) -> Rfm:
    """Score customers by recency, frequency and monetary amount.

    `transactions`: as in `purchases.read_purchases`, which says what a purchase is. A row whose
    `transacted_at` and `amount` are both null means a customer without a purchase. What happened after
    `as_of` is not looked at; a plain date counts whole.

    Recency is in calendar days since the last purchase (in the zone that the column names, else UTC),
    frequency the number of purchases, monetary amount the sum of all sales less refunds. A score is the
    share of purchasers that stand below a customer, plus half of those that stand level, cut into `bins`
    equal parts: equal values share one score, and a large tie may leave a score without customers. Customers
    who never purchased score 0 and are outside the shares.

    With `cuts` of an earlier run the scores keep that run's meaning. An empty table gives empty tables.
    Raises `ValueError` on a missing column, a null or infinite value, bins below 2, or cuts made for other
    bins.
    """
    bins = read_whole("bins", bins, 2, 100)
    customers = _summarize(transactions, as_of)
    has_purchase = customers["frequency"].to_numpy() > 0
    merits = {name: _merit(customers, name)[has_purchase] for name in _MEASURES}
    if cuts is None:
        boundaries = {name: _boundaries(values, bins) for name, values in merits.items()}
    else:
        boundaries = _read_cuts(cuts, bins)
    scores = {}
    for name, merit in merits.items():
        score = np.zeros(customers.num_rows, dtype=np.int8)
        score[has_purchase] = 1 + np.searchsorted(boundaries[name], merit, side="left")
        scores[name] = score
    recency, frequency, monetary = (scores[name] for name in _MEASURES)
    mean = (frequency.astype(np.int64) + monetary + 1) // 2
    cells = _CELLS[_fifth(recency, bins) - 1, _fifth(mean, bins) - 1]
    cells = np.where(has_purchase, cells, NO_PURCHASE)
    scored = (
        customers.append_column("recency_score", pa.array(recency))
        .append_column("frequency_score", pa.array(frequency))
        .append_column("monetary_score", pa.array(monetary))
        .append_column("rfm_cell", pa.array(cells, pa.string()))
    )
    return Rfm(scored, _write_cuts(boundaries, bins) if customers.num_rows else _write_cuts({}, bins))


def _summarize(transactions: Any, as_of: date | datetime) -> pa.Table:
    table = read_table(
        transactions,
        *("customer_id", "transacted_at", "amount"),
        nullable=("transacted_at", "amount", "order_id"),
        optional=("order_id",),
    )
    has_amount = pc.is_valid(table["amount"])
    lone = pc.sum(pc.xor(pc.is_valid(table["transacted_at"]), has_amount)).as_py()
    if lone:
        raise ValueError(f"{lone} rows have transacted_at or amount but not both; fill both or neither")
    rows = table.filter(has_amount)
    if pa.types.is_null(rows["amount"].type):
        rows = rows.set_column(2, "amount", rows["amount"].cast(pa.float64()))
    found = read_purchases(rows, "as_of", as_of)
    customers, customer = encode(table["customer_id"])
    place = pc.index_in(found.customers, customers).to_numpy(zero_copy_only=False)[found.customer]
    frequency, last = np.bincount(place, minlength=len(customers)), np.zeros(len(customers), dtype=np.int64)
    last[place] = found.day
    return pa.table(
        {
            "customer_id": customers,
            "recency_days": pa.array(found.last_day - last, mask=frequency == 0),
            "frequency": frequency,
            "monetary_amount": _spent(rows, customer[has_amount.to_numpy()], len(customers), as_of),
        }
    )


def _spent(rows: pa.Table, customer: Integers, customers: int, as_of: date | datetime) -> pa.Array:
    """Return each customer's purchases less refunds until `as_of`, 0 without any."""
    times, amount = read_times(rows, "transacted_at"), rows["amount"]
    seen = pc.less_equal(instants(times, zone_of(times)), instant("as_of", as_of, zone_of(times)))
    # The order of the sum is fixed, because sums of floats depend on it.
    summed = (
        pa.table({"customer": customer, "amount": amount})
        .filter(seen)
        .sort_by([("customer", "ascending"), ("amount", "ascending")])
        .group_by("customer", use_threads=False)
        .aggregate([("amount", "sum")])
    )
    place = pc.index_in(pa.array(np.arange(customers)), summed["customer"].combine_chunks())
    spent = summed["amount_sum"].combine_chunks().take(place)
    return pc.fill_null(spent, pa.scalar(0).cast(spent.type))


def _merit(customers: pa.Table, name: str) -> NDArray[np.float64]:
    values = pc.fill_null(customers[name].cast(pa.float64()), 0.0).to_numpy()
    return -values if name == "recency_days" else values


def _boundaries(merits: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    if len(merits) == 0:
        return np.empty(0)
    distinct, counts = np.unique(merits, return_counts=True)
    # Twice the mid-rank, so that the division into bins is one of whole numbers.
    doubled = 2 * np.cumsum(counts) - counts
    scores = -(-doubled * bins // (2 * len(merits)))
    below = np.searchsorted(scores, np.arange(1, bins), side="right")
    return np.where(below > 0, distinct[below - 1], np.nextafter(distinct[0], -np.inf))


def _fifth(scores: NDArray[np.signedinteger], bins: int) -> NDArray[np.int64]:
    """Return the fifth (1 … 5) in which the middle of each score lies."""
    return np.clip(-(-(2 * scores.astype(np.int64) - 1) * 5 // (2 * bins)), 1, 5)


def _write_cuts(boundaries: dict[str, NDArray[np.float64]], bins: int) -> pa.Table:
    filled = [(name, values) for name, values in boundaries.items() if len(values)]
    return pa.table(
        {
            "measure": pa.array([name for name, _ in filled for _ in range(bins - 1)], pa.string()),
            "score": pa.array([score for _ in filled for score in range(2, bins + 1)], pa.int8()),
            "boundary": pa.array(
                np.concatenate([np.empty(0), *(-v if name == "recency_days" else v for name, v in filled)])
            ),
        }
    )


def _read_cuts(given: Any, bins: int) -> dict[str, NDArray[np.float64]]:
    cuts = read_table(given, "measure", "score", "boundary")
    read = {}
    for name in _MEASURES:
        rows = cuts.filter(pc.equal(cuts["measure"], name)).sort_by("score")
        if rows["score"].to_pylist() != list(range(2, bins + 1)):
            raise ValueError(
                f"cuts for {name} do not fit {bins} bins; use cuts that rfm returned for as many bins"
            )
        values = rows["boundary"].to_numpy()
        read[name] = -values if name == "recency_days" else values
    return read

"""The products that a customer is likely to take next, and how often such a list was right.

Rules that hold for everybody belong to `pairs` and `sets`; how scores are made to `affinity`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.baskets.affinity import (
    History,
    Scorer,
    affinity,
    chunks,
    personal_frequency,
    popularity,
    read_history,
)
from shopkeeper.science.baskets.incidence import Integers

_METHODS = {"next_basket": affinity, "personal_frequency": personal_frequency, "popularity": popularity}


@dataclass(frozen=True)
class NextBasket:
    """What each customer is likely to take next, and what such lists were worth on the baskets already known.

    `recommendations`: `customer_id`, `rank` int32 (1 … k), `product_id`, `score` double, `is_repeat` (the
    customer has bought it before); by customer and rank.
    `recall`: for the method and two plain rivals, each shown all but the last basket of every customer with
    two or more: `method` (next_basket, personal_frequency, popularity), `customer_count` int64, `recall`
    (mean share of the last basket that was among the k), `repeat_recall` (of its products that the customer
    had bought before), `explore_recall` (of those that were new to the customer); null where no customer has
    such products.
    """

    recommendations: pa.Table
    recall: pa.Table


def next_basket(history: pa.Table, *, k: int) -> NextBasket:
    """Name the `k` products that each customer is most likely to take next.

    `history`: one row per product in a transaction: `customer_id`, `transaction_id`, `transacted_at`
    (timestamp or date), `product_id`. Score = the customer's own share of baskets with the product (a basket
    counts half for every 90 days before the last) + the same of the hundred most similar customers + half the
    same of everybody. The weights were chosen on the last but one basket of a grocer's households; a shop
    with another rhythm should look at `recall` first.

    Time grows with the square of the customers. An empty table gives empty tables. Raises `ValueError` on a
    missing column, a null, or k below 1.

    Source: Hu, He, Gao, Zhang 2020 (personal frequency with recency, and neighbours); Faggioli, Polato,
    Aiolli 2020; Li, Jullien, Ariannezhad, de Rijke 2023 (repeat and explore told apart).
    """
    if k < 1:
        raise ValueError(f"k is {k}; give at least 1")
    read = read_history(history)
    return NextBasket(_recommendations(read, k), _recall(read, k))


def _recommendations(history: History, k: int) -> pa.Table:
    everything = np.ones(len(history.basket_customer), dtype=bool)
    bought = history.of(everything)
    score = affinity(history, everything)
    parts = [_empty_part()]
    for customers in chunks(np.arange(len(history.customers)), len(history.products)):
        scores = score(customers)
        best = _best(scores, k)
        is_repeat = np.take_along_axis(bought[customers].toarray(), best, axis=1) > 0
        values = np.take_along_axis(scores, best, axis=1)
        ranks = np.tile(np.arange(1, best.shape[1] + 1), len(customers))
        customer = np.repeat(customers, best.shape[1])
        parts.append((customer, ranks, best.ravel(), values.ravel(), is_repeat.ravel()))
    customer, rank, product, value, repeat = (np.concatenate(each) for each in zip(*parts, strict=True))
    return pa.table(
        {
            "customer_id": history.customers.take(pa.array(customer)),
            "rank": pa.array(rank, pa.int32()),
            "product_id": history.products.take(pa.array(product)),
            "score": pa.array(value),
            "is_repeat": pa.array(repeat),
        }
    )


def _empty_part() -> tuple[NDArray, ...]:
    return tuple(np.empty(0, dtype=kind) for kind in (np.int64, np.int64, np.int64, np.float64, np.bool_))


def _recall(history: History, k: int) -> pa.Table:
    baskets = np.bincount(history.basket_customer, minlength=len(history.customers))
    customers = np.flatnonzero(baskets > 1)
    is_last = np.diff(history.basket_customer, append=-1) != 0
    is_held_out = is_last & (baskets[history.basket_customer] > 1)
    rows = []
    for name, method in _METHODS.items() if len(customers) else ():
        shares = _shares(method(history, ~is_held_out), history, is_held_out, customers, k)
        rows.append((name, len(customers), *shares))
    names = ("method", "customer_count", "recall", "repeat_recall", "explore_recall")
    kinds = (pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.float64())
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
    return pa.table(columns, names=list(names))


def _shares(
    score: Scorer, history: History, is_held_out: NDArray[np.bool_], customers: Integers, k: int
) -> list[float | None]:
    """Return the mean share found of all products held out, of the repeated ones and of the new ones."""
    target, bought = history.of(is_held_out), history.of(~is_held_out)
    found: list[list[NDArray[np.float64]]] = [[], [], []]
    for part in chunks(customers, len(history.products)):
        best = _best(score(part), k)
        wanted, known = target[part].toarray() > 0, bought[part].toarray() > 0
        for shares, asked in zip(found, (wanted, wanted & known, wanted & ~known), strict=True):
            hits = np.take_along_axis(asked, best, axis=1).sum(axis=1)
            total = asked.sum(axis=1)
            shares.append(hits[total > 0] / total[total > 0])
    pooled = [np.concatenate(shares) for shares in found]
    return [float(shares.mean()) if len(shares) else None for shares in pooled]


def _best(scores: NDArray[np.float64], k: int) -> Integers:
    """Return the columns of the k highest scores of each row, best first, level ones by their column."""
    k = min(k, scores.shape[1])
    best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)

"""Predicts the products that a customer will probably buy next, and measures the recall.

Rules for all customers belong to `pairs` and `sets`; learning the scores, to `weights`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_moment, read_whole
from shopkeeper.science.baskets.history import Floats, History, Mask, chunks, read_history
from shopkeeper.science.baskets.incidence import Integers
from shopkeeper.science.baskets.rivals import RIVALS
from shopkeeper.science.baskets.weights import BasketWeights, Evidence, learn_weights, moments

_JUDGED_CUSTOMERS = 5_000
_SEED = 0


@dataclass(frozen=True)
class NextBasket:
    """What each customer will probably buy next, and how good such lists were on known baskets.

    `recommendations`: `customer_id`, `rank` int32 (1 … k), `product_id`, `score` double, `is_repeat` (the
    customer has bought it before); by customer and rank.
    `recall`: for the method and five baselines, each given all but the last basket of every customer with two
    or more: `method` (next_basket, share_and_popularity, up_cf, tifu_knn, personal_frequency, popularity),
    `customer_count` int64 (5,000 at most), `recall` (mean share of the last basket that was among the k),
    `repeat_recall` (of its products that the customer had bought before), `explore_recall` (of those that
    were new to the customer; both null if no customer has such products), `diversity` (mean share of a
    list that is not in another customer's).
    `weights`: what was learned; hand them to a later run.
    """

    recommendations: pa.Table
    recall: pa.Table
    weights: BasketWeights


def next_basket(
    history: Any,
    *,
    k: int,
    as_of: date | datetime | str | None = None,
    weights: BasketWeights | None = None,
) -> NextBasket:
    """Predict the `k` products that each customer is most likely to buy next.

    `history`: one row per product in a transaction: `customer_id`, `transaction_id`, `transacted_at`
    (timestamp or date), `product_id`. `as_of`: when they will buy (a plain date counts from its start; None =
    the last moment of the history); later rows are ignored. `weights`: those of an earlier run; None
    = learned from the last but one basket of up to 5,000 customers.

    The score of a product that the customer has bought depends on how often and how recently it was bought,
    the size of those baskets, the time since then relative to its repurchase interval, and how many similar
    customers buy it; `BasketWeights` has the weights. The score of a product new to the customer depends on
    similar customers; lists are filled up by popularity. For `recall` the method is given the time of the
    last basket, as it would be with `as_of`.

    Time and memory grow with the lines. An empty table gives empty tables. Raises `ValueError` on a missing
    column, a null, or k below 1.

    Source: Romanov, Lashinin, Ananyeva, Kolesnikov 2023 (elapsed time against the repurchase interval); Hu,
    He, Gao, Zhang 2020; Faggioli, Polato, Aiolli 2020; Li, Jullien, Ariannezhad, de Rijke 2023 (repeat and
    explore measured separately); Zhou et al. 2010 (diversity between lists).
    """
    k = read_whole("k", k, 1)
    read = read_history(history, None if as_of is None else read_moment("as_of", as_of))
    judged = read.sampled(_JUDGED_CUSTOMERS, _SEED)
    if weights is None:
        weights = learn_weights(
            judged,
            k,
            lambda evidence, tried, target: _recalled(judged, _lists(evidence, tried, k), target)[0],
        )
    recall = _recall(judged, weights, k)
    known = np.ones(len(read.basket_customer), dtype=np.bool_)
    as_of_days = np.full(len(read.customers), read.until)
    evidence = Evidence.before(read, known, as_of_days, k)
    return NextBasket(_recommendations(evidence, weights, k), recall, weights)


def _scored(
    evidence: Evidence, weights: BasketWeights, k: int
) -> tuple[Integers, Integers, Floats, NDArray[np.bool_]]:
    """Return customer, product, score and whether it is known, the best k of each customer in order."""
    pairs, history = evidence.pairs, evidence.history
    width = len(history.products)
    offered, fresh, share = evidence.offers
    fillers = _fillers(history, evidence.known, k)
    lonely = np.flatnonzero(np.bincount(pairs.customer, minlength=len(history.customers)) < k)
    filled, place = np.repeat(lonely, len(fillers)), np.tile(np.arange(len(fillers)), len(lonely))
    is_taken = np.zeros(len(filled), dtype=np.bool_)
    for owner, theirs in ((pairs.customer, pairs.product), (offered, fresh)):
        is_lonely = np.isin(owner, lonely, kind="table")
        is_taken |= np.isin(
            filled * width + fillers[place], owner[is_lonely] * width + theirs[is_lonely], kind="sort"
        )
    filled, place = filled[~is_taken], place[~is_taken]
    customer = np.concatenate([pairs.customer, offered, filled])
    product = np.concatenate([pairs.product, fresh, fillers[place]])
    # Fillers rank below everything else, by popularity, known and offered products above them.
    score = np.concatenate([weights.score(pairs), weights.discovery * share, -place - 1.0])
    is_known = np.arange(len(customer)) < len(pairs.customer)
    kept = np.lexsort((product, -score, customer))
    rank = np.arange(len(kept)) - np.searchsorted(customer[kept], customer[kept])
    kept = kept[rank < k]
    return customer[kept], product[kept], np.maximum(score[kept], 0), is_known[kept]


def _fillers(history: History, known: Mask, k: int) -> Integers:
    """Return the most popular products, as many as a customer with fewer than k known ones can need."""
    lines = known[history.basket]
    sales = np.bincount(history.product[lines], minlength=len(history.products))
    return np.argsort(-sales, kind="stable")[: 2 * k]


def _lists(evidence: Evidence, weights: BasketWeights, k: int) -> Integers:
    """Return customers × k: the products of each list, -1 where a list is shorter."""
    customer, product, _, _ = _scored(evidence, weights, k)
    lists = np.full((len(evidence.history.customers), k), -1, dtype=np.int64)
    lists[customer, np.arange(len(customer)) - np.searchsorted(customer, customer)] = product
    return lists


def _recommendations(evidence: Evidence, weights: BasketWeights, k: int) -> pa.Table:
    customer, product, score, is_known = _scored(evidence, weights, k)
    rank = np.arange(len(customer)) - np.searchsorted(customer, customer) + 1
    return pa.table(
        {
            "customer_id": evidence.history.customers.take(pa.array(customer)),
            "rank": pa.array(rank, pa.int32()),
            "product_id": evidence.history.products.take(pa.array(product)),
            "score": pa.array(score, pa.float64()),
            "is_repeat": pa.array(is_known),
        }
    )


def _recall(history: History, weights: BasketWeights, k: int) -> pa.Table:
    target = (history.recency() == 0) & (history.basket_counts() > 1)[history.basket_customer]
    customers = int(target.sum())
    rows: list[tuple[Any, ...]] = []
    if customers:
        evidence = Evidence.before(history, ~target, moments(history, target), k)
        rows.append(("next_basket", customers, *_recalled(history, _lists(evidence, weights, k), target)))
    for name, rival in RIVALS.items() if customers else ():
        score = rival(history, ~target)
        lists = [
            _best(score(part), k) for part in chunks(np.arange(len(history.customers)), history.shape[1])
        ]
        rows.append((name, customers, *_recalled(history, np.concatenate(lists), target)))
    names = ("method", "customer_count", "recall", "repeat_recall", "explore_recall", "diversity")
    kinds = (pa.string(), pa.int64(), *[pa.float64()] * 4)
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
    return pa.table(columns, names=list(names))


def _recalled(history: History, lists: Integers, target: Mask) -> list[float | None]:
    """Return the mean share found of all target products, the repeated and the new ones; and diversity."""
    width = len(history.products)
    lines = target[history.basket]
    cells = history.customer * width + history.product
    wanted = np.unique(cells[lines])
    is_repeat = np.isin(wanted, cells[~lines & _before(history, target)])
    customer = wanted // width
    listed = np.where(lists >= 0, lists + np.arange(len(lists))[:, None] * width, -1)
    is_hit = np.isin(wanted, listed)
    found: list[float | None] = []
    for asked in (np.ones(len(wanted), dtype=np.bool_), is_repeat, ~is_repeat):
        totals = np.bincount(customer[asked], minlength=len(lists))
        hits = np.bincount(customer[asked & is_hit], minlength=len(lists))
        shares = hits[totals > 0] / totals[totals > 0]
        found.append(float(shares.mean()) if len(shares) else None)
    return [*found, _diversity(lists[np.unique(customer)])]


def _before(history: History, target: Mask) -> Mask:
    """Return which lines are of baskets before the customer's target."""
    place = np.arange(len(target))
    first = np.full(len(history.customers), len(target))
    first[history.basket_customer[target]] = place[target]
    return history.basket < first[history.customer]


def _diversity(lists: Integers) -> float | None:
    """Return the mean share of a list that is not in another customer's, over all pairs of customers."""
    count, k = lists.shape
    if count < 2:
        return None
    named = np.bincount(lists[lists >= 0]).astype(np.float64)
    return float(1 - (named * (named - 1)).sum() / (count * (count - 1) * k))


def _best(scores: Floats, k: int) -> Integers:
    """Return the columns of the k highest scores of each row, best first, level ones by their column."""
    k = min(k, scores.shape[1])
    best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)

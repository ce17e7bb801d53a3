"""Measures of a customer's habit of buying a product: how often, how recently, how overdue.

Add measures that need only baskets; weighing them belongs to `weights`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopkeeper.science.baskets.history import Floats, History, Mask
from shopkeeper.science.baskets.incidence import Integers

FEATURES = (
    "log share of baskets",
    "log share of baskets, half-life 7 days",
    "log share of baskets, half-life 30 days",
    "log share of baskets, half-life 180 days",
    "log share of small baskets, half-life 30 days",
    "log share of small baskets, half-life 180 days",
    "log share of baskets, each counting .9 of the next",
    "log days since the last purchase",
    "log days since it over the repurchase interval",
    "the same where it is not yet due, else 0",
    "square of the same",
    "log baskets since the last purchase",
    "log purchases of the product",
    "log baskets",
    "log repurchase interval",
    "log share of the product's buyers who bought it again",
    "log popularity of the product",
    "log share of small baskets among the product's",
    "log share among similar customers",
    "share among similar customers",
)

_LEAST_SHARE = 1e-3
_LEAST_DAYS = 0.5
_USUAL_GAPS = 5
_ITEM_GAPS = 2


@dataclass(frozen=True)
class Pairs:
    """Customers and the products that they know, by customer and product; `measures` has `FEATURES`."""

    customer: Integers
    product: Integers
    measures: NDArray[np.float32]

    def share_with(self, shared: Floats) -> None:
        """Fill in the measures that come from similar customers."""
        self.measures[:, -2], self.measures[:, -1] = _log(shared, 1e-4), shared


def known_pairs(history: History, known: Mask, as_of: Floats) -> Pairs:
    """Measure every product that a customer has in a known basket, as of the customer's moment (in days).

    The repurchase interval is the geometric mean of the days between two baskets of one customer with the
    product: of all customers, drawn towards that of all products as if by five gaps, and for a customer's own
    gaps the mean interval of the customer, drawn towards the product's as if by two.
    """
    lines = known[history.basket]
    cell = history.customer[lines] * len(history.products) + history.product[lines]
    order = np.argsort(cell, kind="stable")  # the lines are in the order of time within a customer
    cell, basket = cell[order], history.basket[lines][order]
    is_first = np.diff(cell, prepend=-1) != 0
    starts = np.flatnonzero(is_first)
    times = np.diff(np.append(starts, len(cell)))
    customer, product = np.divmod(cell[starts], max(len(history.products), 1))
    day = history.basket_day[basket]
    first_day, last_day = day[starts], day[starts + times - 1]
    counts = history.basket_counts(known)
    place = np.cumsum(known) - 1
    last_place = np.full(len(counts), -1)
    np.maximum.at(last_place, history.basket_customer[known], place[known])
    since = last_place[customer] - place[basket[starts + times - 1]]

    gap = np.log(np.maximum(np.diff(day), _LEAST_DAYS))[~is_first[1:]]
    gap_product = (cell[1:] % max(len(history.products), 1))[~is_first[1:]]
    usual = _interval(gap, gap_product, len(history.products))[product]
    mean_gap = np.log(np.maximum((last_day - first_day) / np.maximum(times - 1, 1), _LEAST_DAYS))
    interval = (mean_gap * (times - 1) + usual * _ITEM_GAPS) / (times - 1 + _ITEM_GAPS)
    elapsed = np.maximum(as_of[customer] - last_day, 0)
    due = np.log(np.maximum(elapsed, _LEAST_DAYS)) - interval

    buyers = np.bincount(product, minlength=len(history.products))
    again = np.bincount(product[times > 1], minlength=len(history.products))
    sales = np.bincount(product, times, len(history.products))
    size = np.bincount(history.basket, minlength=len(history.basket_customer))
    small = 1 / np.maximum(size, 1)
    smallness = np.bincount(history.product[lines], small[history.basket[lines]], len(history.products))
    with np.errstate(divide="ignore", invalid="ignore"):
        smallness = np.where(sales > 0, smallness / sales, 0.0).astype(np.float64)

    shares_of_all = (times / counts[customer]).astype(np.float64)
    columns = [_log(shares_of_all, _LEAST_SHARE)]
    age = np.maximum(as_of[history.basket_customer] - history.basket_day, 0)
    shares = {}
    for half_life in (7, 30, 180):
        shares[half_life] = np.where(known, 0.5 ** (age / half_life), 0)
        columns.append(_share(history, shares[half_life], 1.0, basket, starts, customer))
    columns += [_share(history, shares[days], small, basket, starts, customer) for days in (30, 180)]
    rank = last_place[history.basket_customer] - place
    fading = np.where(known, 0.9 ** np.maximum(rank, 0), 0)
    columns += [
        _share(history, fading, 1.0, basket, starts, customer),
        np.log1p(elapsed),
        due,
        np.minimum(due, 0),
        due**2,
        np.log1p(since),
        np.log(times),
        np.log(counts[customer]),
        interval,
        np.log((again + 1) / (buyers + 2))[product],
        _log(sales.astype(np.float64) / max(len(history.customers), 1), 1e-6)[product],
        _log(smallness, _LEAST_SHARE)[product],
    ]
    measures = np.empty((len(starts), len(FEATURES)), dtype=np.float32)
    for number, column in enumerate(columns):
        measures[:, number] = column
    return Pairs(customer, product, measures)


def _interval(gap: Floats, product: Integers, products: int) -> Floats:
    usual = float(gap.mean()) if len(gap) else np.log(30.0)
    counts = np.bincount(product, minlength=products)
    return (np.bincount(product, gap, products) + usual * _USUAL_GAPS) / (counts + _USUAL_GAPS)


def _share(
    history: History,
    weight: Floats,
    part: Floats | float,
    basket: Integers,
    starts: Integers,
    customer: Integers,
) -> Floats:
    """Return the logarithm of each pair's share of the customer's basket weight, baskets counted in part."""
    totals = np.bincount(history.basket_customer, weight, len(history.customers))
    found = np.add.reduceat((weight * part)[basket], starts) if len(starts) else np.empty(0)
    return _log(found / np.maximum(totals[customer], 1e-300), _LEAST_SHARE)


def _log(values: NDArray[Any], least: float) -> Floats:
    return np.log(values + least)

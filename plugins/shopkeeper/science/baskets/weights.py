"""Learns how well each measure of habit predicts the next basket, from the last basket but one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from shopkeeper.science.baskets.habits import FEATURES, Pairs, known_pairs
from shopkeeper.science.baskets.history import Floats, History, Mask
from shopkeeper.science.baskets.incidence import Integers
from shopkeeper.science.baskets.neighbours import Neighbours, Offers
from shopkeeper.science.saved import Saved

_FEWEST_TARGETS = 100
_MOST_NEGATIVES = 300_000
_DISCOVERIES = (0.0, 0.1, 0.3, 1.0)
_SEED = 0


@dataclass(frozen=True)
class BasketWeights(Saved):
    """What `next_basket` has learned about a shop; saved by `to_json`, loaded by `from_json`.

    A known product's score is the logistic function of `intercept` plus the sum of `coefficients` times
    (measure - `center`) / `scale`, one for each of `features`; a product new to the customer scores
    `discovery` times its mean share among similar customers. `is_learned` is false where the history was too
    short and the weights are the usual ones.
    """

    features: list[str]
    center: list[float]
    scale: list[float]
    coefficients: list[float]
    intercept: float
    discovery: float
    is_learned: bool

    def score(self, pairs: Pairs) -> Floats:
        """Return the score of every known pair, between 0 and 1."""
        if tuple(self.features) != FEATURES:
            raise ValueError("the weights are of another version; learn them again")
        slopes = np.array(self.coefficients) / np.array(self.scale)
        logit = pairs.measures @ slopes.astype(np.float32) + self.intercept - slopes @ np.array(self.center)
        return 1 / (1 + np.exp(-logit.astype(np.float64)))


@dataclass(frozen=True)
class Evidence:
    """What was known before one basket of each customer: known pairs, and offers of similar customers."""

    history: History
    known: Mask
    pairs: Pairs
    offers: Offers

    @classmethod
    def before(cls, history: History, known: Mask, as_of: Floats, k: int) -> "Evidence":
        """Measure what the known baskets tell at each customer's moment."""
        pairs = known_pairs(history, known, as_of)
        shared, offers = Neighbours(history, known).look(pairs.customer, pairs.product, k)
        pairs.share_with(shared)
        return cls(history, known, pairs, offers)


def moments(history: History, target: Mask) -> Floats:
    """Return the day of each customer's target basket; 0 for customers without one."""
    as_of = np.zeros(len(history.customers))
    as_of[history.basket_customer[target]] = history.basket_day[target]
    return as_of


def usual_weights() -> BasketWeights:
    """Return weights for a shop too young to learn from: the share of recent baskets, of 30 and 180 days."""
    coefficients = [0.0] * len(FEATURES)
    coefficients[2] = coefficients[3] = 0.5
    zeros, ones = [0.0] * len(FEATURES), [1.0] * len(FEATURES)
    return BasketWeights(list(FEATURES), zeros, ones, coefficients, 0.0, 0.3, False)


def learn_weights(
    history: History, k: int, recall: Callable[[Evidence, BasketWeights, Mask], float | None]
) -> BasketWeights:
    """Learn from what was in each customer's last but one basket and what was known before it.

    Logistic regression, in which a product of a basket of n counts 1/n, as in recall; of more than 300,000
    pairs that were not bought so many are drawn, and count for all. The weight of discoveries is the one of
    0, .1, .3 and 1 that recalls most.
    """
    recency = history.recency()
    target, known = recency == 1, recency > 1
    has_target = (history.basket_counts(target) > 0) & (history.basket_counts(known) > 0)
    if has_target.sum() < _FEWEST_TARGETS:
        return usual_weights()
    evidence = Evidence.before(history, known, moments(history, target), k)
    pairs = evidence.pairs
    lines = target[history.basket]
    wanted = np.sort(history.customer[lines] * len(history.products) + history.product[lines])
    is_bought = np.isin(pairs.customer * len(history.products) + pairs.product, wanted)
    if is_bought.sum() < _FEWEST_TARGETS or is_bought.all():
        return usual_weights()
    sizes = np.bincount(history.customer[lines], minlength=len(history.customers))
    rows, weight = _drawn(is_bought)
    weight = weight / sizes[pairs.customer[rows]]
    measures = pairs.measures[rows]
    center, scale = measures.mean(axis=0, dtype=np.float64), measures.std(axis=0, dtype=np.float64)
    scale = np.where(scale > 0, scale, 1)
    fitted = LogisticRegression(C=1.0, max_iter=200).fit(
        ((measures - center) / scale).astype(np.float32),
        is_bought[rows],
        sample_weight=weight / weight.mean(),
    )
    learned = [
        BasketWeights(
            list(FEATURES),
            center.tolist(),
            scale.tolist(),
            fitted.coef_[0].astype(np.float64).tolist(),
            float(fitted.intercept_[0]),
            discovery,
            True,
        )
        for discovery in _DISCOVERIES
    ]
    return max(learned, key=lambda each: recall(evidence, each, target) or 0.0)


def _drawn(is_bought: Mask) -> tuple[Integers, Floats]:
    """Return rows to learn from and how many rows each represents."""
    bought, others = np.flatnonzero(is_bought), np.flatnonzero(~is_bought)
    drawn = np.random.default_rng(_SEED).permutation(others)[:_MOST_NEGATIVES]
    weight = np.concatenate([np.ones(len(bought)), np.full(len(drawn), len(others) / len(drawn))])
    return np.concatenate([bought, drawn]), weight

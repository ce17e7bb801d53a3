"""Posteriors learnt from other seeds: alive, value, lifestyle group."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.oracles.observations import baskets, future_revenue, history
from shopkeeper.demo.omnichannel.oracles.practice import Practice
from shopkeeper.demo.omnichannel.people.groups import GROUPS
from shopkeeper.demo.omnichannel.truth.alive import alive_on


@dataclass(frozen=True)
class Oracle:
    """A learnt posterior: features in, an estimate a person out; ``known`` says who was seen at all."""

    day: int
    model: object
    kind: str

    def estimate(self, world: Practice) -> np.ndarray:
        """Return the estimate of each person: a probability, GBP, or the index of a group."""
        features = _features(world, self.day, self.kind)
        if self.kind == "alive":
            return self.model.predict_proba(features)[:, 1]  # type: ignore[attr-defined]
        return self.model.predict(features)  # type: ignore[attr-defined]


def is_known(world: Practice, day: int) -> np.ndarray:
    """Return who had bought under a card or an account before a day: the persons that are scored."""
    return ~np.isnan(history(world, day)[:, 0])


def alive_oracle(practice: list[Practice], day: int) -> Oracle:
    """Return the posterior that a person is an active customer on the evening before ``day``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    truth = [alive_on(world.tables["lives"], world.identity.person_count, day - 1) for world in practice]
    return _fit(practice, day, "alive", truth, _boosted(HistGradientBoostingClassifier))


def value_oracle(practice: list[Practice], day: int, horizon: int = 90) -> Oracle:
    """Return the expected net revenue in GBP over ``horizon`` days from ``day`` on, given what was seen."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    truth = [future_revenue(world, day, horizon) for world in practice]
    return _fit(practice, day, "value", truth, _boosted(HistGradientBoostingRegressor))


def group_oracle(practice: list[Practice], day: int) -> Oracle:
    """Return the likeliest lifestyle group of each person, given baskets, habits and the CRM's
    demographics.
    """
    from sklearn.ensemble import RandomForestClassifier

    truth = [groups_of(world) for world in practice]
    model = RandomForestClassifier(300, min_samples_leaf=5, max_features=0.25, random_state=0)
    return _fit(practice, day, "group", truth, model)


def _boosted(kind: Callable[..., object]) -> object:
    return kind(learning_rate=0.06, max_iter=80, min_samples_leaf=50, max_leaf_nodes=12, random_state=0)


def groups_of(world: Practice) -> np.ndarray:
    """Return the planted group of each person, as an index of `GROUPS`."""
    names = np.asarray(world.tables["persons"]["lifestyle_group"].cast("string"))
    return np.array([GROUPS.index(name) for name in names])


def _features(world: Practice, day: int, kind: str) -> np.ndarray:
    seen = history(world, day)
    return np.concatenate([seen, baskets(world, day)], axis=1) if kind == "group" else seen


def _fit(practice: list[Practice], day: int, kind: str, truth: list[np.ndarray], model: object) -> Oracle:
    features, labels = [], []
    for world, told in zip(practice, truth, strict=True):
        seen = is_known(world, day)
        features.append(_features(world, day, kind)[seen])
        labels.append(told[seen])
    model.fit(np.concatenate(features), np.concatenate(labels))  # type: ignore[attr-defined]
    return Oracle(day, model, kind)

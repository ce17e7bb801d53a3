"""The five questions that are scored, each answered by a naive rule, a peer, whoever is scored, and the
oracle, over seeds.

Whoever is scored gets the home into which a seed's files were dropped, and answers by the numbers that the
files use; no truth lies within his reach. Scores are better when greater and lie in [0, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.demo.omnichannel.marketing.plans import GROUPS
from shopkeeper.demo.omnichannel.oracles.channels import (
    agreement,
    last_click_shares,
    share_oracle,
    touch_shares,
    true_shares,
)
from shopkeeper.demo.omnichannel.oracles.identity import (
    group_score,
    pair_score,
    same_person,
    true_pair_count,
)
from shopkeeper.demo.omnichannel.oracles.learnt import (
    Oracle,
    alive_oracle,
    group_oracle,
    groups_of,
    is_known,
    value_oracle,
)
from shopkeeper.demo.omnichannel.oracles.numbers import by_person, numbered_accounts
from shopkeeper.demo.omnichannel.oracles.observations import baskets, future_revenue, history
from shopkeeper.demo.omnichannel.oracles.practice import Practice, practise
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.scoring import Seed
from shopkeeper.demo.omnichannel.truth.alive import alive_on
from shopkeeper.paths import Home

HORIZON = 90
PRACTICE_SEED = 90_001


@dataclass(frozen=True)
class Answers:
    """What a contestant says of one world on one day; None: he does not take part.

    ``alive`` (account, probability), ``value`` (account, GBP over 90 days), ``groups`` (account, group),
    ``identity`` (account, customer) name accounts as the files do; ``shares`` (6,) are in the order of
    `GROUPS`.
    """

    alive: pa.Table | None = None
    value: pa.Table | None = None
    groups: pa.Table | None = None
    identity: pa.Table | None = None
    shares: np.ndarray | None = None


Contestant = Callable[[Home, int], Answers]


class Learnt(NamedTuple):
    """What the oracles learnt from worlds of other seeds."""

    practice: list[Practice]
    alive: Oracle
    value: Oracle
    groups: Oracle
    shares: np.ndarray


def learn(parameters: Parameters, person_count: int, day: int) -> Learnt:
    """Live a world of another seed and learn every oracle from it; ``day`` is the first day not seen."""
    practice = [practise(parameters, PRACTICE_SEED, person_count, day + HORIZON)]
    shares = share_oracle(practice, min(person_count, 1_000), day)
    return Learnt(
        practice,
        alive_oracle(practice, day),
        value_oracle(practice, day, HORIZON),
        group_oracle(practice, day),
        shares,
    )


@dataclass(frozen=True)
class Truth:
    """What is true of one world on one day, of the persons that are scored and of all accounts but social
    ones: ``account`` ids in order, and whose each is.
    """

    alive: np.ndarray
    future: np.ndarray
    groups: np.ndarray
    shares: np.ndarray
    account: np.ndarray
    owner: np.ndarray

    def shuffled(self, seed: int) -> "Truth":
        """Return a truth that has nothing to do with the world: every score against it is chance."""
        shuffle = np.random.default_rng(seed).permutation
        alive, future, groups, shares = map(shuffle, (self.alive, self.future, self.groups, self.shares))
        return Truth(alive, future, groups, shares, self.account, shuffle(self.owner))

    def owners(self, ids: pa.ChunkedArray) -> np.ndarray:
        """Return whose these accounts are, (n,)."""
        place = np.searchsorted(self.account, ids.to_numpy())
        return self.owner[np.minimum(place, len(self.owner) - 1)]


@dataclass(frozen=True)
class Question:
    """One question's answers by a naive rule, a peer, whoever is scored (None: nobody) and the oracle."""

    score: Callable[[Truth, Any], float]
    naive: Any
    peer: Any
    ours: Any
    oracle: Any

    def scores(self, truth: Truth) -> Seed:
        """Return the answers' scores against a truth."""
        told = (self.naive, self.peer, self.ours, self.oracle)
        return Seed(*(float("nan") if answer is None else self.score(truth, answer) for answer in told))


def truth_of(world: Practice, day: int) -> Truth:
    """Return what is scored of a world: who had bought under a card or an account before ``day``."""
    seen, count = is_known(world, day), world.identity.person_count
    accounts = world.tables["accounts"]
    accounts = accounts.filter(pc.not_equal(accounts["system"].cast(pa.string()), "social"))
    order = np.argsort(accounts["account_id"].to_numpy())
    return Truth(
        alive_on(world.tables["lives"], count, day - 1)[seen],
        future_revenue(world, day, HORIZON)[seen],
        groups_of(world)[seen],
        true_shares(world, min(count, 1_000), day),
        accounts["account_id"].to_numpy()[order],
        accounts["person_id"].to_numpy()[order],
    )


def questions(world: Practice, learnt: Learnt, day: int, answers: Answers) -> dict[str, Question]:
    """Return the five questions with everybody's answers."""
    from sklearn.metrics import adjusted_rand_score, roc_auc_score

    seen, past = is_known(world, day), history(world, day)
    known = past[seen]
    pace = np.nan_to_num(known[:, 4], nan=90.0).clip(3)
    pairs, count = same_person(learnt.practice, world), true_pair_count(world)
    accounts = numbered_accounts(world)

    def of_persons(told: pa.Table | None) -> np.ndarray | None:
        return None if told is None else by_person(told, accounts, world.identity.person_count)[seen]

    def linked(rule: str) -> Callable[[Truth], float]:
        def score(truth: Truth) -> float:
            same = truth.owners(pairs["left_id"]) == truth.owners(pairs["right_id"])
            told = pairs.drop_columns(["is_same"]).append_column("is_same", pa.array(same))
            return pair_score(told, rule, count)

        return score

    def grouped(truth: Truth) -> float:
        told = accounts.filter(pc.not_equal(accounts["system"].cast(pa.string()), "social"))
        owners = pa.array(truth.owners(told["account_id"]))
        told = told.drop_columns(["person_id"]).append_column("person_id", owners)
        return group_score(answers.identity, told, count)

    return {
        "alive (AUC)": Question(
            lambda truth, told: roc_auc_score(truth.alive, told),
            (known[:, 2] <= 90).astype(float),
            -known[:, 2] / pace,
            of_persons(answers.alive),
            learnt.alive.estimate(world)[seen],
        ),
        "value (revenue of the best fifth)": Question(
            lambda truth, told: captured(told, truth.future),
            np.nan_to_num(known[:, 6]),
            np.nan_to_num(known[:, 1]) / (known[:, 3] + 30) * np.exp(-known[:, 2] / 90),
            of_persons(answers.value),
            learnt.value.estimate(world)[seen],
        ),
        "groups (adjusted Rand)": Question(
            lambda truth, told: max(0.0, adjusted_rand_score(truth.groups, told)),
            np.zeros(seen.sum()),
            _clusters(baskets(world, day)[seen]),
            of_persons(None if answers.groups is None else _codes(answers.groups)),
            learnt.groups.estimate(world)[seen],
        ),
        "channel shares (agreement)": Question(
            lambda truth, told: agreement(told, truth.shares),
            last_click_shares(world),
            touch_shares(world),
            answers.shares,
            learnt.shares,
        ),
        "identity (F1 of pairs)": Question(
            lambda truth, told: told(truth),
            linked("phone"),
            linked("email or (phone and name)"),
            None if answers.identity is None else grouped,
            linked("probability >= 0.5"),
        ),
    }


def scored(world: Practice, learnt: Learnt, day: int, answers: Answers) -> dict[str, Seed]:
    """Return the scores of one world, over who had bought under a card or an account before ``day``."""
    truth = truth_of(world, day)
    return {name: asked.scores(truth) for name, asked in questions(world, learnt, day, answers).items()}


def captured(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Return the revenue of the fifth with the greatest estimates, over that of the best fifth."""
    fifth = max(1, len(truth) // 5)
    best = np.sort(truth)[-fifth:].sum()
    return float(truth[np.argsort(-estimate, kind="stable")[:fifth]].sum() / max(best, 1e-9))


def _clusters(features: np.ndarray) -> np.ndarray:
    """Return a peer's groups: k-means over shares of spend by category, with the true number of groups."""
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    shares = StandardScaler().fit_transform(np.nan_to_num(features))
    return KMeans(7, n_init=5, random_state=0).fit_predict(shares)


def _codes(groups: pa.Table) -> pa.Table:
    words = groups.column(1).cast(pa.string()).combine_chunks().dictionary_encode()
    return pa.table({"account": groups.column(0), "value": words.indices.cast(pa.float64())})


__all__ = [
    "GROUPS", "Answers", "Contestant", "Learnt", "Question", "Truth", "learn", "questions", "scored",
    "truth_of",
]  # fmt: skip

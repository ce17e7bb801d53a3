"""The five questions that are scored, each answered by a naive rule, a peer, whoever is scored, and the
oracle, over seeds.

Whoever is scored gets the home into which a seed's files were dropped, and answers by the numbers that the
files use; no truth lies within his reach. Scores are better when greater and lie in [0, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import NUMBERS
from shopkeeper.demo.omnichannel.files.merger import taken_over
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
from shopkeeper.demo.omnichannel.oracles.observations import baskets, future_revenue, history
from shopkeeper.demo.omnichannel.oracles.practice import Practice, practise
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS
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


def scored(world: Practice, learnt: Learnt, day: int, answers: Answers) -> dict[str, Seed]:
    """Return the scores of one world, over who had bought under a card or an account before ``day``."""
    from sklearn.metrics import adjusted_rand_score, roc_auc_score

    seen, past = is_known(world, day), history(world, day)
    known = past[seen]
    alive = alive_on(world.tables["lives"], world.identity.person_count, day - 1)[seen]
    future = future_revenue(world, day, HORIZON)[seen]
    pace = np.nan_to_num(known[:, 4], nan=90.0).clip(3)
    pairs, count = same_person(learnt.practice, world), true_pair_count(world)
    accounts = numbered_accounts(world)

    def of_persons(told: pa.Table | None) -> np.ndarray | None:
        return None if told is None else by_person(told, accounts, world.identity.person_count)[seen]

    def each(
        score: Callable[[np.ndarray], float],
        naive: np.ndarray,
        peer: np.ndarray,
        ours: np.ndarray | None,
        oracle: np.ndarray,
    ) -> Seed:
        return Seed(score(naive), score(peer), float("nan") if ours is None else score(ours), score(oracle))

    truth = true_shares(world, min(world.identity.person_count, 1_000), day)
    groups = groups_of(world)[seen]
    found = None if answers.groups is None else _codes(answers.groups)
    identity = float("nan") if answers.identity is None else group_score(answers.identity, accounts, count)
    return {
        "alive (AUC)": each(
            lambda told: roc_auc_score(alive, told),
            (known[:, 2] <= 90).astype(float),
            -known[:, 2] / pace,
            of_persons(answers.alive),
            learnt.alive.estimate(world)[seen],
        ),
        "value (revenue of the best fifth)": each(
            lambda told: captured(told, future),
            np.nan_to_num(known[:, 6]),
            np.nan_to_num(known[:, 1]) / (known[:, 3] + 30) * np.exp(-known[:, 2] / 90),
            of_persons(answers.value),
            learnt.value.estimate(world)[seen],
        ),
        "groups (adjusted Rand)": each(
            lambda told: max(0.0, adjusted_rand_score(groups, told)),
            np.zeros(len(groups)),
            _clusters(baskets(world, day)[seen]),
            of_persons(found),
            learnt.groups.estimate(world)[seen],
        ),
        "channel shares (agreement)": each(
            lambda told: agreement(told, truth),
            last_click_shares(world),
            touch_shares(world),
            answers.shares,
            learnt.shares,
        ),
        "identity (F1 of pairs)": Seed(
            pair_score(pairs, "phone", count),
            pair_score(pairs, "email or (phone and name)", count),
            identity,
            pair_score(pairs, "probability >= 0.5", count),
        ),
    }


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


def numbered_accounts(world: Practice) -> pa.Table:
    """Return every number (``account``) by which files name an account, its id, its system and person."""
    accounts = world.tables["accounts"].select(["account_id", "person_id", "system"])
    ids = accounts["account_id"].to_numpy()
    with duckdb.connect() as connection:
        connection.execute(NUMBERS)
        connection.register("accounts", accounts.append_column("new_id", pa.array(taken_over(ids))))
        return connection.execute(
            f"""
            select number_of(new_id, unnest([false, true])) as account, account_id, person_id, system
            from accounts
            union
            select second_number(account_id - {SECOND_ACCOUNTS}), account_id, person_id, system
            from accounts where account_id >= {SECOND_ACCOUNTS}
            """
        ).to_arrow_table()


def by_person(told: pa.Table, accounts: pa.Table, person_count: int) -> np.ndarray:
    """Return each person's answer, the mean over his accounts; 0 where nobody answered."""
    with duckdb.connect() as connection:
        connection.register("told", told.rename_columns(["account", "value"]))
        connection.register("accounts", accounts)
        found = connection.execute(
            "select person_id, avg(value) as value from told join accounts using (account) group by person_id"
        ).to_arrow_table()
    values = np.zeros(person_count)
    values[found["person_id"].to_numpy()] = found["value"].to_numpy()
    return values


def _codes(groups: pa.Table) -> pa.Table:
    words = groups.column(1).cast(pa.string()).combine_chunks().dictionary_encode()
    return pa.table({"account": groups.column(0), "value": words.indices.cast(pa.float64())})


__all__ = ["GROUPS", "Answers", "Contestant", "Learnt", "learn", "scored"]

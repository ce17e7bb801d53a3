"""Oracles beat naive rules, and against shuffled truth they are chance."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score
from tests.plugins.demo.omnichannel.conftest import Shop

from shopkeeper.demo.omnichannel.oracles import contest
from shopkeeper.demo.omnichannel.oracles.channels import (
    agreement,
    last_click_shares,
    share_oracle,
    true_shares,
)
from shopkeeper.demo.omnichannel.oracles.contest import by_person, captured, numbered_accounts
from shopkeeper.demo.omnichannel.oracles.identity import (
    group_score,
    pair_score,
    same_person,
    true_pair_count,
)
from shopkeeper.demo.omnichannel.oracles.learnt import (
    alive_oracle,
    group_oracle,
    groups_of,
    is_known,
    value_oracle,
)
from shopkeeper.demo.omnichannel.oracles.observations import future_revenue, history
from shopkeeper.demo.omnichannel.oracles.practice import Practice, from_truth, practise
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.scoring import Seed, bar, placebo
from shopkeeper.demo.omnichannel.truth.alive import alive_on

DAY = 140


@pytest.fixture(scope="module")
def practice() -> Practice:
    return practise(read(), 901, 2_000, DAY + 30)


@pytest.fixture(scope="module")
def scored() -> Practice:
    return practise(read(), 902, 800, DAY + 30)


def test_the_alive_oracle_beats_recency_and_shuffled_truth_beats_nobody(
    practice: Practice, scored: Practice
) -> None:
    known = is_known(scored, DAY)
    truth = alive_on(scored.tables["lives"], scored.identity.person_count, DAY - 1)[known]
    estimate = alive_oracle([practice], DAY).estimate(scored)[known]
    recent = (history(scored, DAY)[known][:, 2] <= 90).astype(float)
    assert roc_auc_score(truth, estimate) > roc_auc_score(truth, recent) + 0.05
    assert abs(placebo(roc_auc_score, truth, estimate).mean() - 0.5) < 0.05


def test_the_value_oracle_beats_the_last_ninety_days(practice: Practice, scored: Practice) -> None:
    known = is_known(scored, DAY)
    truth = future_revenue(scored, DAY, 30)[known]
    estimate = value_oracle([practice], DAY, 30).estimate(scored)[known]
    naive = np.nan_to_num(history(scored, DAY)[known][:, 6]) / 3
    assert ((estimate - truth) ** 2).mean() < ((naive - truth) ** 2).mean()


def test_the_group_oracle_beats_the_greatest_group(practice: Practice, scored: Practice) -> None:
    known = is_known(scored, DAY)
    truth = groups_of(scored)[known]
    estimate = group_oracle([practice], DAY).estimate(scored)[known]
    naive = np.bincount(truth).max() / len(truth)
    assert accuracy_score(truth, estimate) > naive + 0.05
    assert placebo(accuracy_score, truth, estimate).mean() < naive + 0.05


def test_the_identity_oracle_beats_the_phone(practice: Practice, shop: Shop) -> None:
    world = from_truth(shop.truth)
    pairs, count = same_person([practice], world), true_pair_count(world)
    assert pair_score(pairs, "probability >= 0.5", count) > pair_score(pairs, "phone", count) + 0.05


def test_expected_shares_beat_last_clicks(scored: Practice) -> None:
    truth = true_shares(scored, 700, 50)
    expected = share_oracle(
        [Practice(i.identity, 50, {}, {}) for i in (practise(read(), 903, 700, 1),)], 700, 50
    )
    assert agreement(expected, truth) > agreement(last_click_shares(scored), truth) + 0.1


def test_a_bar_is_void_without_a_gap_or_with_a_perfect_oracle() -> None:
    spread = [0.01 * k for k in range(10)]
    fair = bar("fair", [Seed(0.5 + s, 0.6 + s, 0.7 + s, 0.8 + s) for s in spread])
    assert fair.void is None
    assert fair.gap_closed == pytest.approx(2 / 3)
    assert fair.low <= fair.gap_closed + 1e-9
    assert fair.high >= fair.gap_closed - 1e-9
    assert "gap" in (bar("flat", [Seed(0.8, 0.8, 0.8, 0.85)] * 10).void or "")
    assert "oracle" in (bar("easy", [Seed(0.5, 0.8, 0.9, 0.99)] * 10).void or "")
    with pytest.raises(ValueError, match="at least 10"):
        bar("few", [Seed(0, 0, 0, 1)] * 9)


def test_a_placebo_of_a_constant_is_the_constant() -> None:
    score = partial(lambda truth, estimate: float((truth == estimate).mean()))
    assert placebo(score, np.ones(5), np.ones(5)).tolist() == [1.0] * 20


def test_five_questions_are_scored_and_the_oracle_leads(
    practice: Practice, scored: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contest, "HORIZON", 30)
    monkeypatch.setattr(contest, "true_shares", lambda world, *_: last_click_shares(world))
    oracles = (
        alive_oracle([practice], DAY),
        value_oracle([practice], DAY, 30),
        group_oracle([practice], DAY),
    )
    learnt = contest.Learnt([practice], *oracles, np.full(6, 1 / 6))
    found = contest.scored(scored, learnt, DAY, contest.Answers(shares=np.full(6, 1 / 6)))
    for name in ("alive (AUC)", "groups (adjusted Rand)"):
        assert found[name].oracle > found[name].naive, name
        assert np.isnan(found[name].ours), name
    shares = found["channel shares (agreement)"]
    assert shares.naive == pytest.approx(1)
    assert shares.ours == shares.oracle < 1
    assert found["identity (F1 of pairs)"].oracle > found["identity (F1 of pairs)"].naive


def test_who_is_scored_answers_by_the_numbers_in_the_files(shop: Shop) -> None:
    world = from_truth(shop.truth)
    numbers, accounts = numbered_accounts(world), world.tables["accounts"]
    crm = numbers.filter(pc.starts_with(numbers["account"], "C"))
    told = pa.table({"account": crm["account"], "value": pa.array(np.full(len(crm), 2.5))})
    values = by_person(told, numbers, world.identity.person_count)
    owners = np.unique(accounts.filter(pc.equal(accounts["system"].cast("string"), "crm"))["person_id"])
    assert (values[owners] == 2.5).all()
    assert values.sum() == 2.5 * len(owners)


def test_the_true_grouping_of_accounts_scores_one(shop: Shop) -> None:
    world = from_truth(shop.truth)
    numbers, count = numbered_accounts(world), true_pair_count(world)
    right = pa.table({"account": numbers["account"], "customer": numbers["person_id"]})
    alone = pa.table({"account": numbers["account"], "customer": numbers["account_id"]})
    assert group_score(right, numbers, count) == 1.0
    assert group_score(alone, numbers, count) == 0.0


def test_the_best_fifth_captures_all_that_it_could() -> None:
    future = np.arange(100.0)
    assert captured(future, future) == 1.0
    assert captured(-future, future) < 0.2


def test_a_bar_without_anybody_scored_shows_the_others() -> None:
    told = str(bar("alone", [Seed(0.5, 0.6, float("nan"), 0.8)] * 10))
    assert "naive 0.500 peer 0.600 ours - oracle 0.800 [0.800, 0.800]" in told
    assert "gap" not in told

"""Reruns: nothing taken away is the factual world; a world without effects shows none; Shapley values add
up.
"""

import numpy as np
import pyarrow as pa
import pytest
from tests.plugins.demo.omnichannel.conftest import DAYS, PERSONS, SEED, Shop

from shopkeeper.demo.omnichannel.behaviour.settings import Switches
from shopkeeper.demo.omnichannel.effects import values
from shopkeeper.demo.omnichannel.effects.campaigns import campaign_effects, programme_effect
from shopkeeper.demo.omnichannel.effects.channels import channel_effects
from shopkeeper.demo.omnichannel.effects.plans import play
from shopkeeper.demo.omnichannel.effects.prices import choice_elasticities
from shopkeeper.demo.omnichannel.effects.reruns import Stage, revenue, side_by_side, stage, stage_of
from shopkeeper.demo.omnichannel.effects.writing import write_effects
from shopkeeper.demo.omnichannel.marketing.plans import GROUPS
from shopkeeper.demo.omnichannel.oracles.observations import future_revenue
from shopkeeper.demo.omnichannel.oracles.practice import from_truth
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.truth import Identity
from shopkeeper.errors import UserError


@pytest.fixture(scope="module")
def small(shop: Shop) -> Stage:
    return stage(shop.truth, PERSONS)


def test_a_rerun_with_nothing_off_is_the_factual_world(shop: Shop, small: Stage) -> None:
    people, state = side_by_side(small, 1)
    first_days = 20
    rerun = revenue(small, people, state, range(first_days), Switches())
    planted = future_revenue(from_truth(shop.truth), 0, first_days)
    # Goods bought in the last days come back after the last day lived: those refunds are not planted yet.
    assert np.abs(rerun - planted).sum() <= 0.03 * planted.sum()
    assert (np.abs(rerun - planted) < 0.005).mean() > 0.9


def test_shapley_values_add_up_to_what_all_channels_bring(small: Stage) -> None:
    found = channel_effects(small, 25)
    assert np.allclose(found.shapley.sum(axis=1), found.value[-1] - found.value[0])
    assert found.shares.sum() == pytest.approx(1)
    assert found.shapley.sum() > 0


def test_where_nothing_has_an_effect_none_is_true() -> None:
    world = stage_of(Identity(SEED, 300, read("nothing")), 300, {}, 30)
    found = channel_effects(world, 30)
    assert (found.value == found.value[0]).all()
    assert np.isnan(found.shares).all()
    assert np.allclose(campaign_effects(world, 20)["effect_amount"].to_numpy(), 0, atol=1e-9)


def test_a_campaign_has_an_effect_on_those_it_was_sent_to(small: Stage) -> None:
    effects = campaign_effects(small, 28)
    assert effects.num_rows > 500
    assert effects["effect_amount"].to_numpy().mean() > 0


def test_the_programme_can_be_planted_at_the_claimed_size() -> None:
    world = stage_of(Identity(SEED, 700, read("programme")), 700, {}, 260)
    told = programme_effect(world).to_pydict()
    ratio = {name: b / a for name, a, b in zip(*told.values(), strict=True)}
    assert 1.15 < ratio["net_amount"] < 1.5
    assert 1.08 < ratio["repurchases"] < 1.4
    assert told["without"][2] == pytest.approx(4.2, abs=0.15)
    assert told["with"][2] == pytest.approx(4.7, abs=0.15)


def test_a_plan_without_ads_costs_less_and_brings_less(small: Stage) -> None:
    usual, none = play(small, [{}, dict.fromkeys(("search", "social", "display", "video"), 0.0)], 40)
    assert none.cost_amount < usual.cost_amount
    assert none.net_amount < usual.net_amount
    with pytest.raises(UserError, match="no ad channel"):
        play(small, [{"radio": 1.0}], 1)


@pytest.fixture(scope="module")
def laid_down(shop: Shop) -> dict[str, pa.Table]:
    """The effects, with values over 20 and 80 days instead of 90 and 365."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "HORIZONS", (20, 80))
        return write_effects(shop.truth, sample=120, replicates=2)


@pytest.mark.slow
def test_expected_values_have_an_error_and_favour_the_living(laid_down: dict[str, pa.Table]) -> None:
    told = laid_down["expected_values"].to_pydict()
    value, alive = np.array(told["value_80_amount"]), np.array(told["is_alive"])
    assert value[alive].mean() > 2 * value[~alive].mean()
    assert np.array(told["value_20_amount"]).sum() < value.sum()
    assert np.array(told["value_80_standard_error"])[alive].mean() > 0
    assert len(value) == 120 * 2


def test_a_dearer_product_sells_less_and_its_rivals_more(small: Stage) -> None:
    found = choice_elasticities(small, 30)
    relation, value = np.array(found["relation"].to_pylist()), found["elasticity"].to_numpy()
    assert (value[relation == "own"] < 0).all()
    assert (value[relation == "substitute"] >= 0).all()
    assert -3.2 < value[relation == "own"].mean() < -1.6


def test_a_stage_knows_how_long_its_world_was_lived(small: Stage) -> None:
    assert small.day_count == DAYS
    assert isinstance(campaign_effects(small, 1), pa.Table)


def test_the_effects_lie_beside_the_truth(shop: Shop, laid_down: dict[str, pa.Table]) -> None:
    lying = {file.stem for file in (shop.truth.root / "effects").glob("*.parquet")}
    assert lying == set(laid_down)
    assert laid_down["channels"]["channel_group"].to_pylist() == list(GROUPS)

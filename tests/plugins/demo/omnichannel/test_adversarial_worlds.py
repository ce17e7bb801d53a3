"""Worlds made to deceive: what they promise is in them."""

from pathlib import Path

import numpy as np
import pytest

from shopkeeper.demo.omnichannel.behaviour.settings import Switches, morning, open_retailer
from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.effects.channels import channel_effects
from shopkeeper.demo.omnichannel.effects.reruns import run, side_by_side, stage_of
from shopkeeper.demo.omnichannel.oracles.practice import practise
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.truth import Identity
from shopkeeper.paths import Home


def test_one_phone_stands_on_half_of_a_small_worlds_accounts() -> None:
    accounts = practise(read("one_phone"), 21, 300, 3).tables["accounts"]
    shared = (accounts["phone_key"].drop_null().to_numpy() == 5_000).sum()
    assert 0.35 < shared / accounts.num_rows < 0.65


def test_many_twins_share_a_birth_date_and_a_household() -> None:
    usual, many = (
        practise(read(name), 22, 3_000, 1).tables["persons"].to_pandas() for name in (None, "twins")
    )
    twins = many[many["twin_of"].notna()]
    assert len(twins) > 5 * usual["twin_of"].notna().sum() > 0
    other = many.loc[twins["twin_of"].astype(int)]
    assert (twins["household_id"].to_numpy() == other["household_id"].to_numpy()).all()
    assert (twins["birth_date"].to_numpy() == other["birth_date"].to_numpy()).all()


def test_a_missing_source_is_silent_for_its_days_alone(tmp_path: Path) -> None:
    file = tmp_path / "silent.yml"
    file.write_text("dirt: {missing_system: pos, missing_from_day: 3, missing_days: 4}\n")
    home = Home(tmp_path / "home")
    drop(home, read(str(file)), 23, 600, date_of(9))
    dropped = {path.name[14:22] for path in (home.inbox / "pos").glob("receipt_lines_*")}
    assert dropped == {f"{date_of(day):%Y%m%d}" for day in range(10) if not 3 <= day < 7}


def test_drift_makes_everybody_shun_what_is_dear() -> None:
    retailer = open_retailer(read("drift"), 24, 10)
    assert morning(retailer, 180).slope_factor == 1.0
    assert morning(retailer, 364).slope_factor == pytest.approx(np.exp(0.004 * 184))


@pytest.mark.slow
def test_simpsons_world_reverses_when_markets_are_pooled() -> None:
    world = stage_of(Identity(25, 1_500, read("simpson")), 1_500, {}, 45)
    people, state = side_by_side(world, 1)
    seen = np.zeros(people.count, int)
    total = np.zeros(people.count)

    def watch(_, did, net) -> None:
        nonlocal total
        total += net
        np.add.at(seen, did.ads.row, 1)

    run(world, people, state, range(45), Switches(), watch)
    exposed, british = seen >= 3, people.market == 1
    assert total[exposed].mean() < total[~exposed].mean()
    assert channel_effects(world, 30).shapley[:, 1:4].sum() > 0
    assert exposed[british].mean() > 2 * exposed[~british].mean()

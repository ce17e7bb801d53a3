"""One small world, lived once for all workers, with all its files and its truth; what comes once comes early."""

import os
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.paths import Home

PERSONS, DAYS, SEED = 700, 45, 14
DIRT = {"truncated_day": 8, "wrong_zone_from_day": 14, "currency_day": 24, "migration_day": 31,
        "restated_file": 0.05, "personal_data_in_url": 0.05}  # fmt: skip
PARAMETERS = read().model_copy(
    update={
        "dirt": read().dirt.model_copy(update=DIRT),
        "programme": read().programme.model_copy(update={"from_day": 38}),
    }
)


@dataclass(frozen=True)
class Shop:
    """The small world's home and its truth."""

    home: Home
    truth: TruthFolder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    base: Path = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "omnichannel" / "home"
    root.parent.mkdir(exist_ok=True)
    with root.with_name("lock").open("w") as lock:
        flock(lock, LOCK_EX)
        drop(Home(root), PARAMETERS, SEED, PERSONS, date_of(DAYS - 1))
    return Shop(Home(root), TruthFolder(root))

"""One small world, lived once: 700 persons for 80 days, with all its files and its truth."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shopkeeper.demo.omnichannel.command import Dropped, drop
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.paths import Home

PERSONS, DAYS, SEED = 700, 80, 11


@dataclass(frozen=True)
class Shop:
    """The small world's home, its truth, and what one call dropped."""

    home: Home
    truth: TruthFolder
    dropped: Dropped


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root: Path = tmp_path_factory.mktemp("omnichannel") / "home"
    home = Home(root)
    dropped = drop(home, read(), SEED, PERSONS, date_of(DAYS - 1))
    return Shop(home, TruthFolder(root), dropped)

"""What nothing new touches is reused with its verdict, and equals a complete build."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.shop.commands import Shop
from tests.shop.toys import FIRST_DAY, SECOND_DAY, Day, customer
from tests.shop.weeks import hashes

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.paths import Home


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("nursery"), "toy_everything")
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def first_day(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("first_day") / "home"
    refreshes(nursery, home, FIRST_DAY)
    return home


@pytest.fixture
def home(first_day: Path, tmp_path: Path) -> Path:
    shutil.copytree(first_day, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def refreshes(nursery: Nursery, home: Path, day: Day, **options: bool) -> dict[str, Any]:
    """Drop files, refresh and return the manifest."""
    for place, rows in day.items():
        Shop("toy_everything", home).drops(place, rows)
    child = nursery.refresh(home, **options)
    assert child.end() == 0, child.message
    told: dict[str, Any] = json.loads((home / "published/current/manifest.json").read_text())
    return told


def arrivals(seed: int) -> list[Day]:
    """Return the second day's files in a random order, one to three at a time."""
    draw = random.Random(seed)
    files = list(SECOND_DAY.items())
    draw.shuffle(files)
    groups: list[Day] = []
    while files:
        count = draw.randint(1, 3)
        groups.append(dict(files[:count]))
        files = files[count:]
    return groups


def ends_as_built_whole(nursery: Nursery, home: Path, seed: int) -> None:
    for group in arrivals(seed):
        told = refreshes(nursery, home, group)
        assert "v000001" in told["judged"].values()
    found = hashes(home)
    refreshes(nursery, home, {}, full=True)
    assert hashes(home) == found


def test_what_is_taken_over_is_what_would_be_built(nursery: Nursery, home: Path) -> None:
    ends_as_built_whole(nursery, home, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
def test_any_arrivals_end_as_built_whole(nursery: Nursery, home: Path, seed: int) -> None:
    ends_as_built_whole(nursery, home, seed)


def test_a_quiet_table_keeps_the_version_that_judged_it(nursery: Nursery, home: Path) -> None:
    told = refreshes(nursery, home, {"crm/customers_2.csv": [customer("K9", "H2")]})
    judged = {name.split(".")[2]: version for name, version in told["judged"].items()}
    assert (judged["fct_transaction_lines"], judged["dim_customers"]) == ("v000001", "v000002")
    assert told["steps"]["serve"]["reused"] > 0


def test_a_verdict_names_the_version_that_reached_it(nursery: Nursery, home: Path) -> None:
    refreshes(nursery, home, {"erp/sellers_2.csv": SECOND_DAY["erp/sellers_2.csv"]})
    rules = json.loads((home / "published/current/gates/features.json").read_text())["rules"]
    assert {rule["judged_in"] for rule in rules} == {"v000001"}
    assert (home / "published/current/docs/gates/index.html").exists()


def test_an_untouched_step_is_not_performed(nursery: Nursery, home: Path) -> None:
    told = refreshes(nursery, home, {"erp/sellers_2.csv": SECOND_DAY["erp/sellers_2.csv"]})
    reused = {name for name, facts in told["steps"].items() if facts.get("reused") == "v000001"}
    assert reused == {"resolve", "segment_customers", "attribute_sales"}


def test_a_feed_that_stopped_is_judged_again(nursery: Nursery, home: Path) -> None:
    refreshes(nursery, home, {"crm/customers_2.csv": [customer("K9", "H2")]})
    rules = json.loads((home / "published/current/gates/sources.json").read_text())["rules"]
    aged = {rule["contract"] for rule in rules if rule["rule"] == "feed_age_days_is_within_its_limit"}
    assert "web.orders" in aged


def test_a_verdict_without_a_base_blocks_publishing(nursery: Nursery, home: Path) -> None:
    Shop("toy_everything", home).drops("erp/sellers_2.csv", SECOND_DAY["erp/sellers_2.csv"])
    killed = nursery.refresh(home, until="document")
    assert killed.end() != 0
    build = next(Home(home).builds.iterdir())
    reused = build / "dbt" / "serve" / "reused.json"
    told = json.loads(reused.read_text())
    next(iter(told.values()))["judged_in"] = "v000007"
    reused.write_text(json.dumps(told))
    with pytest.raises(UserError, match="does not bear that out"):
        warehouse.publish(Home(home), build.name)

"""What nothing new touches is reused with its verdict, and equals a complete build."""

import json
import random
import shutil
from collections.abc import Callable
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

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nursery(nurseries: Callable[[str], Nursery]) -> Nursery:
    return nurseries("toy_everything")


@pytest.fixture(scope="module")
def first_day(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("first_day") / "home"
    refreshes(nursery, home, FIRST_DAY)
    return home


@pytest.fixture
def home(first_day: Path, tmp_path: Path) -> Path:
    shutil.copytree(first_day, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def with_a_customer(nursery: Nursery, first_day: Path) -> Path:
    """The first day's home after a refresh to which only a customer's record was new."""
    home = first_day.with_name("with_a_customer")
    shutil.copytree(first_day, home, symlinks=True)
    refreshes(nursery, home, {"crm/customers_2.csv": [customer("K9", "H2")]})
    return home


@pytest.fixture(scope="module")
def with_a_seller(nursery: Nursery, first_day: Path) -> Path:
    """The first day's home after a refresh to which only a seller's record was new."""
    home = first_day.with_name("with_a_seller")
    shutil.copytree(first_day, home, symlinks=True)
    refreshes(nursery, home, {"erp/sellers_2.csv": SECOND_DAY["erp/sellers_2.csv"]})
    return home


def published(home: Path, name: str) -> Any:
    """Return a JSON file of the published version."""
    return json.loads((home / "published/current" / name).read_text())


def refreshes(nursery: Nursery, home: Path, day: Day, **options: bool) -> dict[str, Any]:
    """Drop files, refresh and return the manifest."""
    for place, rows in day.items():
        Shop("toy_everything", home).drops(place, rows)
    child = nursery.refresh(home, **options)
    assert child.end() == 0, child.message
    told: dict[str, Any] = published(home, "manifest.json")
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


def test_a_quiet_table_keeps_the_version_that_judged_it(with_a_customer: Path) -> None:
    told = published(with_a_customer, "manifest.json")
    judged = {name.split(".")[2]: version for name, version in told["judged"].items()}
    assert (judged["fct_transaction_lines"], judged["dim_customers"]) == ("v000001", "v000002")
    assert told["steps"]["serve"]["reused"] > 0


def test_a_feed_that_stopped_is_judged_again(with_a_customer: Path) -> None:
    rules = published(with_a_customer, "gates/sources.json")["rules"]
    aged = {rule["contract"] for rule in rules if rule["rule"] == "feed_age_days_is_within_its_limit"}
    assert "web.orders" in aged


def test_a_verdict_names_the_version_that_reached_it(with_a_seller: Path) -> None:
    rules = published(with_a_seller, "gates/features.json")["rules"]
    assert {rule["judged_in"] for rule in rules} == {"v000001"}
    assert (with_a_seller / "published/current/docs/gates/index.html").exists()


def test_an_untouched_step_is_not_performed(with_a_seller: Path) -> None:
    steps = published(with_a_seller, "manifest.json")["steps"]
    reused = {name for name, facts in steps.items() if facts.get("reused") == "v000001"}
    assert reused == {"resolve", "segment_customers", "attribute_sales"}


def test_a_verdict_without_a_base_blocks_publishing(nursery: Nursery, home: Path) -> None:
    Shop("toy_everything", home).drops("erp/sellers_2.csv", SECOND_DAY["erp/sellers_2.csv"])
    killed = nursery.refresh(home, until="document")
    assert killed.end() != 0
    build = next(Home(home).builds.iterdir())
    reused = build / "dbt" / "serve" / "reused.json"
    sound = reused.read_text()
    told = json.loads(sound)
    next(iter(told.values()))["judged_in"] = "v000007"
    reused.write_text(json.dumps(told))
    with pytest.raises(UserError, match="does not bear that out"):
        warehouse.publish(Home(home), build.name)
    reused.write_text(sound)
    verdict = build / "gates" / "features.json"
    told = json.loads(verdict.read_text())
    next(rule for rule in told["rules"] if rule["judged_in"])["observed"] = "0 of 7,000 rows"
    verdict.write_text(json.dumps(told))
    with pytest.raises(UserError, match=r"features\..*does not bear that out"):
        warehouse.publish(Home(home), build.name)

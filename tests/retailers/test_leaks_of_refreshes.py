"""Nothing outside vault and inbox names a person, whatever befalls the files that name him and their refreshes."""

import gzip
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.plugins.pipeline.processes import Child, Nursery
from tests.shop.commands import Shop
from tests.shop.leaks import Planted, leaks
from tests.shop.planted import DAY_ONE, DAY_TWO, Person, Persons, account, customer, order

from shopkeeper.landing import read_receipts, read_refusal, refusal_ids
from shopkeeper.paths import Home

pytestmark = pytest.mark.slow

COUNTS = [2_000, pytest.param(10_000, marks=pytest.mark.soak)]


@dataclass(frozen=True)
class Named:
    """A shop whose customers are planted, after its first day, and what to look for."""

    shop: Shop
    persons: Persons
    planted: Planted
    nursery: Nursery

    def copied(self, folder: Path) -> "Named":
        """Return a copy of the shop, to be disturbed."""
        shop = Shop(self.shop.retailer, folder / "home")
        shutil.copytree(self.shop.home, shop.home, symlinks=True)
        return Named(shop, self.persons, self.planted, self.nursery)

    def told(self, child: Child) -> set[str]:
        """Return the planted values in what a refresh says in the end."""
        return self.planted.found_in([child.message])

    def leaks(self, searched: "Named | None" = None) -> dict[str, set[str]]:
        """Return where planted values are; not in what was copied from a shop that was searched."""
        return leaks(self.shop.home, self.planted, searched.shop.home if searched else None)


@pytest.fixture(scope="module", params=COUNTS)
def named(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    nurseries: Callable[[str], Nursery],
) -> Named:
    persons = Persons(request.param)
    planted = Planted(persons.identifiers)
    assert len(planted.values) == request.param
    shop, nursery = Shop("omnichannel", tmp_path_factory.mktemp("named") / "home"), nurseries("omnichannel")
    drop(shop, persons, DAY_ONE)
    child = nursery.refresh(shop.home)
    assert child.end() == 0, child.message
    return Named(shop, persons, planted, nursery)


def drop(shop: Shop, persons: Persons, day: int) -> None:
    for place, rows in persons.files(day).items():
        shop.drops(place, rows)
    for file in shop.home.glob("inbox/crm/customers_*"):
        file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))


def test_after_a_refresh_nothing_names_a_person(named: Named) -> None:
    assert named.shop.asks("select count(*) from core.fct_transactions") == [
        (len(named.persons.of_day(DAY_ONE)),)
    ]
    assert named.leaks() == {}


def test_after_a_killed_refresh_nothing_names_a_person(named: Named, tmp_path: Path) -> None:
    killed = named.copied(tmp_path)
    drop(killed.shop, killed.persons, DAY_TWO)
    child = named.nursery.refresh(killed.shop.home)
    assert child.wait_for("standardize"), child.message
    child.sleep(0.5)
    assert child.kill() == -signal.SIGKILL
    assert list(killed.shop.home.glob("build/v*/warehouse.duckdb"))
    assert killed.leaks(named) == {}


def test_after_a_failed_landing_and_gate_nothing_names_a_person(named: Named, tmp_path: Path) -> None:
    failed = named.copied(tmp_path)
    drop_what_fails(failed.shop, failed.persons)
    landing = named.nursery.refresh(failed.shop.home, step="land")
    kill_a_parser(landing)
    child = named.nursery.refresh(failed.shop.home)
    assert child.end() == 3, child.message
    assert "repeated_key_rate" in child.message
    assert failed.told(child) == set()
    home = Home(failed.shop.home)
    assert {read_refusal(home, each)["table"] for each in refusal_ids(home)} >= {"products", "customers"}
    assert any(receipt.quarantined_count for receipt in read_receipts(home))
    assert failed.leaks(named) == {}


def drop_what_fails(shop: Shop, persons: Persons) -> None:
    """Drop files that name persons where they should not, and cannot be read, or repeat what has come."""
    one, other, *more = persons.of_day(DAY_TWO)
    bad = [
        customer(each, opened=each.phone, customer_no="" if each.number % 3 else "X") for each in more[:40]
    ]
    shop.drops("crm/customers_bad.csv", [*bad, *(customer(each) for each in more[40:60])])
    nested = [account(each, DAY_TWO, name={"full": each.name}, more=[each.email]) for each in more[:20]]
    shop.drops("web_shop/accounts_nested.jsonl", [*nested, *(account(each, DAY_TWO) for each in more[20:40])])
    inbox = shop.home / "inbox"
    listed = "\n".join(",".join(each.identifiers[:4]) for each in more[:50])
    for system, name in (
        ("crm", "customers_headless.csv"),
        ("pos", "receipts_wrong.csv"),
        ("erp", "products_wrong.parquet"),
    ):
        (inbox / system).mkdir(exist_ok=True)
        (inbox / system / name).write_text(listed, encoding="utf-8")
    packed = gzip.compress(listed.encode())
    (inbox / "crm" / "customers_cut.csv").write_bytes(packed[: len(packed) // 2])
    (inbox / "crm" / "customers_binary.csv").write_bytes(listed.encode("utf-16")[1:])
    for person, place in ((one, "customers"), (other, "customers_again")):
        name_a_file(inbox / "crm", place, person)
    again = [order(each, DAY_ONE) | {"coupon_id": "again"} for each in persons.of_day(DAY_ONE)]
    shop.drops(f"web_shop/orders_{one.phone}.jsonl", again)


def name_a_file(folder: Path, place: str, person: Person) -> None:
    """Drop files whose names name a person."""
    for value in (person.email, person.phone.replace(" ", "")):
        (folder / f"{place}_{value}.csv").write_text("nothing\n")


def kill_a_parser(landing: Child) -> None:
    """Kill the first process that parses."""
    killed = False
    while not killed and psutil.pid_exists(landing.pid):
        with suppress(psutil.Error):
            for process in psutil.Process(landing.pid).children(recursive=True):
                if process.parent() != psutil.Process(landing.pid):
                    process.kill()
                    killed = True
    landing.end()

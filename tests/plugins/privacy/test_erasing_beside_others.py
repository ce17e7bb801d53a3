"""Readers go on while a person is erased; who writes waits, or is refused in one line; nothing of her is left."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pyarrow.parquet as pq
import pytest
from tests.plugins.privacy.corner_shop import ANNA, ANNAS, CornerShop
from tests.shop.leaks import Planted, leaks

from shopkeeper import privacy, warehouse
from shopkeeper.cli.privacy import finish_killed
from shopkeeper.console.reader import Reader
from shopkeeper.errors import Fenced
from shopkeeper.paths import PrivacyPaths
from shopkeeper.pipeline.guard import step, writing
from shopkeeper.privacy import Named
from shopkeeper.privacy.work import Work
from shopkeeper.warehouse import tokens

HER, HIM = Named(system="crm", number="M-1042"), Named(system="crm", number="M-1043")
CUSTOMERS = "select count(*) as n from core.dim_customers where customer_id in ('M-1042', 'M-1043')"
SECONDS = 60.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def erase(town: CornerShop, named: Named = HER) -> privacy.Erasure:
    return privacy.erase(town.home, named, "a steward", "she asked for it")


def held_of_anna(town: CornerShop) -> dict[str, set[str]]:
    return leaks(town.home.root, Planted([ANNA, ANNAS, "M-1042", "W-9-Anna"]))


@contextmanager
def halfway(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let an erasure stop where all is written and nothing is in its place; go on at the end of the block."""
    written, may_go_on, flush = threading.Event(), threading.Event(), Work.flush

    def wait(work: Work) -> None:
        flush(work)
        written.set()
        assert may_go_on.wait(SECONDS)

    monkeypatch.setattr(Work, "flush", wait)
    try:
        yield written
    finally:
        may_go_on.set()


def test_readers_go_on_while_somebody_is_erased(
    town: CornerShop, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(town.home)
    with warehouse.connect_published(town.home) as opened:
        with halfway(monkeypatch) as written:
            erasure = pool.submit(erase, town)
            assert written.wait(SECONDS)
            finish_killed(town.home)
            assert reader.rows("v000002", CUSTOMERS).rows == [{"n": 2}]
            assert warehouse.query(town.home, CUSTOMERS).to_pylist() == [{"n": 2}]
        erasure.result(SECONDS)
        assert opened.execute(CUSTOMERS).fetchall() == [(2,)]
    assert reader.rows("v000002", CUSTOMERS).rows == [{"n": 1}]
    assert warehouse.query(town.home, CUSTOMERS).to_pylist() == [{"n": 1}]
    assert held_of_anna(town) == {}


def test_a_second_erasure_waits_for_the_first(
    town: CornerShop, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with halfway(monkeypatch) as written:
        first = pool.submit(erase, town)
        assert written.wait(SECONDS)
        with pytest.raises(
            Fenced, match=r"^an erasure \(process \d+\) is under way; run again when it has ended$"
        ):
            privacy.finish(town.home, seconds=0)
        second = pool.submit(erase, town, HIM)
        with pytest.raises(Fenced, match="erasure"), writing_at_once(town, monkeypatch):
            pass
    assert [first.result(SECONDS).number, second.result(SECONDS).number] == [1, 2]
    assert warehouse.query(town.home, CUSTOMERS).to_pylist() == [{"n": 0}]
    assert town.faults() == ()
    assert not PrivacyPaths(town.home.privacy).work.exists()


@contextmanager
def writing_at_once(town: CornerShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin what a step of a refresh begins with, but do not wait for half an hour."""
    monkeypatch.setattr("shopkeeper.pipeline.guard.ALONE_SECONDS", 0.0)
    with writing(town.home):
        yield


def test_a_step_at_work_ends_before_somebody_is_erased(town: CornerShop, pool: ThreadPoolExecutor) -> None:
    build = tokens.name_of(tokens.take(town.home))
    town.home.build(build).scores.mkdir(parents=True)
    beginning, may_end = threading.Event(), threading.Event()

    @step
    def score(home: object, build_id: str) -> dict[str, object]:
        beginning.set()
        assert may_end.wait(SECONDS)
        left = town.home.build(build_id).score("left")
        pq.write_table(pq.read_table(town.home.version("v000002").score("customer_identities")), left)
        return {}

    at_work = pool.submit(score, town.home, build)
    assert beginning.wait(SECONDS)
    erasure = pool.submit(erase, town)
    wait_until_fenced(town, build)
    assert not erasure.done()
    may_end.set()
    at_work.result(SECONDS)
    erasure.result(SECONDS)
    assert held_of_anna(town) == {}
    with pytest.raises(Fenced, match="gives way"):
        score(town.home, build)
    assert held_of_anna(town) == {}


def wait_until_fenced(town: CornerShop, build: str) -> None:
    until = time.monotonic() + SECONDS
    with pytest.raises(Fenced):
        while time.monotonic() < until:
            warehouse.require_newest(town.home, build)
            time.sleep(0.01)

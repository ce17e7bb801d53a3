"""The inbox's watcher announces what arrives, once, and only while no refresh is under way."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk._shared.module_loading import import_string

from shopkeeper.orchestration import inbox_trigger
from shopkeeper.orchestration.inbox_trigger import ANNOUNCED, InboxTrigger
from shopkeeper.settings import settings


class Store:
    """Airflow's store of one asset's states."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.held.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        self.held[key] = value


class Grocer:
    """A grocer whose inbox is watched; `refreshes`: how many are under way."""

    def __init__(self, home: Path) -> None:
        self.home, self.store, self.refreshes = home, Store(), 0

    def drops(self, name: str) -> Path:
        path = self.home / "inbox" / "pos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("product_id\n1\n")
        return path

    def events(self, looks: int = 6) -> list[int]:
        """Return how many files each event names, of a trigger that looks so many times."""
        trigger = InboxTrigger()
        trigger.asset_state_store = self.store  # type: ignore[assignment]
        found: list[int] = []

        async def listen() -> None:
            async for event in trigger.run():
                found.append(event.payload["files"])

        async def listen_for_a_while() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(listen(), looks * inbox_trigger.LOOK_SECONDS)

        asyncio.run(listen_for_a_while())
        return found


@pytest.fixture
def grocer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grocer]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPKEEPER_WATCH_SECONDS", "0.01")
    monkeypatch.setattr(inbox_trigger, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(inbox_trigger, "HANDOVER_SECONDS", 0.05)
    settings.cache_clear()
    found = Grocer(tmp_path)
    monkeypatch.setattr(inbox_trigger, "_is_under_way", lambda: found.refreshes > 0)
    yield found
    settings.cache_clear()


def test_files_that_arrive_are_one_event(grocer: Grocer) -> None:
    grocer.drops("products_1.csv")
    grocer.drops("products_2.csv")
    assert grocer.events() == [2]
    assert len(grocer.store.held[ANNOUNCED]) == 2


def test_a_triggerer_that_starts_again_announces_nothing_twice(grocer: Grocer) -> None:
    grocer.drops("nobody_knows_me.csv")
    assert grocer.events() == [1]
    assert grocer.events() == []
    grocer.drops("products_1.csv")
    assert grocer.events() == [1]


def test_files_wait_while_a_refresh_is_under_way(grocer: Grocer) -> None:
    grocer.refreshes = 1
    grocer.drops("products_1.csv")
    assert grocer.events() == []
    grocer.refreshes = 0
    assert grocer.events() == [1]


def test_a_refresh_queued_behind_another_goes_first(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way = chain([True, False], repeat(True))
    monkeypatch.setattr(inbox_trigger, "_is_under_way", lambda: next(under_way))
    grocer.drops("products_1.csv")
    assert grocer.events() == []


def test_an_inbox_that_cannot_be_read_is_looked_at_again(
    grocer: Grocer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shopkeeper.landing import Watch

    looks: list[float] = []
    look = Watch.is_due

    def fails_twice(watch: Watch, now: float) -> bool:
        looks.append(now)
        if len(looks) < 3:
            raise OSError(5, "Input/output error")
        return look(watch, now)

    monkeypatch.setattr(Watch, "is_due", fails_twice)
    grocer.drops("products_1.csv")
    assert grocer.events(10) == [1]


def test_airflow_makes_the_trigger_again_from_its_path() -> None:
    path, arguments = InboxTrigger().serialize()
    assert isinstance(import_string(path)(**arguments), InboxTrigger)


def test_the_refresh_watches_the_inbox(bag: Any) -> None:
    condition = bag.dags["refresh_warehouse"].timetable.asset_condition
    watched = {
        asset.name: [watcher.name for watcher in asset.watchers] for _, asset in condition.iter_assets()
    }
    assert watched == {"inbox": ["inbox"]}

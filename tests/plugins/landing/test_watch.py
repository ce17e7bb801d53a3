"""Files that arrive are announced once: complete ones, a burst at once, and again when they change."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper import landing
from shopkeeper.landing.inbox.watch import MOST_SECONDS
from shopkeeper.paths import Home

QUIET = 5.0


class Inbox:
    """A grocer's inbox under watch, with a clock that the test sets."""

    def __init__(self, home: Home) -> None:
        self.home, self.now = home, 100.0
        self.watch = landing.Watch(home, QUIET)

    def drops(self, name: str, content: str = "product_id\n1\n") -> Path:
        path = self.home.inbox / "pos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def announced(self, seconds: float) -> list[int]:
        """Return how many files each announcement of the next seconds names; one look a second."""
        found = []
        for _ in range(int(seconds)):
            self.now += 1
            if self.watch.is_due(self.now):
                found.append(self.watch.announce())
        return found


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    yield Inbox(Home(tmp_path / "grocer"))


def test_an_empty_or_missing_inbox_announces_nothing(inbox: Inbox) -> None:
    assert inbox.announced(60) == []
    inbox.home.inbox.mkdir(parents=True)
    assert inbox.announced(60) == []


def test_a_dropped_file_is_announced_once_within_a_minute(inbox: Inbox) -> None:
    inbox.drops("products_2017.csv")
    assert inbox.announced(60) == [1]
    assert inbox.announced(600) == []


def test_a_burst_of_hundred_files_is_announced_at_once(inbox: Inbox) -> None:
    found = []
    for number in range(20):
        for till in range(5):
            inbox.drops(f"transactions_{number}_{till}.csv")
        found += inbox.announced(1)
    assert [*found, *inbox.announced(60)] == [100]


def test_a_burst_without_end_waits_no_longer_than_its_limit(inbox: Inbox) -> None:
    found, began = [], inbox.now
    while not found:
        inbox.drops(f"transactions_{inbox.now:.0f}.csv")
        found = inbox.announced(1)
        assert inbox.now - began < 60, "files that keep arriving must not keep the first one waiting"
    assert inbox.now - began >= MOST_SECONDS


def test_a_file_that_is_still_open_is_not_announced(inbox: Inbox) -> None:
    path = inbox.drops("products_2017.csv")
    with path.open("a") as writer:
        assert inbox.announced(300) == []
        writer.write("2\n")
    assert inbox.announced(60) == [1]


def test_an_upload_that_stalls_does_not_hold_back_others(inbox: Inbox) -> None:
    with inbox.drops("products_2017.csv").open("a"):
        assert inbox.announced(60) == []
        inbox.drops("products_2018.csv")
        assert inbox.announced(60) == [1]
    assert inbox.announced(60) == [1]


def test_a_file_that_grows_waits_until_it_rests(inbox: Inbox) -> None:
    path = inbox.drops("products_2017.csv")
    for number in range(20):
        time.sleep(0.005)
        path.write_text(f"product_id\n{number}\n")
        assert inbox.announced(4) == []
    assert inbox.announced(60) == [1]


def test_a_file_written_again_is_announced_again(inbox: Inbox) -> None:
    inbox.drops("products_2017.csv")
    assert inbox.announced(60) == [1]
    time.sleep(0.005)
    inbox.drops("products_2017.csv", "product_id\n1\n2\n")
    assert inbox.announced(60) == [1]


def test_hidden_and_unfinished_uploads_are_not_announced(inbox: Inbox) -> None:
    for name in (".products.csv", "products.csv.part", "products.csv.tmp"):
        inbox.drops(name)
    assert inbox.announced(60) == []


def test_what_a_landing_has_taken_is_not_announced(inbox: Inbox) -> None:
    path = inbox.drops("products_2017.csv")
    assert inbox.announced(QUIET - 1) == []
    path.unlink()
    assert inbox.announced(60) == []


def test_a_watch_that_starts_again_remembers_what_it_announced(inbox: Inbox) -> None:
    inbox.drops("nobody_knows_me.csv")
    assert inbox.announced(60) == [1]
    inbox.watch = landing.Watch(inbox.home, QUIET, inbox.watch.announced)
    assert inbox.announced(60) == []


def test_only_files_that_are_still_there_are_remembered(inbox: Inbox) -> None:
    for number in range(50):
        inbox.drops(f"products_{number}.csv")
    assert inbox.announced(60) == [50]
    for path in (inbox.home.inbox / "pos").iterdir():
        path.unlink()
    inbox.announced(1)
    assert inbox.watch.announced == set()


def test_a_clock_that_was_set_announces_nothing_twice(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.drops("products_2017.csv")
    assert inbox.announced(60) == [1]
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert inbox.announced(60) == []

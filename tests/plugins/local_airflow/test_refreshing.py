"""A refresh from a terminal joins the run that takes its files, waits for one that does not, or starts one."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from shopkeeper.local_airflow import progress, refreshing
from shopkeeper.local_airflow.client import TaskState
from shopkeeper.paths import Home
from shopkeeper.settings import settings


class Airflow:
    """An Airflow whose runs end when they are followed; `landed`: those whose landing has begun."""

    def __init__(self, runs: list[str], landed: set[str]) -> None:
        self.runs, self.landed, self.started = runs, landed, list[bool]()

    def unfinished_runs(self) -> list[str]:
        return list(self.runs)

    def tasks(self, run_id: str) -> list[TaskState]:
        return [TaskState("land", None, 1.0 if run_id in self.landed else None, None, 1)]

    def trigger(self, full: bool) -> str:
        self.started.append(full)
        self.runs.append("manual")
        return "manual"


class Terminal:
    """A terminal at a grocer's home, and what it was shown."""

    def __init__(self, home: Home) -> None:
        self.home, self.console = home, Console(file=StringIO(), width=200)

    def finds(self, airflow: Airflow) -> str | None:
        return refreshing._run_for_the_inbox(self.home, airflow, self.console)  # type: ignore[arg-type]

    @property
    def shown(self) -> str:
        file: Any = self.console.file
        return str(file.getvalue())


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()

    def ends(airflow: Airflow, run_id: str, console: Console) -> tuple[str, list[TaskState]]:
        airflow.runs.remove(run_id)
        return "success", []

    monkeypatch.setattr(progress, "follow", ends)
    yield Terminal(Home(tmp_path))
    settings.cache_clear()


def test_with_no_run_under_way_a_new_one_starts(terminal: Terminal) -> None:
    airflow = Airflow([], set())
    assert terminal.finds(airflow) == "manual"
    assert airflow.started == [False]
    assert terminal.shown == ""


def test_a_run_that_has_not_landed_is_joined(terminal: Terminal) -> None:
    airflow = Airflow(["asset_1"], set())
    assert terminal.finds(airflow) == "asset_1"
    assert airflow.started == []
    assert "follows run asset_1" in terminal.shown


def test_of_two_runs_the_one_still_to_land_is_joined(terminal: Terminal) -> None:
    airflow = Airflow(["asset_1", "nightly"], {"asset_1"})
    assert terminal.finds(airflow) == "nightly"


def test_behind_a_run_that_has_landed_a_new_one_starts(terminal: Terminal) -> None:
    airflow = Airflow(["asset_1"], {"asset_1"})
    assert terminal.finds(airflow) == "manual"
    assert "queued behind run asset_1" in terminal.shown


def test_no_second_run_if_the_first_took_all(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "has_work", lambda home: False)
    airflow = Airflow(["asset_1"], {"asset_1"})
    assert terminal.finds(airflow) is None
    assert airflow.started == []


def test_a_full_refresh_says_behind_which_run_it_waits(terminal: Terminal) -> None:
    airflow = Airflow(["asset_1"], set())
    assert refreshing._new_run(airflow, terminal.console, full=True) == "manual"  # type: ignore[arg-type]
    assert airflow.started == [True]
    assert "queued behind run asset_1" in terminal.shown

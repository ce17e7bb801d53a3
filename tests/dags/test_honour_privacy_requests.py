"""The nightly requests of persons: one task, red if one was refused."""

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.settings import settings


@pytest.fixture
def honour(bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task's own function, in a home of its own."""
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield bag.dags["honour_privacy_requests"].get_task("honour_privacy_requests").python_callable
    settings.cache_clear()


def test_requests_are_honoured_before_the_refresh_of_the_night(bag: Any) -> None:
    dag = bag.dags["honour_privacy_requests"]
    assert dag.task_ids == ["honour_privacy_requests"]
    assert dag.timetable.summary == "0 2 * * *"


def test_a_night_without_requests_is_green(honour: Any) -> None:
    assert honour() == {}


def test_a_refused_request_is_red_and_has_an_outcome(honour: Any, tmp_path: Path) -> None:
    paths = PrivacyPaths(Home(tmp_path).privacy)
    paths.requests.mkdir(parents=True)
    (paths.requests / "monday.csv").write_text(
        "request_id,kind,system,number,token,requested_at,reason\nQ1,erase,pos,1042,,2025-01-03,asked\n"
    )
    with pytest.raises(AirflowFailException, match="1 requests were refused, first: "):
        honour()
    assert paths.outcome("Q1").exists()
    assert honour() == {}

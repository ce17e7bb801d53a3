"""The monthly verification: one task, red if a file differs from what was written."""

import logging
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from shopkeeper.settings import settings


@pytest.fixture
def verify(bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task's own function, in a home of its own."""
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield bag.dags["verify_storage"].get_task("verify_storage").python_callable
    settings.cache_clear()


def test_storage_is_verified_once_a_month_in_one_task(bag: Any) -> None:
    dag = bag.dags["verify_storage"]
    assert dag.task_ids == ["verify_storage"]
    assert dag.timetable.summary == "0 6 1 * *"


def test_a_home_without_damage_is_green(verify: Any) -> None:
    assert verify() == {"batches": 0, "refused_files": 0, "versions": 0}


def test_damage_is_red_at_once_and_logged_line_by_line(
    verify: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for place, content in (("raw/pos/products/1.json", ""), ("published/v000001/manifest.json", "{")):
        file = tmp_path / place
        file.parent.mkdir(parents=True)
        file.write_text(content)
    with (
        caplog.at_level(logging.ERROR),
        pytest.raises(AirflowFailException, match=r"3 faults, first: .*1\.json"),
    ):
        verify()
    assert [record.message.split(" ")[0].rpartition("/")[2] for record in caplog.records] == [
        "1.json",
        "manifest.json",
        "current",
    ]

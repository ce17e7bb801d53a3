"""The daily maintenance: one task that waits for a refresh, and Airflow's history after it."""

import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException

from shopkeeper.files import exclusive
from shopkeeper.orchestration import history
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def maintain(bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The task's own function, in a home of its own."""
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path / "logs"))
    settings.cache_clear()
    yield bag.dags["maintain_storage"].get_task("maintain_storage").python_callable
    settings.cache_clear()


def test_storage_is_maintained_daily_in_one_task(bag: Any) -> None:
    dag = bag.dags["maintain_storage"]
    assert dag.task_ids == ["maintain_storage"]
    assert dag.timetable.summary == "0 5 * * *"
    assert dag.dag_id == history.DAG_ID
    assert "guides/runbooks/restore-a-home.md" in dag.doc_md


def test_a_maintenance_logs_and_returns_what_it_removed(
    maintain: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = tmp_path / "logs" / "dag_id=refresh_warehouse" / "1.log"
    old.parent.mkdir(parents=True)
    old.write_text("done")
    os.utime(old, (0, 0))
    with caplog.at_level(logging.INFO):
        assert maintain() == {"log files": 1}
    assert "removed log files: 1, with 0 records and 4 bytes" in caplog.text
    assert not old.parent.exists()


def test_a_maintenance_waits_for_a_refresh(maintain: Any, tmp_path: Path) -> None:
    with (
        exclusive(Home(tmp_path).refresh_lock, 0, is_shared=True),
        pytest.raises(AirflowRescheduleException),
    ):
        maintain()


def test_history_is_cleaned_beside_the_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: started.append(command))
    for dag_id in ("refresh_warehouse", "maintain_storage"):
        history.on_dag_run_success(SimpleNamespace(dag_id=dag_id))
    assert started == [history.COMMAND]

"""The process behind the console: what tasks need is imported before workers fork; each log shows how its component ended."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopkeeper.local_airflow import run_facts, runs, server

NEEDED = (
    "airflow",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "duckdb",
    "great_expectations",
    "pyarrow",
    "sklearn",
)


@pytest.mark.slow
def test_what_steps_import_is_imported_before_workers_fork() -> None:
    code = f"import importlib, sys\nfor name in {server.WARM!r}: importlib.import_module(name)\n"
    code += f"print('missing:', [name for name in {NEEDED!r} if name not in sys.modules])"
    warmed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert warmed.stdout.splitlines()[-1] == "missing: []"


def test_a_failed_component_leaves_status_and_reason_in_its_log(
    tmp_path: Path,
) -> None:
    def fails() -> None:
        raise RuntimeError("the till is closed")

    status = server._wait(server._fork(fails, tmp_path / "scheduler.log"))
    assert status == 1
    assert "the till is closed" in (tmp_path / "scheduler.log").read_text()


def test_a_component_that_ends_well_leaves_status_0_and_output(tmp_path: Path) -> None:
    status = server._wait(server._fork(lambda: print("migrated"), tmp_path / "migration.log"))
    assert (status, (tmp_path / "migration.log").read_text()) == (0, "migrated\n")


CHILDREN = """
import os, time
from shopkeeper.local_airflow import server

assert server._ended_child() is None, "a server all of whose components died goes on"
if not (pid := os.fork()):
    os._exit(3)
while not (ended := server._ended_child()):
    time.sleep(0.01)
assert ended == (pid, 3)
assert server._ended_child() is None
"""


def test_a_server_whose_components_all_died_goes_on() -> None:
    subprocess.run([sys.executable, "-c", CHILDREN], check=True)


@pytest.fixture
def metadata() -> Iterator[None]:
    """Airflow's tables in a database of the test's own."""
    from airflow import settings
    from airflow.models import import_all_models
    from airflow.models.base import Base

    import_all_models()
    Base.metadata.create_all(settings.engine)
    yield
    Base.metadata.drop_all(settings.engine)


def test_an_airflow_that_starts_trusts_nothing_that_its_predecessor_left(metadata: None) -> None:
    from airflow.jobs.job import Job
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with create_session() as session:
        session.add(DagBundleModel(name="dags-folder"))
        session.flush()
        job = Job(job_type="SchedulerJob", state="running", latest_heartbeat=tomorrow, hostname="till")
        dag = DagModel(dag_id="refresh_warehouse", bundle_name="dags-folder", is_stale=False)
        session.add_all([job, dag])
    server._close_last_run()
    with create_session() as session:
        assert session.query(Job).one().state == "failed"
        assert session.query(DagModel).one().is_stale


def test_a_run_goes_on_after_the_clock_is_set_back(metadata: None) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    with create_session() as session:
        for run_id, state, asked in (
            ("was_at_work", "running", later),
            ("was_waiting", "queued", later),
            ("is_over", "success", later),
            ("is_wanted_in_an_hour", "queued", now),
        ):
            run = DagRun("refresh_warehouse", run_id, run_after=later, run_type="manual", state=state)
            run.queued_at = asked
            session.add(run)
    server._release_runs()
    with create_session() as session:
        due = {run.run_id for run in session.query(DagRun) if run.run_after <= datetime.now(UTC)}
    assert due == {"was_at_work", "was_waiting"}


def test_a_queued_run_says_behind_which_run(metadata: None) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    due = datetime.now(UTC)
    with create_session() as session:
        for number, state in enumerate(("success", "queued", "running")):
            after = due + timedelta(seconds=number)
            session.add(
                DagRun("refresh_warehouse", f"run_{state}", run_after=after, run_type="manual", state=state)
            )
    assert {run.run_id: run.behind for run in runs.recent_runs()} == {
        "run_success": None,
        "run_queued": "run_running",
        "run_running": None,
    }
    facts = run_facts.run_facts("run_queued")
    assert facts is not None and facts.behind == "run_running"

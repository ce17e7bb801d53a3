"""The process that runs Airflow's components for one home (`python -m …local_airflow.server LOGS`).

Imports Airflow once and forks. The scheduler imports what steps need before it forks its workers, so that a
task starts in 0.2 s instead of importing for 10. A component that dies is started again (`components`).
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper import startup
from shopkeeper.local_airflow.components import Components
from shopkeeper.paths import AirflowPaths
from shopkeeper.pipeline import registry

LOOK_SECONDS = 1.0
GRAPH_SECONDS = 120.0
COMPONENTS = ("api-server", "dag-processor", "scheduler", "triggerer")
JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
"""The type of each component's job in Airflow's database."""

SHARED = (
    "airflow.api_fastapi.execution_api.app",
    "airflow.jobs.dag_processor_job_runner",
    "airflow.jobs.triggerer_job_runner",
)
"""Imported before the components fork, so that they share its memory: 140 MB less in all."""

WARM = ("airflow.executors.local_executor", "shopkeeper.orchestration.dag_tasks", *registry.modules())
ARGUMENTS = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}
"""Airflow's log servers would listen on every address; the UI reads the logs from disk instead."""


def serve(logs: Path, components: tuple[str, ...] = COMPONENTS) -> int:
    """Migrate the metadata database, and keep the components running until they are asked to end."""
    from airflow import __main__ as command_line

    places = AirflowPaths(logs.parent)

    def run(*arguments: str) -> None:
        sys.argv = ["airflow", *arguments]
        command_line.main()

    def prepare() -> None:
        run("db", "migrate")
        _close_last_run()
        _release_runs()

    if _wait(_fork(prepare, places.log("migration"))) != 0:
        return 1
    startup.warm(SHARED)
    _forget_old_protocols()
    startup.freeze()

    def start(name: str, again: bool) -> int:
        return _fork(lambda: _start(name, run, places, again), places.log(name), again)

    kept = Components(start, components)
    signal.signal(signal.SIGTERM, lambda *_: kept.stop())
    signal.signal(signal.SIGINT, lambda *_: kept.stop())
    ahead = _clock_ahead()
    while not kept.are_over:
        if ended := _ended_child():
            kept.note_end(*ended, time.monotonic())
            continue
        time.sleep(LOOK_SECONDS)
        kept.start_due(time.monotonic())
        before, ahead = ahead, _clock_ahead()
        if ahead < before - LOOK_SECONDS:
            _fork(_release_runs, places.log("clock"))
    return kept.status


def _forget_old_protocols() -> None:
    """Keep the newest versions of the API that tasks speak, of nine.

    Each process that answers it generates routes for every version at its first request, and answers nothing
    else meanwhile: 9 s of processor time for nine versions, 3 s for three. All who ask here are of the same
    release as who answers. Airflow does not start without the third, which restores a route.
    """
    from airflow.api_fastapi.execution_api import versions
    from cadwyn import HeadVersion, Version, VersionBundle

    newest, second, third = versions.bundle.versions[:3]
    for version in versions.bundle.versions:
        for change in version.changes:
            change._bound_version_bundle = None
    versions.bundle = VersionBundle(HeadVersion(), newest, second, Version(third.value))


def _ended_child() -> tuple[int, int] | None:
    """Return the pid and status of a child that has ended; None if all live, or without children."""
    try:
        pid, code = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, os.waitstatus_to_exitcode(code)) if pid else None


def _clock_ahead() -> float:
    """Return the wall clock minus the monotonic clock; it changes only when the clock is set."""
    return time.time() - time.monotonic()


def _release_runs() -> None:
    """Release runs whose start lies in the future because the clock was set back.

    Airflow ignores a run until its start time comes again. Runs scheduled for later by a person are left
    alone.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import State
    from sqlalchemy import update

    now = datetime.now(UTC)
    with create_session() as session:
        waiting = DagRun.state.in_(State.unfinished_dr_states) & (DagRun.queued_at > now)
        session.execute(update(DagRun).where(waiting, DagRun.run_after > now).values(run_after=now))


def _close_last_run() -> None:
    """Mark the jobs of the previous Airflow as failed, and its DAGs as stale.

    Airflow would find both by comparing clock times, and the clock may have been set back since.
    """
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    _close_jobs(*JOBS.values())
    with create_session() as session:
        session.execute(update(DagModel).values(is_stale=True))


def _close_jobs(*types: str) -> None:
    """Mark running jobs of these types as failed, so that what they held is free for their successors."""
    from airflow.jobs.job import Job, JobState
    from airflow.utils.session import create_session
    from sqlalchemy import update

    theirs = (Job.state == JobState.RUNNING) & Job.job_type.in_(types)
    with create_session() as session:
        session.execute(update(Job).where(theirs).values(state=JobState.FAILED, end_date=datetime.now(UTC)))


def _start(name: str, run: Callable[..., None], places: AirflowPaths, again: bool) -> None:
    if again and name in JOBS:
        _close_jobs(JOBS[name])
    if name == "dag-processor":
        _await_graph(places)
    if name == "scheduler":
        startup.warm(WARM)
    run(name, *ARGUMENTS.get(name, []))


def _await_graph(places: AirflowPaths) -> None:
    """Wait for the graph that DAGs need, written by `up`: Airflow reads a failed DAG file again only much
    later.
    """
    until = time.monotonic() + GRAPH_SECONDS
    while not places.model_graph.exists() and time.monotonic() < until:
        time.sleep(0.1)


def _fork(action: Callable[[], None], log: Path, again: bool = False) -> int:
    """Run an action in a child process and return its pid; its output replaces a file, or follows it."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if again else os.O_TRUNC), 0o600)
        os.dup2(output, sys.stdout.fileno())
        os.dup2(output, sys.stderr.fileno())
        action()
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else int(bool(exit_.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))

"""The process that runs Airflow's components for one home (`python -m …local_airflow.server LOGS`).

Imports Airflow once and forks. The scheduler imports what steps need before it forks its workers, so that a
task starts in 0.2 s instead of importing for 10. When one component ends, all end.
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
from shopkeeper.paths import AirflowPaths
from shopkeeper.pipeline import registry

LOOK_SECONDS = 1.0
GRAPH_SECONDS = 120.0
COMPONENTS = ("api-server", "dag-processor", "scheduler")
WARM = ("airflow.executors.local_executor", "shopkeeper.orchestration.dag_tasks", *registry.modules())
ARGUMENTS = {"scheduler": ["--skip-serve-logs"]}
"""Airflow's log server would listen on every address; the UI reads the logs from disk instead."""


def serve(logs: Path, components: tuple[str, ...] = COMPONENTS) -> int:
    """Migrate the metadata database, run the components until one ends, and stop the others."""
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
    running = {
        _fork(lambda name=name: _start(name, run, places), places.log(name)): name  # type: ignore[misc]
        for name in components
    }
    signal.signal(signal.SIGTERM, lambda *_: _stop(running))
    signal.signal(signal.SIGINT, lambda *_: _stop(running))
    status, ahead = 0, _clock_ahead()
    while running:
        ended, code = os.waitpid(-1, os.WNOHANG)
        if ended in running:
            print(f"{running.pop(ended)} has ended", flush=True)
            status = status or os.waitstatus_to_exitcode(code)
            _stop(running)
        elif not ended:
            time.sleep(LOOK_SECONDS)
            before, ahead = ahead, _clock_ahead()
            if ahead < before - LOOK_SECONDS:
                _fork(_release_runs, places.log("clock"))
    return status


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
    from airflow.jobs.job import Job, JobState
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(Job).where(Job.state == JobState.RUNNING).values(state=JobState.FAILED))
        session.execute(update(DagModel).values(is_stale=True))


def _start(name: str, run: Callable[..., None], places: AirflowPaths) -> None:
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


def _fork(action: Callable[[], None], log: Path) -> int:
    """Run an action in a child process with its output in a file, and return the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
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


def _stop(running: dict[int, str]) -> None:
    for pid in running:
        os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))

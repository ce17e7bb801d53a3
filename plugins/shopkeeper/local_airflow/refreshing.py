"""Runs a refresh from a terminal: checks for work, lets Airflow do it, reports how it ended.

The only place that decides the exit status; layout belongs to `progress` and `summary`.
"""

import time
from typing import Any

from rich.console import Console

from shopkeeper.errors import UserError
from shopkeeper.local_airflow import processes, progress, summary
from shopkeeper.local_airflow.client import DAG_ID, Airflow, TaskState
from shopkeeper.paths import Home
from shopkeeper.terminal import plain

OPEN = ("new", "withdrawn")


def refresh(home: Home, full: bool = False) -> int:
    """Publish what has landed, through Airflow, and return the exit status.

    0: published, or nothing was new. Otherwise the status of what failed: 3 a gate, 75 overtaken by a newer
    refresh, 2 something that a user can cure, 1 anything else.
    """
    from shopkeeper import landing, warehouse

    console = Console()
    landing.require_one_inbox(home)
    if not full and not has_work(home):
        console.print(f"nothing is new: {_contained(home)}")
        return 0
    before = warehouse.current(home)
    began = time.monotonic()
    airflow = processes.up(home, console.print)
    console.print(f"Airflow is up at {airflow.url} ({time.monotonic() - began:.1f} s)", highlight=False)
    run_id = _new_run(airflow, console, full) if full else _run_for_the_inbox(home, airflow, console)
    if run_id is None:
        console.print(f"a refresh that was under way has taken all: {_contained(home)}")
        return 0
    started = time.monotonic()
    state, tasks = progress.follow(airflow, run_id, console)
    wall = time.monotonic() - started
    if state != "success":
        return _tell_failure(airflow, run_id, tasks, console)
    begun = airflow.result_of(run_id, "begin")
    _tell_left(airflow.result_of(run_id, "land"), console)
    if begun is None:
        is_same = warehouse.current(home) == before
        by_whom = "nothing is new" if is_same else "a refresh that was under way has published it"
        console.print(f"{by_whom}: {_contained(home)}")
        return 0
    manifest = warehouse.manifest(home, begun["build_id"])
    duration = summary.measure(airflow, run_id, tasks, wall)
    summary.show(home, manifest, duration, airflow.url, console)
    return 0


def _run_for_the_inbox(home: Home, airflow: Airflow, console: Console) -> str | None:
    """Return the run that takes what has been dropped: one that has not landed yet, or a new one.

    Waits for runs that have; None if nothing is left to do after them.
    """
    while runs := airflow.unfinished_runs():
        for run_id in runs:
            if not any(task.task_id == "land" and task.started for task in airflow.tasks(run_id)):
                console.print(plain(f"follows run {run_id}, which takes what is in the inbox"))
                return run_id
        console.print(plain(f"queued behind run {runs[0]}"))
        progress.follow(airflow, runs[0], console)
        if not has_work(home):
            return None
    return _new_run(airflow, console, full=False)


def _new_run(airflow: Airflow, console: Console, full: bool) -> str:
    """Start a run; say so if Airflow lets it wait for another one."""
    run_id = airflow.trigger(full)
    earlier = [each for each in airflow.unfinished_runs() if each != run_id]
    if earlier:
        console.print(plain(f"queued behind run {earlier[0]}"))
    return run_id


def has_work(home: Home) -> bool:
    """Whether a refresh could publish something: files, batches to add or remove, another release."""
    from shopkeeper import landing, warehouse

    if landing.waiting_files(home) or warehouse.is_outdated(home):
        return True
    return warehouse.current(home) is None or any(batch.status in OPEN for batch in warehouse.batches(home))


def _contained(home: Home) -> str:
    """Describe what the published version contains, and which batches are held."""
    from shopkeeper import warehouse

    held = len(warehouse.read_holds(home))
    apart = f" except {held} that are held, `shopkeeper batches list` names them" if held else ""
    return f"version {warehouse.current(home)} contains all batches that have landed{apart}"


def _tell_left(landed: Any, console: Console) -> None:
    """Name the files that need attention: refused ones, and those left in the inbox."""
    for line in (landed or {}).get("left", []):
        console.print(plain(f"needs a look: {line}", "yellow"))


def _tell_failure(airflow: Airflow, run_id: str, tasks: list[TaskState], console: Console) -> int:
    """Name the red tasks and raise the error of the first step that failed."""
    red = sorted((t for t in tasks if t.state == "failed"), key=lambda task: task.ended or 0)
    for task in red:
        page = f"{airflow.url}/dags/{DAG_ID}/runs/{run_id}/tasks/{task.task_id}"
        console.print(plain(f"failed: {task.task_id}, log: {page}"), soft_wrap=True)
    told = filter(None, (airflow.result_of(run_id, task.task_id, "failure") for task in red))
    # What was not run because of another task is no cause.
    said = min(told, key=lambda each: bool(each.get("is_consequence")), default=None)
    message = said["message"] if said else "a task was stopped from outside; its log says more"
    failure = UserError(f"{message} — the published version is untouched")
    failure.exit_status = said["exit_status"] if said else 1
    raise failure

"""Shows a running refresh: each step, its state and its seconds.

On a terminal one live table; elsewhere one line when a step ends. The data comes from `client`.
"""

import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table

from shopkeeper.local_airflow.client import ENDED, Airflow, TaskState
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.terminal import plain

LOOK_SECONDS = 1.0
BAD = {"failed", "upstream_failed"}
LIVE = {"running", "up_for_retry", "deferred", "up_for_reschedule"}
COLOURS = {"done": "green", "failed": "red", "running": "yellow", "retrying": "yellow"}


@dataclass(frozen=True)
class StepState:
    """One step of a run: `state` is waiting, running, retrying, done, skipped, failed or not run."""

    name: str
    state: str
    seconds: float
    folders_done: int
    folder_count: int

    @property
    def folders(self) -> str:
        """How many folders of a dbt step's models are done."""
        return f"{self.folders_done} of {self.folder_count} folders of models" if self.folder_count else ""


def follow(airflow: Airflow, run_id: str, console: Console) -> tuple[str, list[TaskState]]:
    """Show a run until it ends; return its state and its tasks. Interrupting does not stop the run."""
    told: set[str] = set()
    with ExitStack() as stack:
        live = None
        if sys.stdout.isatty():
            live = stack.enter_context(Live(console=console, refresh_per_second=4, transient=True))
        while True:
            state = airflow.run_state(run_id)
            tasks = airflow.tasks(run_id)
            steps = step_states(tasks, time.time())
            if live is not None:
                live.update(_table(steps))
            else:
                told |= _tell_ended(steps, told, console)
            if state in ENDED:
                break
            time.sleep(LOOK_SECONDS)
    if live is not None:
        console.print(_table(step_states(tasks, time.time())))
    return state, tasks


def step_states(tasks: Iterable[TaskState], now: float) -> list[StepState]:
    """Return the steps of a run in order; the folders of a dbt step are counted, not listed."""
    found: dict[str, list[TaskState]] = {name: [] for name in STEPS}
    for task in tasks:
        found.setdefault(task.task_id.split(".")[0], []).append(task)
    return [_step(name, of_step, now) for name, of_step in found.items() if of_step]


def _step(name: str, tasks: list[TaskState], now: float) -> StepState:
    states = {task.state for task in tasks}
    started = [task.started for task in tasks if task.started is not None]
    ended = [task.ended for task in tasks if task.ended is not None]
    if "failed" in states:
        state = "failed"
    elif "upstream_failed" in states:
        state = "not run"
    elif states == {"skipped"}:
        state = "skipped"
    elif states <= {"success", "skipped"}:
        state = "done"
    elif "up_for_retry" in states:
        state = "retrying"
    else:
        state = "running" if states & (LIVE | {"success"}) else "waiting"
    has_ended = state in ("done", "failed", "skipped", "not run")
    until = max(ended, default=now) if has_ended else now
    folders = [task for task in tasks if "." in task.task_id and not task.task_id.endswith(".dbt")]
    return StepState(
        name=name,
        state=state,
        seconds=max(0.0, until - min(started)) if started else 0.0,
        folders_done=sum(task.state == "success" for task in folders),
        folder_count=len(folders),
    )


def _table(steps: list[StepState]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("step", "state", "seconds", ""):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for step in steps:
        seconds = f"{step.seconds:.1f}" if step.seconds else ""
        colour = COLOURS.get(step.state, "dim")
        table.add_row(plain(step.name), plain(step.state, colour), seconds, step.folders)
    return table


def _tell_ended(steps: list[StepState], told: set[str], console: Console) -> set[str]:
    ended = [s for s in steps if s.state in ("done", "failed") and s.name not in told]
    for step in ended:
        line = f"{step.name:<18} {step.state:<8} {step.seconds:6.1f} s  {step.folders}"
        console.print(plain(line.rstrip()))
    return {step.name for step in ended}

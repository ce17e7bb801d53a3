"""The latest refreshes, read from Airflow's database by its web server."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shopkeeper.local_airflow.client import DAG_ID, UNFINISHED, TaskState, queue
from shopkeeper.local_airflow.progress import step_states

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST = 8


@dataclass(frozen=True)
class Run:
    """One run of the refresh: when, how it ended, which steps failed, and the seconds of each step."""

    run_id: str
    state: str
    kind: str
    started_at: datetime | None
    ended_at: datetime | None
    failed: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    behind: str | None = None
    """The run for whose end it waits."""

    @property
    def wall_seconds(self) -> float | None:
        """Seconds from the start to the end; None while it runs."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


def queued(session: "Session") -> dict[str, str]:
    """Return behind which run each queued one is."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    unfinished = select(DagRun.run_id, DagRun.state).where(
        DagRun.dag_id == DAG_ID, DagRun.state.in_(UNFINISHED)
    )
    found = session.execute(unfinished.order_by(DagRun.run_after)).all()
    return queue((str(run_id), str(state)) for run_id, state in found)


def recent_runs() -> list[Run]:
    """Return the latest runs, newest first."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    ours = DagRun.dag_id == DAG_ID
    with create_session() as session:
        latest = session.scalars(
            select(DagRun).where(ours).order_by(DagRun.run_after.desc()).limit(MOST)
        ).all()
        tasks = session.execute(
            select(
                TaskInstance.run_id,
                TaskInstance.task_id,
                TaskInstance.state,
                TaskInstance.start_date,
                TaskInstance.end_date,
                TaskInstance.try_number,
            ).where(TaskInstance.dag_id == DAG_ID, TaskInstance.run_id.in_([run.run_id for run in latest]))
        ).all()
        behind = queued(session)
    of_run: dict[str, list[TaskState]] = {run.run_id: [] for run in latest}
    for run_id, task_id, state, start, end, tries in tasks:
        of_run[run_id].append(TaskState(task_id, state, _seconds(start), _seconds(end), tries))
    return [
        Run(
            run_id=run.run_id,
            state=str(run.state),
            kind=str(run.run_type),
            started_at=run.start_date,
            ended_at=run.end_date,
            failed=tuple(task.task_id for task in of_run[run.run_id] if task.state == "failed"),
            seconds={step.name: step.seconds for step in step_states(of_run[run.run_id], time.time())},
            behind=behind.get(run.run_id),
        )
        for run in latest
    ]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()

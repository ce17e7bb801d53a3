"""One run of the refresh as Airflow keeps it: how each task ended, what it returned, why it failed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shopkeeper.local_airflow.client import DAG_ID
from shopkeeper.local_airflow.runs import queued
from shopkeeper.sentences import restored

FAILURE_KEY = "failure"
RETURNED_KEY = "return_value"


@dataclass(frozen=True)
class TaskFacts:
    """One task: its state, its times, the facts that it returned, and why it failed in one line."""

    state: str | None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    returned: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds from its start to its end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class RunFacts:
    """One run and its tasks by id."""

    run_id: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    tasks: dict[str, TaskFacts]
    behind: str | None = None
    """The run for whose end it waits."""

    @property
    def build_id(self) -> str | None:
        """The build that it began; None before `begin` has ended, and where nothing was new."""
        begun = self.tasks.get("begin")
        build_id = begun.returned.get("build_id") if begun else None
        return None if build_id is None else str(build_id)


def run_facts(run_id: str | None = None) -> RunFacts | None:
    """Return one run, by default the latest that has started; None for an unknown id and before the first."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        asked = select(DagRun).where(DagRun.dag_id == DAG_ID)
        latest = asked.where(DagRun.start_date.is_not(None)).order_by(DagRun.start_date.desc()).limit(1)
        run = session.scalar(latest if run_id is None else asked.where(DagRun.run_id == run_id))
        if run is None:
            return None
        told = session.execute(
            select(XComModel.task_id, XComModel.key, XComModel.value).where(
                XComModel.dag_id == DAG_ID,
                XComModel.run_id == run.run_id,
                XComModel.key.in_((RETURNED_KEY, FAILURE_KEY)),
            )
        ).all()
        tasks = session.execute(
            select(
                TaskInstance.task_id, TaskInstance.state, TaskInstance.start_date, TaskInstance.end_date
            ).where(TaskInstance.dag_id == DAG_ID, TaskInstance.run_id == run.run_id)
        ).all()
        known = {(each.task_id, each.key): XComModel.deserialize_value(each) for each in told}
        return RunFacts(
            run_id=run.run_id,
            state=str(run.state),
            started_at=run.start_date,
            ended_at=run.end_date,
            behind=queued(session).get(run.run_id),
            tasks={
                task_id: TaskFacts(
                    state=state,
                    started_at=start,
                    ended_at=end,
                    returned=_dictionary(known.get((task_id, RETURNED_KEY))),
                    failure=_failure(_dictionary(known.get((task_id, FAILURE_KEY)))),
                )
                for task_id, state, start, end in tasks
            },
        )


def _failure(told: dict[str, Any]) -> str | None:
    return restored(told["message"], told.get("said")) if told else None


def _dictionary(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}

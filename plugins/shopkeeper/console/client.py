"""What is asked of a running Airflow, through its REST API on this machine.

One method a question; how the answers are shown belongs to `progress` and `summary`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from shopkeeper.errors import UserError

DAG_ID = "refresh_warehouse"
ENDED = {"success", "failed"}
MOST_TASKS = 1000
PATIENCE = 60.0
UNANSWERED = retry_if_exception_type(httpx.TransportError)


@dataclass(frozen=True)
class TaskState:
    """One task of a run; `started` and `ended` are seconds since 1970."""

    task_id: str
    state: str | None
    started: float | None
    ended: float | None
    try_number: int


class Airflow:
    """The Airflow at one address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30.0, trust_env=False)

    def is_ready(self, since: float) -> bool:
        """Say whether the scheduler lives and has read the DAG after a moment (seconds since 1970)."""
        try:
            health = self._client.get("/api/v2/monitor/health").json()
            if health["scheduler"]["status"] != "healthy":
                return False
            found = self._get(f"/api/v2/dags/{DAG_ID}")
        except (httpx.HTTPError, KeyError, ValueError, UserError):
            return False
        parsed = _seconds(found.get("last_parsed_time"))
        beat = _seconds(health["scheduler"].get("latest_scheduler_heartbeat"))
        return parsed is not None and parsed >= since and beat is not None and beat >= since

    def trigger(self, full: bool) -> str:
        """Start a refresh and return its run's id."""
        body = {"logical_date": None, "conf": {"full": full}}
        answer = self._client.post(f"/api/v2/dags/{DAG_ID}/dagRuns", json=body, headers=self._token())
        if answer.is_error:
            raise UserError(f"Airflow refused to start a refresh: {answer.text[:300]}")
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def run_state(self, run_id: str) -> str:
        """Return ``queued``, ``running``, ``success`` or ``failed``."""
        state: str = self._get(f"/api/v2/dags/{DAG_ID}/dagRuns/{run_id}")["state"]
        return state

    def tasks(self, run_id: str) -> list[TaskState]:
        """Return every task of a run."""
        answer = self._get(f"/api/v2/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances?limit={MOST_TASKS}")
        return [
            TaskState(
                task_id=each["task_id"],
                state=each["state"],
                started=_seconds(each["start_date"]),
                ended=_seconds(each["end_date"]),
                try_number=each["try_number"],
            )
            for each in answer["task_instances"]
        ]

    def told(self, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return what a task has left for others, or None."""
        place = f"/api/v2/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._client.get(place, params={"deserialize": True}, headers=self._token())
        return (
            None if answer.status_code == httpx.codes.NOT_FOUND else answer.raise_for_status().json()["value"]
        )

    def _get(self, path: str) -> Any:
        """Ask patiently: a machine at work can let an answer wait."""
        try:
            for attempt in Retrying(
                stop=stop_after_delay(PATIENCE), wait=wait_fixed(1), retry=UNANSWERED, reraise=True
            ):
                with attempt:
                    answer = self._client.get(path, headers=self._token())
        except httpx.TransportError as error:
            raise UserError(f"Airflow at {self.url} does not answer any more; its logs say why") from error
        return answer.raise_for_status().json()

    def _token(self) -> dict[str, str]:
        if not hasattr(self, "_known"):
            self._known: str = self._client.get("/auth/token").raise_for_status().json()["access_token"]
        return {"Authorization": f"Bearer {self._known}"}


def _seconds(moment: str | None) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if moment else None

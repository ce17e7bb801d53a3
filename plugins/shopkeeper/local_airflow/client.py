"""Queries a running Airflow through its REST API on this machine.

One method per question; showing the answers belongs to `progress` and `summary`.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from shopkeeper.errors import UserError

DAG_ID = "refresh_warehouse"
ENDED = {"success", "failed"}
UNFINISHED = ("queued", "running")
MOST_TASKS = 1000
PATIENCE = 60.0
REFUSED = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}
UNANSWERED = retry_if_exception_type(httpx.TransportError)


@dataclass(frozen=True)
class TaskState:
    """One task of a run; `started` and `ended` are seconds since 1970."""

    task_id: str
    state: str | None
    started: float | None
    ended: float | None
    try_number: int


@dataclass(frozen=True)
class Login:
    """A user of one Airflow, with the password."""

    user: str
    password: str = field(repr=False)


def queue(unfinished: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return behind which run each queued one is; `unfinished`: run ids and states, the first due first."""
    in_turn = sorted(unfinished, key=lambda run: run[1] != "running")
    return {later: earlier for (earlier, _), (later, state) in pairwise(in_turn) if state == "queued"}


class Token(httpx.Auth):
    """Logs in when Airflow asks for it: at first, when a token has expired, when the clock was set back."""

    requires_response_body = True

    def __init__(self, url: str, login: Login) -> None:
        self._url, self._login = url, login
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with the previous token, and again with a new one if it is refused."""
        if not self._token:
            yield from self._log_in()
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code in REFUSED:
            yield from self._log_in()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _log_in(self) -> Generator[httpx.Request, httpx.Response, None]:
        told = {"username": self._login.user, "password": self._login.password}
        answer = yield httpx.Request("POST", f"{self._url}/auth/token", json=told)
        if answer.is_success:
            self._token = answer.json()["access_token"]


class Airflow:
    """The Airflow at one address."""

    def __init__(self, url: str, login: Login) -> None:
        self.url, self.login = url, login
        self._client = httpx.Client(base_url=url, auth=Token(url, login), timeout=30.0, trust_env=False)

    def is_ready(self) -> bool:
        """Whether the scheduler is alive and has read the DAG since this Airflow was started.

        The first request to the tasks' API makes its routes, which takes seconds: not the first task's.
        """
        try:
            self._client.get("/execution/health", auth=None)
            health = self._client.get("/api/v2/monitor/health", auth=None).json()
            if health["scheduler"]["status"] != "healthy":
                return False
            return self._get(f"/api/v2/dags/{DAG_ID}")["is_stale"] is False
        except (httpx.HTTPError, KeyError, ValueError, UserError):
            return False

    def unfinished_runs(self, *among: str) -> list[str]:
        """Return the run ids of the refreshes in these states, queued and running unless given; the first
        one first.
        """
        return [each["dag_run_id"] for each in self._unfinished(*among)]

    def queued_runs(self) -> list[str]:
        """Describe the refreshes that wait for another one, the first one first."""
        behind = queue((each["dag_run_id"], each["state"]) for each in self._unfinished())
        return [f"{run_id}: queued behind run {earlier}" for run_id, earlier in behind.items()]

    def last_run(self) -> str | None:
        """Describe the refresh that is under way, or the latest: its run id, its state, and when it began and
        ended.
        """
        latest = f"/api/v2/dags/{DAG_ID}/dagRuns?order_by=-run_after&limit=1"
        found = self._unfinished("running") or self._get(latest)["dag_runs"]
        if not found:
            return None
        run = found[0]
        moments = " to ".join(str(run[side])[:19] for side in ("start_date", "end_date") if run[side])
        return f"{run['dag_run_id']}: {run['state']}" + (f", {moments} UTC" if moments else "")

    def trigger(self, full: bool) -> str:
        """Start a refresh and return its run id.

        It takes every file that has arrived, so that files announced until now start no other one.
        """
        body = {"logical_date": None, "conf": {"full": full}}
        answer = self._client.post(f"/api/v2/dags/{DAG_ID}/dagRuns", json=body)
        if answer.is_error:
            raise UserError(f"Airflow refused to start a refresh: {answer.text[:300]}")
        self._client.delete(f"/api/v2/dags/{DAG_ID}/assets/queuedEvents")
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def run_state(self, run_id: str) -> str:
        """Return `queued`, `running`, `success` or `failed`."""
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

    def result_of(self, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return the value that a task left for others, or None."""
        place = f"/api/v2/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._client.get(place, params={"deserialize": True})
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._content(answer)["value"]

    def _unfinished(self, *among: str) -> list[dict[str, Any]]:
        states = "&".join(f"state={state}" for state in among or UNFINISHED)
        found: list[dict[str, Any]] = self._get(f"/api/v2/dags/{DAG_ID}/dagRuns?{states}&order_by=run_after")[
            "dag_runs"
        ]
        return found

    def _get(self, path: str) -> Any:
        """Get an answer patiently, since a busy machine may answer late."""
        try:
            for attempt in Retrying(
                stop=stop_after_delay(PATIENCE), wait=wait_fixed(1), retry=UNANSWERED, reraise=True
            ):
                with attempt:
                    answer = self._client.get(path)
        except httpx.TransportError as error:
            raise UserError(f"Airflow at {self.url} does not answer any more; its logs say why") from error
        return self._content(answer)

    def _content(self, answer: httpx.Response) -> Any:
        if answer.status_code in REFUSED:
            raise UserError(
                f"Airflow at {self.url} does not take the password of {self.login.user} any more; "
                "run `shopkeeper down`, then run again"
            )
        return answer.raise_for_status().json()


def _seconds(moment: str | None) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if moment else None

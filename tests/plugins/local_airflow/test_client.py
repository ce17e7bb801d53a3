"""The console logs in to Airflow, logs in again when its token has expired, and reports when it cannot."""

import json

import httpx
import pytest

from shopkeeper.errors import UserError
from shopkeeper.local_airflow.client import DAG_ID, Airflow, Login, Token

URL = "http://127.0.0.1:18999"
OWNER = Login("admin", "seven apples and a pear")


class Server:
    """An Airflow that takes one password, and of the tokens it has given only the newest."""

    def __init__(self, password: str = OWNER.password) -> None:
        self.password, self.logins, self.is_stale, self.scheduler = password, 0, False, "healthy"
        self.asked: list[tuple[str, str]] = []
        self.runs: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            told = json.loads(request.content)
            if told != {"username": "admin", "password": self.password}:
                return httpx.Response(401, json={"detail": "Invalid credentials"})
            self.logins += 1
            return httpx.Response(201, json={"access_token": f"token {self.logins}"})
        if request.url.path.endswith("/health"):
            assert "Authorization" not in request.headers, "whoever answers has not yet shown who it is"
            return httpx.Response(200, json={"scheduler": {"status": self.scheduler}})
        if request.headers["Authorization"] != f"Bearer token {self.logins}":
            return httpx.Response(403, json={"detail": "Invalid JWT token"})
        self.asked.append((request.method, request.url.path))
        if request.method == "GET" and request.url.path.endswith("/dagRuns"):
            return httpx.Response(200, json={"dag_runs": self.runs_of(request)})
        if request.url.path == f"/api/v2/dags/{DAG_ID}":
            return httpx.Response(200, json={"is_stale": self.is_stale})
        return httpx.Response(200, json={"state": "running", "dag_run_id": "manual"})

    def runs_of(self, request: httpx.Request) -> list[dict[str, str | None]]:
        """Return the runs in the states that are asked for, in the order and number asked for."""
        asked = request.url.params
        states = asked.get_list("state") or list(self.runs.values())
        found = [run_id for run_id, state in self.runs.items() if state in states]
        found = found[::-1] if asked["order_by"].startswith("-") else found
        return [
            {"dag_run_id": run_id, "state": self.runs[run_id], "start_date": None, "end_date": None}
            for run_id in found[: int(asked.get("limit", 100))]
        ]


def connected(server: Server) -> Airflow:
    airflow = Airflow(URL, OWNER)
    airflow._client = httpx.Client(
        base_url=URL, auth=Token(URL, OWNER), transport=httpx.MockTransport(server)
    )
    return airflow


def test_the_console_logs_in_once_for_many_questions() -> None:
    server = Server()
    airflow = connected(server)
    assert [airflow.run_state("manual") for _ in range(3)] == ["running"] * 3
    assert server.logins == 1


def test_a_token_that_is_no_longer_taken_is_replaced() -> None:
    server = Server()
    airflow = connected(server)
    airflow.run_state("manual")
    server.logins = 7
    assert airflow.run_state("manual") == "running"
    assert server.logins == 8


def test_a_rejected_password_is_one_line_with_the_cure() -> None:
    with pytest.raises(UserError, match="shopkeeper down") as refused:
        connected(Server("changed")).run_state("manual")
    assert OWNER.password not in str(refused.value)


@pytest.mark.parametrize(
    ("scheduler", "is_stale", "is_ready"),
    [("healthy", False, True), ("healthy", True, False), ("unhealthy", False, False)],
)
def test_airflow_is_ready_once_it_has_read_the_dag(scheduler: str, is_stale: bool, is_ready: bool) -> None:
    server = Server()
    server.scheduler, server.is_stale = scheduler, is_stale
    assert connected(server).is_ready() is is_ready


def test_a_new_run_withdraws_what_was_announced_before_it() -> None:
    server = Server()
    assert connected(server).trigger(full=False) == "manual"
    place = f"/api/v2/dags/{DAG_ID}"
    assert server.asked[-2:] == [("POST", f"{place}/dagRuns"), ("DELETE", f"{place}/assets/queuedEvents")]


def test_the_run_under_way_is_told_before_queued_ones() -> None:
    server = Server()
    server.runs = {"over": "success", "first": "queued", "at work": "running", "second": "queued"}
    airflow = connected(server)
    assert airflow.last_run() == "at work: running"
    assert airflow.queued_runs() == ["first: queued behind run at work", "second: queued behind run first"]
    server.runs = {"over": "success", "next": "queued"}
    assert (airflow.last_run(), airflow.queued_runs()) == ("next: queued", [])

"""Files that a grocer drops are published by the real scheduler, without anybody asking for it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import psutil
import pytest
from tests.shop.commands import Shop

pytestmark = [pytest.mark.scheduler, pytest.mark.slow]

SECONDS = 600.0
SETTLED = 10.0
"""Long enough for an announcement that should not come."""


class Grocer:
    """A grocer whose Airflow is up and watches the inbox."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        told = json.loads(shop.runs("status", "--json").stdout)
        self.airflow = httpx.Client(base_url=told["airflow"], trust_env=False, timeout=60)
        login = {"username": told["airflow_user"], "password": told["airflow_password"]}
        token = self.airflow.post("/auth/token", json=login).json()["access_token"]
        self.airflow.headers["Authorization"] = f"Bearer {token}"

    def runs(self) -> list[dict[str, Any]]:
        found = self.airflow.get("/api/v2/dags/refresh_warehouse/dagRuns?order_by=run_after").json()
        return list(found["dag_runs"])

    def health(self) -> dict[str, str]:
        told = self.airflow.get("/api/v2/monitor/health").json()
        return {name: part["status"] for name, part in told.items()}

    def is_healthy(self) -> bool:
        with suppress(httpx.TransportError):
            return set(self.health().values()) == {"healthy"}
        return False

    def land_has_ended(self) -> bool:
        run = self.runs()[-1]["dag_run_id"]
        place = f"/api/v2/dags/refresh_warehouse/dagRuns/{run}/taskInstances/land"
        return bool(self.airflow.get(place).json()["state"] == "success")


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grocer]:
    shop = Shop.with_project("complete_journey", tmp_path_factory.mktemp("grocer"))
    shop = replace(shop, watch_seconds="2")
    with shop.with_airflow():
        started = shop.runs("up")
        assert started.returncode == 0, started.stderr
        yield Grocer(shop)


def test_a_healthy_system_shows_every_component_healthy(grocer: Grocer) -> None:
    wait_until(grocer.is_healthy)
    assert set(grocer.health()) == {"metadatabase", "scheduler", "triggerer", "dag_processor"}


def test_later_files_are_one_more_refresh_which_a_person_joins(grocer: Grocer) -> None:
    grocer.shop.drops_weeks("1-1")
    wait_until(lambda: bool(grocer.runs()))
    wait_until(grocer.land_has_ended)
    first = grocer.runs()[0]["dag_run_id"]
    refused = replace(grocer.shop, watch_seconds="3").runs("up")
    assert refused.returncode == 2, refused.stdout
    assert f"run {first} is under way" in refused.stderr
    for week in ("2-2", "3-3"):
        grocer.shop.drops_weeks(week)
        time.sleep(3)
    assert len(grocer.runs()) == 1, "no run waits in a queue while one is under way"
    by_hand = grocer.shop.runs("refresh")
    assert by_hand.returncode == 0, by_hand.stdout + by_hand.stderr
    assert f"queued behind run {first}" in by_hand.stdout
    assert grocer.shop.published() == "v000002"
    time.sleep(SETTLED)
    assert [run["state"] for run in grocer.runs()] == ["success", "success"]


def test_a_component_that_is_killed_is_started_again(grocer: Grocer) -> None:
    record = json.loads((grocer.shop.home / "airflow" / "console.json").read_text())
    server = psutil.Process(record["pid"])
    killed = server.children()
    assert len(killed) == 4
    for component in killed:
        component.kill()
    psutil.wait_procs(killed, timeout=30)
    wait_until(lambda: len(server.children()) == 4)
    wait_until(grocer.is_healthy)
    log = (grocer.shop.home / "airflow" / "logs" / "server.log").read_text()
    for name in ("api-server", "dag-processor", "scheduler", "triggerer"):
        assert f"{name} has ended (signal 9) and is started again" in log

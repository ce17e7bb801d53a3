"""A component that dies is started again, later each time; one that cannot run ends Airflow."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from shopkeeper.local_airflow import components
from shopkeeper.local_airflow.components import START_SECONDS, WAITS, WINDOW_SECONDS, Components

NAMES = ("scheduler", "triggerer")


class Server:
    """A server whose components are processes of no program, and its clock."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, bool]] = []
        self.kept = Components(self._start, NAMES)
        self.now = time.monotonic() + START_SECONDS

    def _start(self, name: str, again: bool) -> int:
        self.starts.append((name, again))
        return 10_000_000 + len(self.starts)

    def loses(self, name: str, status: int = -signal.SIGKILL) -> None:
        pid = next(pid for pid, running in self.kept._running.items() if running == name)
        self.kept.note_end(pid, status, self.now)

    def restarts(self, after: float) -> int:
        """Return how many components are started again when so many seconds have passed."""
        before = len(self.starts)
        self.now += after
        self.kept.start_due(self.now)
        return len(self.starts) - before


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(components, "_end_orphans", lambda: None)
    return Server()


def test_a_component_that_dies_is_started_again(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.loses("scheduler")
    assert server.restarts(after=WAITS[0]) == 1
    assert server.starts[-1] == ("scheduler", True)
    assert not server.kept.are_over
    assert capsys.readouterr().out == "scheduler has ended (signal 9) and is started again in 1 s\n"


def test_each_time_it_waits_longer(server: Server) -> None:
    for wait in WAITS:
        server.loses("scheduler")
        assert server.restarts(after=wait - 0.5) == 0
        assert server.restarts(after=0.5) == 1


def test_one_that_dies_again_and_again_ends_airflow(server: Server) -> None:
    for wait in WAITS:
        server.loses("scheduler", 3)
        server.restarts(after=wait)
    server.loses("scheduler", 3)
    assert server.restarts(after=3600) == 0
    server.loses("triggerer", 0)
    assert server.kept.are_over
    assert server.kept.status == 3


def test_deaths_of_long_ago_do_not_count(server: Server) -> None:
    for _ in range(3 * len(WAITS)):
        server.loses("scheduler")
        assert server.restarts(after=WAITS[0]) == 1
        server.now += WINDOW_SECONDS


def test_one_that_cannot_even_start_ends_airflow_at_once(server: Server) -> None:
    server.now -= START_SECONDS / 2
    server.loses("triggerer", 1)
    assert server.restarts(after=60) == 0
    assert server.kept.status == 1


def test_when_airflow_is_stopped_nothing_is_started_again(server: Server) -> None:
    server.loses("triggerer")
    server.kept.stop()
    server.loses("scheduler")
    assert server.restarts(after=60) == 0
    assert server.kept.are_over
    assert server.kept.status == 0


def test_another_child_of_the_server_is_no_component(server: Server) -> None:
    server.kept.note_end(999, 0, server.now)
    assert server.restarts(after=60) == 0
    assert len(server.kept._running) == len(NAMES)


SERVER = """
import subprocess, sys, time
from shopkeeper.local_airflow import components

task = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
dead = subprocess.Popen([sys.executable, "-c", task], stdout=subprocess.PIPE, text=True)
living = subprocess.Popen(["sleep", "600"])
orphan = dead.stdout.readline().strip()
dead.kill()
dead.wait()
components._end_orphans()
print(orphan, living.pid, flush=True)
time.sleep(600)
"""


def test_what_a_dead_component_left_is_ended_and_nothing_else() -> None:
    command = [sys.executable, "-c", SERVER]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert server.stdout is not None
    pids = next(line for line in server.stdout if line.replace(" ", "").strip().isdigit())
    orphan, living = map(int, pids.split())
    try:
        until = time.monotonic() + 60
        while lives(orphan) and time.monotonic() < until:
            time.sleep(0.05)
        assert not lives(orphan)
        assert lives(living)
    finally:
        for pid in (living, server.pid):
            os.kill(pid, signal.SIGKILL)
        server.wait()


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""Keeps Airflow's components running: one that dies is started again, later each time, and not for ever.

What a component does belongs to `server`.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before a component is started again, by how often it has died within the last ten minutes."""

WINDOW_SECONDS = 600.0
START_SECONDS = 20.0
"""What dies sooner after the server's start cannot run at all: its port is taken, its settings are wrong."""


class Components:
    """The processes of one Airflow; `start` forks a component, given whether it has died before."""

    def __init__(self, start: Callable[[str, bool], int], names: Iterable[str]) -> None:
        self.status = 0
        self._start = start
        self._began = time.monotonic()
        self._is_stopping = False
        self._running = {start(name, False): name for name in names}
        self._ends: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}

    @property
    def are_over(self) -> bool:
        """Whether none runs, and none is to be started again."""
        return not self._running and not self._due

    def note_end(self, pid: int, status: int, now: float) -> None:
        """Decide what follows from the end of a process, which may be another child of the server."""
        name = self._running.pop(pid, None)
        if name is None or self._is_stopping:
            return
        _end_orphans()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        ends = self._ends[name] = [
            *(end for end in self._ends.get(name, ()) if now - end < WINDOW_SECONDS),
            now,
        ]
        if now - self._began < START_SECONDS or len(ends) > len(WAITS):
            print(f"{name} has ended ({how}), number {len(ends)} in a row: Airflow stops", flush=True)
            self.status = status or 1
            self.stop()
            return
        wait = WAITS[len(ends) - 1]
        print(f"{name} has ended ({how}) and is started again in {wait:.0f} s", flush=True)
        self._due[name] = now + wait

    def start_due(self, now: float) -> None:
        """Start the components again that have waited long enough."""
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            self._running[self._start(name, True)] = name
        if self._is_stopping:
            self.stop()

    def stop(self) -> None:
        """Ask every component to end."""
        self._is_stopping = True
        self._due.clear()
        for pid in list(self._running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _end_orphans() -> None:
    """Kill what a dead component has left, since a task would write beside its own repetition.

    They are the processes of the server's session that do not descend from the server.
    """
    server = os.getpid()
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == server and server not in _line_of(process):
                process.kill()


def _line_of(process: psutil.Process) -> set[int]:
    return {process.pid, *(each.pid for each in process.parents())}

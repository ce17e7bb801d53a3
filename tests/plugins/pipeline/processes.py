"""Refreshes as processes of their own, and a reader beside them: started, watched, paused and killed."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.shop.forks import start_forked

from shopkeeper.settings import PROJECT_ROOT

HERE = Path(__file__).parent
NURSERY = "tests.plugins.pipeline.nursery"
SECONDS = 300.0
GROCER = "complete_journey"


def environment(retailer: str) -> dict[str, str]:
    paths = os.pathsep.join((str(PROJECT_ROOT / "plugins"), str(PROJECT_ROOT)))
    return {
        **os.environ,
        "PYTHONPATH": paths,
        "SHOPKEEPER_RETAILER": retailer,
        "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
        "OMP_NUM_THREADS": "1",
    }


@dataclass
class Child:
    """One refresh in a process group of its own."""

    pid: int
    events: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    seen: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    message: str = ""
    status: int | None = None

    def wait_for(self, name: str, timeout: float = SECONDS) -> bool:
        """Wait until a step has ended; False where the process ended before."""
        while name not in self.seen and self.status is None:
            self._take(self.events.get(timeout=timeout))
        return name in self.seen

    def sleep(self, seconds: float) -> None:
        """Let the process work on for so long, or until it ends."""
        ended = threading.Event()
        ended.wait(seconds)

    def signal(self, number: int) -> None:
        """Send a signal to the whole group of a process that lives."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> int:
        """Kill the group as `kill -9` does and return how the process ended."""
        self.signal(signal.SIGKILL)
        return self.end()

    def end(self) -> int:
        """Wait for the end and return the exit status."""
        self.wait_for("exit")
        assert self.status is not None
        return self.status

    def _take(self, event: dict[str, Any]) -> None:
        self.seen.append(event["event"])
        if "seconds" in event:
            self.seconds[event["event"]] = event["seconds"]
        if "message" in event:
            self.message = event["message"]
        if event["event"] == "exit":
            self.status = event["status"]


class Nursery:
    """A warm process that forks refreshes (see `nursery.py`)."""

    def __init__(self, scratch: Path, retailer: str = GROCER) -> None:
        self._process, self._commands, told = start_forked(NURSERY, str(scratch), environment(retailer))
        self._told = os.fdopen(os.dup(told.fileno()), "rb")
        told.close()
        self._starting = threading.Lock()
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._children: dict[int, Child] = {}
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._events.get(timeout=SECONDS)["event"] == "ready"

    def refresh(self, home: Path, **request: Any) -> Child:
        """Start one refresh."""
        with self._starting:
            os.write(self._commands.fileno(), (json.dumps({"home": str(home), **request}) + "\n").encode())
            child: Child = self._events.get(timeout=SECONDS)["child"]
        return child

    def close(self) -> None:
        """End the warm process; its children must have ended."""
        self._commands.close()
        self._process.join(SECONDS)

    def _listen(self) -> None:
        for line in self._told:
            event = json.loads(line)
            if "pid" not in event:
                self._events.put(event)
                continue
            child = self._children.setdefault(event["pid"], Child(event["pid"]))
            if event["event"] == "born":
                self._events.put({"child": child})
            else:
                child.events.put(event)


class Reader:
    """A consumer who polls the published version of one home after the other (see `polling_reader.py`)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "polling_reader.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(GROCER),
            text=True,
            bufsize=1,
        )

    @contextmanager
    def watching(self, home: Path) -> Iterator[dict[str, Any]]:
        """Poll `home` during the block; its report is there when the block ends."""
        report: dict[str, Any] = {}
        self._say(f"watch {home}")
        try:
            yield report
        finally:
            self._say("rest")
            assert self._process.stdout is not None
            report.update(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the reader."""
        self._say("stop")
        self._process.wait(timeout=SECONDS)

    def _say(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")

"""A whole refresh in one process, without Airflow: the same steps in the same order.

For tests, benchmarks and machines without a scheduler; whatever only one of these wants does not belong here.
"""

import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopkeeper.paths import Home
from shopkeeper.pipeline import steps
from shopkeeper.pipeline.guard import uncollected


@dataclass(frozen=True)
class StepResult:
    """One finished step: its facts, its wall time and the most memory that the process held during it."""

    name: str
    seconds: float
    peak_memory_mb: float
    facts: dict[str, Any] | None


@dataclass(frozen=True)
class RefreshResult:
    """One finished refresh; `version` is None where nothing was new."""

    version: str | None
    results: tuple[StepResult, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """Wall time of all steps."""
        return sum(result.seconds for result in self.results)


def run(home: Home, full: bool = False, on_step: Callable[[StepResult], None] | None = None) -> RefreshResult:
    """Land what lies in the inbox and publish it as a new version.

    `on_step` hears of each step when it has ended. A step that fails raises what it raises; the published
    version is then untouched, and running again is safe.
    """
    results: list[StepResult] = []

    def perform(name: str, action: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
        _forget_peak()
        started = time.monotonic()
        facts = action()
        results.append(StepResult(name, time.monotonic() - started, _peak_memory_mb(), facts))
        if on_step is not None:
            on_step(results[-1])
        return facts

    with uncollected():
        perform("land", lambda: steps.land(home))
        begun = perform("begin", lambda: steps.begin(home, full))
        if begun is None:
            return RefreshResult(None, tuple(results))
        build_id = begun["build_id"]
        for step in steps.STEPS:
            perform(step.__name__, lambda step=step: step(home, build_id))  # type: ignore[misc]
    return RefreshResult(build_id, tuple(results))


def _forget_peak() -> None:
    """Let the kernel count this process's peak memory from here on, where it can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mb() -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

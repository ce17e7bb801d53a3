"""A whole refresh in one process, without Airflow: the same steps in the same order.

For tests, benchmarks and machines without a scheduler. Keep caller-specific behaviour out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shopkeeper.landing import dropped_files
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STEPS, modules, of_a_build
from shopkeeper.startup import forget_peak, importing, peak_memory_mb, uncollected


@dataclass(frozen=True)
class StepResult:
    """One finished step: its facts, its wall time and the peak memory of the process during it."""

    name: str
    seconds: float
    peak_memory_mb: float
    facts: dict[str, Any] | None


@dataclass(frozen=True)
class RefreshResult:
    """One finished refresh; `version` is None if nothing was new."""

    version: str | None
    results: tuple[StepResult, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """Wall time of all steps."""
        return sum(result.seconds for result in self.results)


def run(home: Home, full: bool = False, on_step: Callable[[StepResult], None] | None = None) -> RefreshResult:
    """Land what is in the inbox and publish it as a new version.

    Calls `on_step` after each step. If a step fails, its error is raised, the published version is untouched,
    and running again is safe.
    """
    return build(home, full, on_step, lands=True)


def build(
    home: Home,
    full: bool = False,
    on_step: Callable[[StepResult], None] | None = None,
    lands: bool = False,
) -> RefreshResult:
    """Publish what has already landed as a new version, like `run` without landing."""
    results: list[StepResult] = []

    def perform(name: str, action: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
        forget_peak()
        started = time.monotonic()
        facts = action()
        results.append(StepResult(name, time.monotonic() - started, peak_memory_mb(), facts))
        if on_step is not None:
            on_step(results[-1])
        return facts

    with uncollected():
        if lands:
            perform("land", lambda: _land(home))
        begun = perform("begin", lambda: STEPS["begin"].perform(home, full))
        if begun is None:
            return RefreshResult(None, tuple(results))
        build_id = begun["build_id"]
        for step in of_a_build():
            perform(step.name, lambda step=step: step.perform(home, build_id))  # type: ignore[misc]
    return RefreshResult(build_id, tuple(results))


def _land(home: Home) -> dict[str, Any] | None:
    """Land; while it waits for its parsers, import what later steps need, if there are files."""
    with importing(modules() if dropped_files(home) else ()):
        return STEPS["land"].perform(home)

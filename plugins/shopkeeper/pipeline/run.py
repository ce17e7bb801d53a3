"""A whole refresh in one process, without Airflow: the same steps in the same order.

For tests, benchmarks and machines without a scheduler. Keep caller-specific behaviour out.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

from shopkeeper.landing import dropped_files
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STEPS, Step, modules, stages_of_a_build
from shopkeeper.startup import end_with_parent, forget_peak, importing, peak_memory_mb, uncollected


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
    results: tuple[StepResult, ...] = ()
    seconds: float = 0.0
    """Wall time of all steps; those of one stage run side by side."""


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
    started = time.monotonic()

    def note(result: StepResult) -> dict[str, Any] | None:
        results.append(result)
        if on_step is not None:
            on_step(result)
        return result.facts

    with uncollected():
        if lands:
            note(_timed("land", lambda: _land(home)))
        begun = note(_timed("begin", lambda: STEPS["begin"].perform(home, full)))
        if begun is None:
            return RefreshResult(None, tuple(results), time.monotonic() - started)
        build_id = begun["build_id"]
        for stage in stages_of_a_build():
            for result in _side_by_side(stage, home, build_id):
                note(result)
    return RefreshResult(build_id, tuple(results), time.monotonic() - started)


def _side_by_side(stage: tuple[Step, ...], home: Home, build_id: str) -> list[StepResult]:
    """Perform the steps of a stage at once, each but the first in a forked process: Python uses one core."""
    first, *others = ((step.name, partial(step.perform, home, build_id)) for step in stage)
    if not others:
        return [_timed(*first)]
    with ProcessPoolExecutor(len(others), get_context("fork"), end_with_parent) as pool:
        waiting = [pool.submit(_timed, *other) for other in others]
        return [_timed(*first), *(each.result() for each in waiting)]


def _timed(name: str, action: Callable[[], dict[str, Any] | None]) -> StepResult:
    forget_peak()
    started = time.monotonic()
    facts = action()
    return StepResult(name, time.monotonic() - started, peak_memory_mb(), facts)


def _land(home: Home) -> dict[str, Any] | None:
    """Land; while it waits for its parsers, import what later steps need, if there are files."""
    with importing(modules() if dropped_files(home) else ()):
        return STEPS["land"].perform(home)

"""One line of `make bench-science`, and the fair way to measure it: a process of its own, and its processor time.

A bar in seconds is kept by the wall. On a shared machine the wall also shows the work of others; the processor
time beside it shows how much.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class BenchRow:
    """What was measured, beside what it is measured against.

    `compared_with` names the peer, the publication or the bar, with its figure; `ratio` is text that says of
    what. `peak_mb` is the most memory of a process that did only this. `holds` is None without a bar.
    """

    what: str
    ours: str
    compared_with: str
    ratio: str = ""
    peak_mb: float | None = None
    holds: bool | None = None


@dataclass(frozen=True)
class Measured:
    """The result of a function that ran alone in a fresh process; `busy` is its processor time in seconds."""

    result: object
    seconds: float
    busy: float
    peak_mb: float


def skipped(what: str, reason: str) -> BenchRow:
    """Return the line of a measurement that could not be made."""
    return BenchRow(what, "skipped", reason)


def measure(function: Callable[Given, object], *given: Given.args, **named: Given.kwargs) -> Measured:
    """Run a function (importable, with picklable arguments and result) alone in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, function, given, named).result()


def best_of(times: int, function: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result and the shortest time of several runs in this process."""
    result, seconds, _ = busy_of(times, function)
    return result, seconds


def busy_of(times: int, function: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return the result, the shortest time and the shortest processor time of several runs in this process."""
    shortest = least = float("inf")
    for _ in range(times):
        begun, busy = time.perf_counter(), time.process_time()
        result = function()
        shortest = min(shortest, time.perf_counter() - begun)
        least = min(least, time.process_time() - busy)
    return result, shortest, least


def _measured(
    function: Callable[..., object], given: tuple[object, ...], named: dict[str, object]
) -> Measured:
    begun, busy = time.perf_counter(), time.process_time()
    result = function(*given, **named)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    return Measured(result, seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

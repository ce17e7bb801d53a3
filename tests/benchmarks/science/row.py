"""One line of `make bench-science`, and the fair way to measure it: a process of its own."""

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
    what. `peak_mb` is the most memory of a process that did only this. `holds` is None where there is no bar.
    """

    what: str
    ours: str
    compared_with: str
    ratio: str = ""
    peak_mb: float | None = None
    holds: bool | None = None


@dataclass(frozen=True)
class Measured:
    """The result of a function that ran alone in a fresh process."""

    result: object
    seconds: float
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
    shortest = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        result = function()
        shortest = min(shortest, time.perf_counter() - begun)
    return result, shortest


def _measured(
    function: Callable[..., object], given: tuple[object, ...], named: dict[str, object]
) -> Measured:
    begun = time.perf_counter()
    result = function(*given, **named)
    seconds = time.perf_counter() - begun
    return Measured(result, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

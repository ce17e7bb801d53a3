"""Sends jobs to a parsing process and receives their outcomes.

Tells failures of the machine from failures caused by the file. Imported by the landing, so it stays light.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, BinaryIO, cast

from shopkeeper.landing.jobs import FileRefusal, Job, Outcome
from shopkeeper.landing.machine import MachineFault, NotParsed
from shopkeeper.landing.worker.parsing_process import how_it_ended
from shopkeeper.paths import CODE


class _Turns:
    """Lets threads run in parallel, or one of them alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work = 0
        self._for_alone = 0

    @contextmanager
    def take(self, alone: bool) -> Iterator[None]:
        with self._changed:
            self._for_alone += alone
            self._changed.wait_for(lambda: not self._at_work if alone else not self._for_alone)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._for_alone -= alone
                self._changed.notify_all()


_TURNS = _Turns()


class Parser:
    """Parses jobs one after another, each in a new process; a context manager."""

    def __init__(self) -> None:
        self._helper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Parser":
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def parse_together(self, jobs: Sequence[Job]) -> list[Outcome] | None:
        """Return the outcomes of small files that share one process; `None` if that failed for any reason.

        Each of them can then be parsed alone, so that a file that ends its process harms no other.
        """
        kind, value = self._attempt(jobs, alone=False)
        return value if kind == "parsed" else None

    def parse(self, job: Job) -> Outcome:
        """Return a job's outcome; a crash or time limit caused by the file is a refusal.

        If memory was short or the process was ended from outside, the job is tried once more while no other
        job runs. Raises `NotParsed` if that fails too, and `MachineFault`.
        """
        kind, value = self._attempt([job], alone=False)
        if kind in ("memory", "crashed", "ended"):
            kind, value = self._attempt([job], alone=True)
        match kind:
            case "machine":
                raise MachineFault(value, os.strerror(value))
            case "memory" | "ended":
                raise NotParsed(f"{value}; it stays where it is and can be tried again")
            case "crashed":
                return FileRefusal("PARSER_DIED", value)
            case "refused":
                return FileRefusal(*value)
        (outcome,) = value
        return cast("Outcome", outcome)

    def _attempt(self, jobs: Sequence[Job], alone: bool) -> tuple[str, Any]:
        with _TURNS.take(alone):
            helper = self._helper or self._start()
            try:
                pickle.dump(list(jobs), _pipe(helper.stdin))
                _pipe(helper.stdin).flush()
                answer: tuple[str, Any] = pickle.load(_pipe(helper.stdout))
                return answer
            except (EOFError, BrokenPipeError, pickle.UnpicklingError):
                self._stop()
                how = how_it_ended(helper.returncode)
                return "ended", f"its parsing process ended before it answered ({how})"

    def _start(self) -> subprocess.Popen[bytes]:
        code = f"import sys; sys.path[:0] = [{str(CODE)!r}]; "
        code += "from shopkeeper.landing.worker.parsing_process import serve; serve()"
        command = [sys.executable, "-c", code]
        self._helper = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt is for the landing, it must not refuse a file
        )
        return self._helper

    def _stop(self) -> None:
        """Close the helper's input, which ends the helper and any child it waits for."""
        if self._helper is not None:
            self._helper.communicate()
            self._helper = None


def _pipe(stream: Any) -> BinaryIO:
    if stream is None:
        raise ValueError("the helper was started without pipes")
    return stream

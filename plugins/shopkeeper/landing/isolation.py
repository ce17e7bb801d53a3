"""Each file in a process of its own, under limits of memory and time.

A helper process imports the heavy libraries once and forks a child for each job, so that a child costs
milliseconds. The helper and its child end when the landing does, however it ends.
"""

import gc
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NoReturn

from shopkeeper.errors import UserError
from shopkeeper.landing.jobs import Job, Outcome, Refusal
from shopkeeper.landing.machine import MachineFault, fault_number

_PLUGINS = Path(__file__).resolve().parents[2]


class Parser:
    """Parse jobs one after the other, each in a new process; a context manager."""

    def __init__(self) -> None:
        self._helper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Parser":
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def parse(self, job: Job) -> Outcome:
        """Return a job's outcome; a child that dies or overruns refuses the file.

        Raises ``MachineFault``, and ``UserError`` where the helper was ended from outside.
        """
        helper = self._helper or self._start()
        try:
            pickle.dump(job, _pipe(helper.stdin))
            _pipe(helper.stdin).flush()
            kind, value = pickle.load(_pipe(helper.stdout))
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self._stop()
            how = f"exit status {helper.returncode}"
            raise UserError(f"a parsing process was ended from outside ({how}); run again") from None
        if kind == "machine":
            raise MachineFault(value, os.strerror(value))
        return Refusal(*value) if kind == "refused" else value

    def _start(self) -> subprocess.Popen[bytes]:
        code = f"import sys; sys.path[:0] = [{str(_PLUGINS)!r}]; "
        code += "from shopkeeper.landing.isolation import serve; serve()"
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
        """Close the helper's input, which ends it and the child that it may wait for."""
        if self._helper is not None:
            self._helper.communicate()
            self._helper = None


def serve() -> None:
    """Answer jobs on standard input until it closes; what the helper process runs."""
    sys.meta_path.insert(0, _WithoutPandas())
    import numpy.ma  # noqa: F401 (duckdb asks for it; once here, so that no child pays for it)

    import shopkeeper.landing.parsing  # noqa: F401

    gc.freeze()

    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            job = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(_run(job), answers)
        answers.flush()


class _WithoutPandas:
    """Spare each child a second: pyarrow and duckdb import pandas to ask whether a list is a DataFrame."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)


def _run(job: Job) -> tuple[str, Any]:
    """Fork, wait for the child's answer and its end, and say how it went."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(job, writing)
    os.close(writing)
    answer, overran = b"", False
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while not overran:
            ready, _, _ = select.select([pipe, 0], [], [], job.seconds)
            if 0 in ready:
                os.kill(child, signal.SIGKILL)
                sys.exit()
            overran = not ready
            piece = pipe.read(1 << 16) if ready else b""
            answer += piece or b""
            if not piece:
                break
    if overran:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if overran:
        return "refused", ("TIME_LIMIT", f"parsing took longer than {job.seconds:g} s")
    if status or not answer:
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return "refused", (
            "PARSER_DIED",
            f"the parsing process died ({name}), its limit is {job.memory_mb} MB",
        )
    return pickle.loads(answer)


def _work(job: Job, writing: int) -> NoReturn:
    """Parse in the child and never return into the helper's code."""
    status = 1
    try:
        limit = job.memory_mb << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(_answer(job), pipe)
        status = 0
    finally:
        os._exit(status)


def _answer(job: Job) -> tuple[str, Any]:
    from shopkeeper.landing.parsing import parse

    try:
        return "parsed", parse(job)
    except MemoryError:
        return "refused", ("MEMORY_LIMIT", f"parsing needs more than {job.memory_mb} MB")
    except Exception as error:
        number = fault_number(error)
        if number is not None:
            return "machine", number
        if "Out of Memory" in str(error):
            return "refused", ("MEMORY_LIMIT", f"parsing needs more than {job.memory_mb} MB")
        message = str(error).splitlines()[0] if str(error) else ""
        return "refused", ("PARSER_FAILED", f"{type(error).__name__}: {message}")


def _pipe(stream: Any) -> BinaryIO:
    if stream is None:
        raise ValueError("the helper was started without pipes")
    return stream

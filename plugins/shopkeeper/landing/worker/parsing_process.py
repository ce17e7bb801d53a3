"""The parsing process: a helper that forks a child for one job, or for several small ones, under limits of
memory and time.

Imports the heavy libraries once, so a child costs milliseconds. The helper ends, and its child with it, when
the landing closes its input.
"""

import mmap
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from shopkeeper import startup
from shopkeeper.landing.jobs import Job
from shopkeeper.landing.machine import fault_number, is_out_of_memory
from shopkeeper.sentences import Sentence

_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT)
_STUCK_FACTOR = 20


def serve() -> None:
    """Answer jobs on standard input until it closes; the helper's main loop."""
    startup.forbid_pandas()
    import numpy.ma  # noqa: F401 (duckdb asks for it; once here, so that no child pays for it)

    import shopkeeper.landing.worker.parsing  # noqa: F401

    startup.freeze()

    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            jobs = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(_run(jobs), answers)
        answers.flush()


def _run(jobs: list[Job]) -> tuple[str, Any]:
    """Fork a child, wait for its answer and its end, and return how it went; the first job's limits count."""
    job = jobs[0]
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        return "memory", f"no process could be started for it ({error.strerror})"
    if child == 0:
        os.close(reading)
        _work(jobs, writing)
    os.close(writing)
    # The child limits its own processor time; this limit catches a child that waits forever.
    until = time.monotonic() + _STUCK_FACTOR * (job.seconds + 1)
    answer, is_stuck = b"", False
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while not is_stuck:
            ready, _, _ = select.select([pipe, 0], [], [], max(0.0, until - time.monotonic()))
            if 0 in ready:
                os.kill(child, signal.SIGKILL)
                sys.exit()
            is_stuck = not ready
            piece = pipe.read(1 << 16) if ready else b""
            answer += piece or b""
            if not piece:
                break
    if is_stuck:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    status = os.waitstatus_to_exitcode(status)
    if is_stuck:
        return "ended", f"its parsing process made no progress for {_STUCK_FACTOR} times its time limit"
    if status == -signal.SIGPROF:
        detail = Sentence("parsing took longer than {seconds:g} s of processor time", seconds=job.seconds)
        return "refused", ("TIME_LIMIT", detail)
    if status or not answer:
        has_room = usage.ru_maxrss >> 10 < 0.8 * job.memory_mb and _can_have(job.memory_mb)
        kind = "crashed" if -status in _CRASHES and has_room else "ended"
        how = {"how": how_it_ended(status), "size": job.memory_mb}
        return kind, Sentence("its parsing process died ({how}), its limit is {size} MB", **how)
    returned: tuple[str, Any] = pickle.loads(answer)
    return returned


def _can_have(memory_mb: int) -> bool:
    """Whether this machine would give a process as much memory as its limit allows."""
    try:
        mmap.mmap(-1, memory_mb << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError:
        return False
    return True


def how_it_ended(status: int | None) -> str:
    """Name the signal or exit status with which a process ended."""
    return signal.Signals(-status).name if status and status < 0 else f"exit status {status}"


def _work(jobs: list[Job], writing: int) -> NoReturn:
    """Parse in the child and never return into the helper's code."""
    status, job = 1, jobs[0]
    try:
        limit, hard = job.memory_mb << 20, resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        signal.setitimer(signal.ITIMER_PROF, job.seconds)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(_answer(jobs), pipe)
        status = 0
    finally:
        os._exit(status)


def _answer(jobs: list[Job]) -> tuple[str, Any]:
    from shopkeeper.landing.worker.parsing import parse

    try:
        return "parsed", parse(jobs)
    except Exception as error:
        if is_out_of_memory(error):
            limit = f"SHOPKEEPER_LANDING_MEMORY_MB ({jobs[0].memory_mb})"
            return "memory", f"it takes more memory than there is or {limit} allows; raise it or send parts"
        number = fault_number(error)
        if number is not None:
            return "machine", number
        # Not the error's message: it may contain values from the file.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        detail = Sentence("{where}; this is a fault of Shopkeeper, please report it", where=where)
        return "refused", ("PARSER_FAILED", detail)

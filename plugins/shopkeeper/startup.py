"""Tricks on the process, not on data: deferred or early imports, garbage collection, temporary files.

Each trick states what it saves, and was measured; add new ones only here. Keep the purpose of a process out.
"""

import ctypes
import gc
import hashlib
import importlib
import importlib.util
import marshal
import os
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

SILENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
}
"""Environment variables that stop libraries from reporting home."""

TRACKER = "ignore:resource_tracker"

_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>

BEHIND_PAGES = 10
"""The niceness of work that nobody waits for at a screen."""


def silence() -> None:
    """Stop libraries that are imported from now on from reporting home."""
    os.environ.update(SILENT)


def quiet_tracker() -> None:
    """Keep two red lines out of a green task's log: dbt's locks are never unlinked before a worker exits.

    The process that tracks them inherits the warning filters of the one that starts it.
    """
    if TRACKER not in sys.warnoptions:
        sys.warnoptions.append(TRACKER)


def warm(modules: Iterable[str]) -> None:
    """Import modules before a process forks, so that a child starts in 0.2 s instead of importing for 10."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()


@contextmanager
def importing(modules: Iterable[str]) -> Iterator[None]:
    """Import modules in a thread while this one waits for other processes; saves a year's refresh two
    seconds.
    """
    modules = list(modules)
    thread = threading.Thread(target=lambda: [importlib.import_module(module) for module in modules])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def freeze() -> None:
    """Hide imported objects from the garbage collector, which would otherwise copy their pages into each
    child.
    """
    gc.freeze()


def forbid_pandas() -> None:
    """Save each child a second: pyarrow and duckdb import pandas to ask whether a list is a DataFrame."""
    sys.meta_path.insert(0, _WithoutPandas())


class _WithoutPandas:
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)


def defer_scipy_stats() -> None:
    """Load `scipy.stats` on first use: GX imports it for two expectations, a third of its startup time."""
    if "scipy.stats" in sys.modules:
        return
    import scipy

    spec = importlib.util.find_spec("scipy.stats")
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["scipy.stats"] = module
    spec.loader.exec_module(module)
    setattr(scipy, "stats", module)  # noqa: B010


def defer_altair() -> None:
    """Load `altair` on first use, if ever: GX imports it for charts that are never drawn; saves .2 s."""
    sys.modules.setdefault("altair", _Deferred("altair"))


class _Deferred(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def name_no_flags() -> None:
    """Save each dbt command a tenth of a second: to name the module of a behaviour flag, which only its
    warnings show, dbt reads the source files of its whole call stack.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")  # type: ignore[method-assign]


def compile_templates_once(codes: dict[bytes, bytes]) -> None:
    """Look up the code of dbt's templates by their text before compiling it, a tenth of a small refresh.

    `codes`: marshalled code by the SHA-256 of the text; takes what is compiled.
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    if "compile" in vars(MacroFuzzEnvironment):
        return
    compile_ = MacroFuzzEnvironment.compile

    def compiled(self: Any, source: Any, *options: Any, **named: Any) -> Any:
        if options or named or not isinstance(source, str):
            return compile_(self, source, *options, **named)
        key = hashlib.sha256(source.encode()).digest()
        if key not in codes:
            codes[key] = marshal.dumps(compile_(self, source))
        return marshal.loads(codes[key])

    MacroFuzzEnvironment.compile = compiled  # type: ignore[assignment]


def tell_no_debug_events() -> None:
    """Drop dbt's debug events before they become messages that nobody reads, a tenth of a small refresh.

    One stays: why a model or a test ended in an error, which dbt else says only when the whole run has ended.
    """
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event
    unread = (EventLevel.DEBUG, EventLevel.TEST)

    @wraps(fire)
    def fire_read(self: Any, e: Any, level: EventLevel | None = None, *options: Any, **named: Any) -> None:
        if (level or e.level_tag()) not in unread or type(e).__name__ == "CatchableExceptionOnRun":
            fire(self, e, level, *options, **named)

    EventManager.fire_event = fire_read  # type: ignore[method-assign]


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep cyclic garbage until the work has ended: dbt and Great Expectations create objects that stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Make libraries of this process create their temporary files in a private folder instead of /tmp."""
    folder.mkdir(parents=True, exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def give_way() -> None:
    """Lower the priority of this thread and of all that it starts, so that pages answer while it works."""
    os.setpriority(os.PRIO_PROCESS, 0, BEHIND_PAGES)


def end_with_parent() -> None:
    """Have the kernel end this forked process when the one that forked it dies, however it dies."""
    with suppress(AttributeError):  # elsewhere than on Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def return_memory() -> None:
    """Hand freed memory back to the kernel: glibc and Arrow keep it, a third of what a long run held."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def forget_peak() -> None:
    """Restart the kernel's measurement of this process's peak memory, if the kernel supports it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb() -> float:
    """Return the peak memory of this process since `forget_peak`, or since its start."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

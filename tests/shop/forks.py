"""Processes forked from one that has imported the heavy libraries, which a refresh would spend half its time on.

Shopkeeper itself is imported in the fork, from the project and with the retailer that its environment names:
import none of its modules here.
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

HEAVY = (
    "dbt.cli.main",
    "dbt.adapters.duckdb.impl",
    "great_expectations.render.renderer",
    "great_expectations.render.view",
    "pyarrow.parquet",
    "rich.console",
    "scipy.stats",
    "sklearn.cluster",
    "typer",
)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([f"{__package__}.before_libraries", *HEAVY])


def run_forked(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run `shopkeeper` with these arguments and return what it said and its exit status."""
    with TemporaryDirectory() as told:
        out, err = Path(told, "out"), Path(told, "err")
        facts = (["shopkeeper", *arguments], folder, dict(environment), out, err)
        child = _FORKS.Process(target=_command, args=facts)
        child.start()
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        return subprocess.CompletedProcess(arguments, child.exitcode, out.read_text(), err.read_text())


def start_forked(
    module: str, argument: str, environment: Mapping[str, str]
) -> tuple[BaseProcess, Connection, Connection]:
    """Start `main` of a module and return the process, its standard input and its standard output."""
    theirs, ours = Pipe(duplex=False)
    told, tells = Pipe(duplex=False)
    child = _FORKS.Process(target=_serve, args=(module, argument, dict(environment), theirs, tells))
    child.start()
    theirs.close()
    tells.close()
    return child, ours, told


def _command(command: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    _become(command, environment)
    os.chdir(folder)
    importlib.import_module("shopkeeper.cli").main()


def _serve(
    module: str, argument: str, environment: dict[str, str], commands: Connection, events: Connection
) -> None:
    os.dup2(commands.fileno(), 0)
    os.dup2(events.fileno(), 1)
    for copied in (commands, events):
        copied.close()
    sys.stdin = os.fdopen(0, closefd=False)
    _become([module, argument], environment)
    importlib.import_module(module).main()


def _become(command: list[str], environment: dict[str, str]) -> None:
    sys.argv = command
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)

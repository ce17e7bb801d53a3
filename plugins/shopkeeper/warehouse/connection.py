"""Opens warehouse files: read-only, with the configured threads and memory. There is no other way to one.

Steps that produce data write Parquet into `scores/`, which dbt reads.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from uuid import uuid4

import duckdb

from shopkeeper import engine
from shopkeeper.engine import identifier, literal
from shopkeeper.errors import UserError
from shopkeeper.paths import BuildPaths, Home, home_of
from shopkeeper.warehouse import published

CONFINE = """
    set python_enable_replacements = false;
    set allow_community_extensions = false;
    set enable_external_access = false;
    set lock_configuration = true
"""
"""Closes off environment variables, other files and other settings."""

CONFINING = Lock()

DAMAGE = re.compile("Corrupt database file|Could not read|not a valid DuckDB|database does not exist")
"""DuckDB's messages for a file that was cut, changed or lost; it keeps a checksum of each block."""


@contextmanager
def telling_damage(file: Path) -> Iterator[None]:
    """Turn DuckDB's errors about a damaged warehouse file into a `UserError` with the cure."""
    try:
        yield
    except duckdb.Error as error:
        if DAMAGE.search(str(error)):
            raise published.damaged(file) from error
        raise


def connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Open one warehouse file read-only; close it before dbt opens the same file.

    Raises `UserError` if it is damaged.
    """
    with telling_damage(file):
        return engine.connect(file, spill=_spill(file))


def _spill(file: Path) -> Path:
    """Return a folder for this process alone, in its build or next to the versions, which never change.

    All connections of a process to one file must use the same folder, or DuckDB refuses the second.
    """
    build = BuildPaths(file.parent)
    home = home_of(build)
    folder = build.temp if build.root.parent == home.builds else home.spill
    folder.mkdir(parents=True, exist_ok=True)
    return folder / _name_of_process(os.getpid())


@cache
def _name_of_process(pid: int) -> str:
    """Return a name that no process of another container, nor a later process with this pid, can have."""
    return f"{pid}-{uuid4().hex}"


def connect_build(home: Home, build_id: str) -> duckdb.DuckDBPyConnection:
    """Open the warehouse of a build read-only."""
    return connect(home.build(build_id).warehouse)


def connect_published(home: Home, version: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a published version, the current one by default, read-only and without access to other files.

    Follows the link once, so that a connection sees one version even if another is published meanwhile.
    """
    name = version or published.current(home)
    if name is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    published.require(home, name)
    connection = connect(home.version(name).warehouse)
    _confine(connection)
    return connection


def connect_versions(
    home: Home, names: Iterable[str], threads: int, memory_limit: str
) -> duckdb.DuckDBPyConnection:
    """Open several published versions at once, each a read-only database of its name, without access to other
    files.

    The limits are for all of them together. Nothing is spilled, so that nothing is written. What steps
    computed is in `scores_of(name)`, a view for each file.
    """
    connection = engine.connect(threads=threads, memory_limit=memory_limit)
    readable: list[str] = []
    for name in names:
        published.require(home, name)
        places = home.version(name)
        with telling_damage(places.warehouse):
            connection.execute(f"attach {literal(str(places.warehouse))} as {identifier(name)} (read_only)")
        connection.execute(f"create schema {scores_of(name)}")
        for file in sorted(places.scores.glob("*.parquet")):
            view = f"{scores_of(name)}.{identifier(file.stem)}"
            connection.execute(f"create view {view} as select * from {engine.scan(file)}")
            readable.append(literal(str(file)))
    connection.execute(f"set allowed_paths = [{', '.join(readable)}]")
    _confine(connection)
    return connection


def scores_of(version: str) -> str:
    """Return the schema of `connect_versions` with what steps computed for a version."""
    return f"memory.{identifier(f'scores_{version}')}"


def _confine(connection: duckdb.DuckDBPyConnection) -> None:
    """Restrict a connection to its file; all connections of a process to one file share these settings."""
    with CONFINING:
        if connection.execute("select current_setting('lock_configuration')").fetchone() == (False,):
            connection.execute(CONFINE)

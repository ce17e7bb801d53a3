"""The only way to a warehouse file: read-only, with this deployment's threads and memory.

Every reader comes through here; whoever wants to write leaves Parquet in ``scores/`` for dbt.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from uuid import uuid4

import duckdb

from shopkeeper import engine
from shopkeeper.errors import UserError
from shopkeeper.paths import BuildPaths, Home, home_of
from shopkeeper.warehouse import published

CONFINE = """
    set python_enable_replacements = false;
    set allow_community_extensions = false;
    set enable_external_access = false;
    set lock_configuration = true
"""
"""No variable of this process, no other file, no other setting."""

CONFINING = Lock()

DAMAGE = re.compile("Corrupt database file|Could not read|not a valid DuckDB|database does not exist")
"""What DuckDB says of a file that was cut, changed or lost; it holds a checksum of each block."""


@contextmanager
def telling_damage(file: Path) -> Iterator[None]:
    """Raise `UserError`, which says what to do, where a warehouse file turns out to be damaged."""
    try:
        yield
    except duckdb.Error as error:
        if DAMAGE.search(str(error)):
            raise published.damaged(file) from error
        raise


def connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Open one warehouse file read-only; close it before dbt opens the same file.

    Raises `UserError` where it is damaged.
    """
    with telling_damage(file):
        return engine.connect(file, spill=_spill(file))


def _spill(file: Path) -> Path:
    """Return a folder for this process alone, in its build or beside the versions, which never change.

    All connections of a process to one file must name the same one, or DuckDB refuses the second.
    """
    build = BuildPaths(file.parent)
    home = home_of(build)
    folder = build.temp if build.root.parent == home.builds else home.spill
    folder.mkdir(parents=True, exist_ok=True)
    return folder / _name_of_process(os.getpid())


@cache
def _name_of_process(pid: int) -> str:
    """Return a name that no process of another container, nor a later one with this pid, has."""
    return f"{pid}-{uuid4().hex}"


def connect_build(home: Home, build_id: str) -> duckdb.DuckDBPyConnection:
    """Open the warehouse of a build read-only."""
    return connect(home.build(build_id).warehouse)


def connect_published(home: Home, version: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a published version read-only and nothing beside it: the current one unless named.

    The link is followed once, so that one connection sees one version whatever is published meanwhile.
    """
    name = version or published.current(home)
    if name is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    published.require(home, name)
    connection = connect(home.version(name).warehouse)
    _confine(connection)
    return connection


def _confine(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection to all but its file; all connections of a process to one file share the settings."""
    with CONFINING:
        if connection.execute("select current_setting('lock_configuration')").fetchone() == (False,):
            connection.execute(CONFINE)

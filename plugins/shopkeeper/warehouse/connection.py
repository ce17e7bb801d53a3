"""The only way to a warehouse file: read-only, with this deployment's threads and memory.

Every reader comes through here; whoever wants to write leaves Parquet in ``models/`` for dbt.
"""

import os
from functools import cache
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from shopkeeper.errors import UserError
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.settings import settings
from shopkeeper.warehouse import published


def connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Open one warehouse file read-only; close it before dbt opens the same file."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings().threads,
        "memory_limit": settings().memory_limit,
        "temp_directory": str(_spill(file)),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(str(file), read_only=True, config=config)


def _spill(file: Path) -> Path:
    """Return a folder for this process alone, in its build or beside the versions, which never change.

    All connections of a process to one file must name the same one, or DuckDB refuses the second.
    """
    home = Home(file.parents[2])
    folder = BuildPaths(file.parent).temp if file.parents[1] == home.builds else home.spill
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
    """Open a published version read-only: the current one unless named.

    The link is followed once, so that one connection sees one version whatever is published meanwhile.
    """
    name = version or published.current(home)
    if name is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    published.require(home, name)
    return connect(BuildPaths(home.versions / name).warehouse)


def query(home: Home, sql: str, version: str | None = None) -> pa.Table:
    """Run one statement on a published version and return its rows; `UserError` where it is wrong."""
    with connect_published(home, version) as connection:
        try:
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise UserError(f"the query failed: {str(error).splitlines()[0]}") from error

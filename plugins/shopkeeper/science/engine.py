"""DuckDB in memory, for the set-based work of a science function.

Only sets up such connections; warehouse files are opened in `shopkeeper.warehouse`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

MEMORY_LIMIT = "2GB"
"""The default memory limit of a function's DuckDB."""


@contextmanager
def engine(memory_limit: str = MEMORY_LIMIT, **tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that sees `tables` by name, holds `memory_limit` and spills the rest to a folder of
    its own.

    Raises `ValueError` if DuckDB cannot read the limit.
    """
    with tempfile.TemporaryDirectory() as spill, _connect(memory_limit, spill) as connection:
        connection.execute("set enable_progress_bar = false")
        for name, table in tables.items():
            connection.register(name, table)
        yield connection


def _connect(memory_limit: str, spill: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "memory_limit": memory_limit,
        "temp_directory": spill,
    }
    try:
        return duckdb.connect(config=settings)
    except duckdb.Error:
        raise ValueError(f"memory_limit is {memory_limit}; give a size such as 2GB") from None

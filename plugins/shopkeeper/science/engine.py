"""DuckDB in memory, for the set-based work of a science function.

How such a connection is set up belongs here; a warehouse file is opened in `shopkeeper.warehouse` only.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa


@contextmanager
def engine(**tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that sees `tables` by name, holds 2 GB and spills the rest to a folder of its own."""
    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(
            config={"autoinstall_known_extensions": "false", "memory_limit": "2GB", "temp_directory": spill}
        ) as connection,
    ):
        connection.execute("set enable_progress_bar = false")
        for name, table in tables.items():
            connection.register(name, table)
        yield connection

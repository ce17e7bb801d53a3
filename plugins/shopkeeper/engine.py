"""Opens DuckDB; the only way to do so: with the configured threads and memory, and no downloads.

Also quotes files and columns for SQL, since every room that uses DuckDB needs it. Light: DuckDB is imported
when a database is opened.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.settings import settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Configuration = dict[str, str | bool | int | float | list[str]]
COPY_OPTIONS = "format parquet, compression zstd"


def configuration(
    spill: Path | None = None, threads: int | None = None, memory_limit: str | None = None
) -> Configuration:
    """Return DuckDB's options for opening; without a folder to spill into, it stays within its memory."""
    return {
        "threads": threads or settings().threads,
        "memory_limit": memory_limit or settings().memory_limit,
        "temp_directory": str(spill or ""),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def connect(
    file: Path | None = None,
    *,
    spill: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    may_write: bool = False,
) -> "DuckDBPyConnection":
    """Open a database file, read-only by default, or a new database in memory if no file is named.

    The connection is a context manager.
    """
    import duckdb

    options = configuration(spill, threads, memory_limit)
    connection = duckdb.connect(
        str(file or ":memory:"), read_only=file is not None and not may_write, config=options
    )
    # A query of two seconds would draw its progress into what a command prints.
    connection.execute("pragma disable_progress_bar")  # a `set` fails once settings are locked
    return connection


def literal(text: str) -> str:
    """Quote text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def table_identifier(table: str) -> str:
    """Quote `schema.table` for SQL."""
    return ".".join(map(identifier, table.split(".", 1)))


def file_literal(path: Path) -> str:
    """Quote a file's path for SQL so that no part of it is read as a pattern."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def scan(path: Path, with_row_number: bool = False) -> str:
    """Return a Parquet file as a relation; a path such as `day=1/` adds no column to it."""
    number = ", file_row_number = true" if with_row_number else ""
    return f"read_parquet({file_literal(path)}, hive_partitioning = false{number})"

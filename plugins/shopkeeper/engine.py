"""The one way to open DuckDB: with this deployment's threads and memory, nothing fetched from outside.

How SQL names a file or a column belongs here too, since every room that asks DuckDB needs it. Light: DuckDB
is imported when a database is opened.
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
    """Return what DuckDB is told when it opens; without a folder to spill into, it keeps to its memory."""
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
    """Open a database file, read-only unless told, or, where none is named, a new one in memory.

    The connection is a context manager.
    """
    import duckdb

    told = configuration(spill, threads, memory_limit)
    return duckdb.connect(str(file or ":memory:"), read_only=file is not None and not may_write, config=told)


def literal(text: str) -> str:
    """Quote text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def table_identifier(table: str) -> str:
    """Quote ``schema.table`` for SQL."""
    return ".".join(map(identifier, table.split(".", 1)))


def file_literal(path: Path) -> str:
    """Quote a file's path for SQL, so that nothing in it is read as a pattern."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def scan(path: Path, with_row_number: bool = False) -> str:
    """Return the relation of a Parquet file; a path such as ``day=1/`` adds no column to it."""
    number = ", file_row_number = true" if with_row_number else ""
    return f"read_parquet({file_literal(path)}, hive_partitioning = false{number})"

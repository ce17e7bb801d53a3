"""Pulls the rows of a Postgres query, each once, as Parquet files of a table's feed.

A pull requests rows whose watermark is missing, or not before the last one, and drops those already seen:
`state/pulls/<feed>.parquet` holds a hash and a count of each row at the last watermark. A file is named by
the number of its pull, so that a pull repeated after a kill replaces the file and adds none.
"""

import importlib.resources
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.connectors.arrivals import replacing
from shopkeeper.connectors.sources import Pulled, PullFailed, Source
from shopkeeper.contracts import catalog
from shopkeeper.engine import COPY_OPTIONS, connect, file_literal, identifier, literal
from shopkeeper.errors import UserError, without_values
from shopkeeper.paths import Home

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from shopkeeper.retailers import TablePull

EXTENSION = "duckdb_extension_postgres_scanner"
ORDERED = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "SMALLINT", "INTEGER", "BIGINT")
"""Types that Postgres and DuckDB order alike; texts follow a collation, and numbers may lose digits."""


@dataclass(frozen=True)
class _Seen:
    """What earlier pulls have taken; `watermark` is None if no row had one."""

    pull_count: int
    watermark: str | None


def pull_rows(home: Home, feed: str, declared: "TablePull", source: Source) -> Pulled:
    """Write the rows of a query that were not pulled before to a file of the feed, if there are any."""
    system, _, table = feed.partition(".")
    places, watermark = home.pull(feed), identifier(declared.watermark)
    try:
        with connect(spill=places.spill) as connection:
            seen = _remember(connection, places.rows, declared.watermark)
            name = _file_name(system, table, seen.pull_count + 1)
            _attach(connection, source)
            kind = _read(connection, feed, declared, source, seen, places.read)
            last = "null" if seen.watermark is None else f"cast({literal(seen.watermark)} as {kind})"
            with replacing(home.inbox / system / name) as part:
                fresh = f"""
                    select * exclude (_row, _copy) from ({_numbered(f"{watermark} = {last}", watermark)})
                    anti join seen using (_row, _copy)
                    union all by name
                    select * from pulled
                    where {watermark} is not null and coalesce({watermark} > {last}, true)
                """
                count = _copy(connection, fresh, part, seen.pull_count + 1)
                if not count:
                    part.unlink()
                    return Pulled()
            latest = f"(select max({watermark}) from pulled)"
            with replacing(places.rows) as part:
                _copy(
                    connection,
                    f"""
                    select
                        _row, _copy,
                        {literal(declared.watermark)} as watermark_column,
                        coalesce(cast({latest} as varchar), {_nullable(seen.watermark)}) as watermark,
                        {seen.pull_count + 1} as pull_count
                    from (
                        select _row, _copy from ({_numbered(f"{watermark} = {latest}", watermark)})
                        union
                        select _row, _copy from seen where coalesce({latest} = {last}, {latest} is null)
                    )
                    """,
                    part,
                )
    finally:
        places.read.unlink(missing_ok=True)
    return Pulled((name,), count)


def extension() -> Path:
    """Return DuckDB's Postgres reader from the wheel of the same version as DuckDB."""
    import duckdb

    (found,) = Path(str(importlib.resources.files(EXTENSION))).glob(f"*/v{duckdb.__version__}/*")
    return found


def _remember(connection: "DuckDBPyConnection", file: Path, column: str) -> _Seen:
    """Load what was seen as the view `seen`, and return its watermark and number."""
    connection.execute("set timezone = 'UTC'")
    if not file.exists():
        connection.execute("create temp table seen (_row varchar, _copy bigint)")
        return _Seen(0, None)
    connection.execute(f"create temp view seen as from read_parquet({file_literal(file)})")
    said = "select any_value(watermark_column), any_value(watermark), any_value(pull_count) from seen"
    known_column, watermark, pull_count = connection.execute(said).fetchall()[0]
    if known_column != column:
        raise UserError(
            f"the watermark was {known_column} and is {column} now; put it back, or remove {file} to pull "
            "everything again if the table has a key"
        )
    return _Seen(pull_count, watermark)


def _attach(connection: "DuckDBPyConnection", source: Source) -> None:
    """Open the source read-only; removes the password from the engine's error messages."""
    import duckdb

    connection.load_extension(str(extension()))
    given = {
        "host": source.host,
        "port": source.port,
        "user": source.login,
        "password": source.password,
        "dbname": source.schema,
        "connect_timeout": 10,
        **{name: value for name, value in source.extra.items() if name.startswith("ssl")},
    }
    words = " ".join(f"{name}={_quoted(value)}" for name, value in given.items() if value is not None)
    try:
        connection.execute(f"attach {literal(words)} as source (type postgres, read_only)")
    except duckdb.Error as error:
        said = without_values(str(error).rpartition("failed: ")[2].partition("\n")[0])
        raise PullFailed(f"connection {source.name} does not open: {said}") from None


def _read(
    connection: "DuckDBPyConnection",
    feed: str,
    declared: "TablePull",
    source: Source,
    seen: _Seen,
    target: Path,
) -> str:
    """Read rows that may be new into a file, load it as the view `pulled` and return the watermark's type."""
    import duckdb

    watermark = identifier(declared.watermark)
    asked = f"select * from (\n{declared.query.rstrip().rstrip(';')}\n) as asked"
    if seen.watermark is not None:
        asked += f" where {watermark} >= {literal(seen.watermark)} or {watermark} is null"
    query = f"select * from postgres_query('source', {literal(asked)})"
    try:
        columns = connection.sql(query)
        types = dict(zip(columns.columns, map(str, columns.types), strict=True))
    except duckdb.Error as error:
        said = without_values(str(error).rpartition("ERROR:")[2].strip().partition("\n")[0])
        raise UserError(f"the query of {feed} does not run on {source.name}: {said}; correct it") from None
    if types.get(declared.watermark) not in ORDERED:
        raise UserError(
            f"{declared.watermark} is no watermark of {feed}: name a column of dates, times or whole numbers"
        )
    try:
        _copy(connection, query, target)
    except duckdb.Error as error:
        said = without_values(str(error).partition("\n")[0])
        raise PullFailed(f"connection {source.name} broke off: {said}") from None
    connection.execute(f"create temp view pulled as from read_parquet({file_literal(target)})")
    return types[declared.watermark]


def _numbered(condition: str, watermark: str) -> str:
    """Return a query of the pulled rows at a watermark, or without one, each with its hash and count."""
    return f"""
        select *, row_number() over (partition by _row) as _copy
        from (
            select pulled.*, sha256(cast(to_json(pulled) as varchar)) as _row
            from pulled
            where {watermark} is null or {condition}
        )
    """


def _copy(connection: "DuckDBPyConnection", query: str, target: Path, number: int = 0) -> int:
    """Write Parquet and return the row count; the pull's number distinguishes pulls with equal content."""
    options = f"{COPY_OPTIONS}, kv_metadata {{pull: '{number}'}}"
    ((count,),) = connection.execute(f"copy ({query}) to {literal(str(target))} ({options})").fetchall()
    return int(count)


def _file_name(system: str, table: str, number: int) -> str:
    file = catalog().contract(system, table).file
    if file is None or file.format != "parquet" or file.pattern.count("*") != 1:
        raise UserError(
            f"{system}.{table} is pulled as Parquet: its contract must say so, with a path such as "
            f"inbox/{system}/{table}_*.parquet"
        )
    return file.pattern.replace("*", f"{number:06d}")


def _quoted(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _nullable(text: str | None) -> str:
    return "cast(null as varchar)" if text is None else literal(text)

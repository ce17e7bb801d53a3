"""Readers' queries on a published version: one SELECT that changes nothing and reads nothing else.

Each guard is sufficient alone: DuckDB's parser must find one SELECT with known table functions; the file is
open read-only; the connection may neither open another file nor change a setting.
"""

import re
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection as Connection

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.warehouse.connection import connect_published

ALLOWED = "SELECT (or FROM), WITH, VALUES, TABLE, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN"
EXPLAIN = re.compile(r"\A\s*explain\s+(analyze\s+)?", re.IGNORECASE)
PARSE = """
    select
        parsed ->> '$.error_type',
        parsed ->> '$.error_message',
        coalesce(json_array_length(parsed, '$.statements'), 0),
        parsed ->> '$..function.function_name'
    from (select json_serialize_sql($1)::json as parsed)
"""
UNTRUE_IN_ARROW = re.compile(r"\b(UHUGEINT|BIT|BIGNUM|VARINT|TIME WITH TIME ZONE)\b")
"""Types whose values change on the way from DuckDB to Arrow: negative numbers, times without offset."""

TABLE_FUNCTIONS = {
    *("generate_series", "range", "repeat", "repeat_row", "summary", "unnest"),
    *("histogram", "histogram_values", "json_each", "json_tree"),
    *("duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_functions", "duckdb_indexes"),
    *(
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_settings",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
    ),
    *("pragma_database_size", "pragma_storage_info", "pragma_table_info", "pragma_version"),
}
"""Table functions that compute or describe; others open files, start logs, or run text as SQL."""


def query(home: Home, sql: str, version: str | None = None) -> pa.Table:
    """Run one statement on a published version and return its rows.

    Repeated column names get a number: `name_1`. Raises `UserError` if the statement is wrong or does
    anything but read.
    """
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise UserError("the query is not in UTF-8") from error
    rows = _interruptible(home, sql, version)
    return rows.rename_columns(_distinct(rows.column_names))


def _require_question(connection: Connection, sql: str) -> None:
    parsed = connection.execute(PARSE, [EXPLAIN.sub("", sql)]).fetchone()
    assert parsed is not None
    fault, message, count, functions = parsed
    if fault == "parser":
        raise UserError(f"the query failed: {message}")
    if count != 1:
        raise UserError(f"a query is one statement that begins with {ALLOWED}")
    unknown = sorted({str(name).lower() for name in functions} - TABLE_FUNCTIONS)
    if unknown:
        raise UserError(f"a query may not call {unknown[0]}(): it reads the published version alone")


def _interruptible(home: Home, sql: str, version: str | None) -> pa.Table:
    """Run a query in another thread, since DuckDB may swallow or delay Ctrl-C in the main thread."""
    answer: Future[pa.Table] = Future()
    opened: list[Connection] = []

    def ask() -> None:
        try:
            with connect_published(home, version) as connection:
                opened.append(connection)
                rows = _answer(connection, sql)
            answer.set_result(rows)
        except BaseException as error:
            answer.set_exception(error)

    asking = threading.Thread(target=ask, daemon=True)
    try:
        asking.start()
        return answer.result()
    except KeyboardInterrupt:
        # An interrupt does not reach a query that begins after it.
        while asking.is_alive():
            for connection in opened:
                with suppress(duckdb.ConnectionException):
                    connection.interrupt()
            asking.join(0.1)
        raise


def _answer(connection: Connection, sql: str) -> pa.Table:
    try:
        _require_question(connection, sql)
        relation = connection.sql(sql)
        for name, type_ in zip(relation.columns, map(str, relation.types), strict=True):
            if UNTRUE_IN_ARROW.search(type_):
                raise UserError(
                    f"column {name} is of the type {type_}, which cannot be printed; cast it to varchar"
                )
        return relation.to_arrow_table()
    except duckdb.Error as error:
        raise UserError(f"the query failed: {str(error).partition(chr(10))[0]}") from error


def _distinct(names: Sequence[str]) -> list[str]:
    taken, distinct = set(names), list[str]()
    for name in names:
        number, candidate = 0, name
        while candidate in distinct or (number and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        distinct.append(candidate)
    return distinct

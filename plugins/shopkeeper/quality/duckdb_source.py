"""DuckDB as a Great Expectations datasource: `context.data_sources.add_duckdb(name, connection_string=…)`.

GX has no DuckDB datasource, and reads results after closing their connection, which DuckDB does not allow:
one connection stays open as long as its engine. Keep rules and queries out of this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from shopkeeper import startup

startup.silence()
startup.defer_scipy_stats()
startup.defer_altair()

import sqlalchemy as sa  # noqa: E402
from great_expectations.datasource.fluent import SQLDatasource  # noqa: E402
from great_expectations.execution_engine import SqlAlchemyExecutionEngine  # noqa: E402
from great_expectations.expectations.metrics.metric_provider import metric_value  # noqa: E402
from great_expectations.expectations.metrics.query_metrics.query_table.unexpected_rows_query_table import (  # noqa: E402
    UnexpectedRowsQueryTable,
)

EngineType = type[SqlAlchemyExecutionEngine]


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine with one connection that stays open."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Yield the one connection."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        """Close the connection; an in-memory database is lost with it."""
        if self._connection is not None:
            self._connection.close()
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A datasource whose connection string is a URL of `duckdb_engine`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> EngineType:
        """The engine that GX must use."""
        return DuckDBExecutionEngine

    def get_engine(self) -> sa.Engine:
        """Return the engine's own connections, so that GX looks for an asset in the same database."""
        return self.get_execution_engine().engine


class NoUnexpectedRows(UnexpectedRowsQueryTable):
    """GX asks a rule's query twice, for its rows and for their number, and shows only the number."""

    @metric_value(engine=DuckDBExecutionEngine)
    def _none(cls, *_arguments: Any, **_options: Any) -> list[dict[str, Any]]:
        return []

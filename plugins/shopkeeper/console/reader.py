"""Queries of the pages: every version read-only in one small database engine, few at once, none for long.

The same process serves Airflow's tasks, so that a page may take little of it. What is asked is in the pages.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock, Timer
from typing import Any

import duckdb
import pyarrow as pa

from shopkeeper import warehouse
from shopkeeper.engine import identifier
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence
from shopkeeper.settings import settings

THREADS = 1
AT_ONCE = 4
SECONDS = 10.0
SCORE = re.compile(r"\bscores\.(?=\w)")
PARAMETER = re.compile(r"\$(\w+)")


class Busy(UserError):
    """Too many questions at once, or one that takes too long."""


@dataclass(frozen=True)
class Rows:
    """The rows of a query, each a dictionary by column."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class Reader:
    """Asks the published versions of one home."""

    def __init__(self, home: Home, seconds: float = SECONDS, at_once: int = AT_ONCE) -> None:
        self.home, self.seconds = home, seconds
        self._turns = BoundedSemaphore(at_once)
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._names: list[str] = []
        self._files: list[int] = []

    def rows(self, version: str, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Return the rows of one query, as `table` does."""
        with self._asked(version, sql, parameters) as found:
            columns = tuple(column[0] for column in found.description or ())
            return Rows(columns, [dict(zip(columns, row, strict=True)) for row in found.fetchall()])

    def table(self, version: str, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Return what one query finds, whose parameters are written `$name`.

        `scores.x` is what a step computed for this version. Raises `Busy` if it gets no turn or does not end
        in time, `UserError` if the version does not have what is asked.
        """
        with self._asked(version, sql, parameters) as found:
            return found.to_arrow_table()

    @contextmanager
    def _asked(
        self, version: str, sql: str, parameters: Mapping[str, Any] | None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        given = {name: (parameters or {}).get(name) for name in PARAMETER.findall(sql)}
        with self._turn(), self._cursor(version) as cursor:
            out_of_time = Timer(self.seconds, cursor.interrupt)
            out_of_time.start()
            try:
                yield cursor.execute(SCORE.sub(f"{warehouse.scores_of(version)}.", sql), given)
            except duckdb.InterruptException as error:
                raise Busy(
                    Sentence("the question took longer than {seconds:g} s; narrow it", seconds=self.seconds)
                ) from error
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise UserError(
                    Sentence("{version} does not have what this page reads; choose another", version=version)
                ) from error
            except duckdb.OutOfMemoryException as error:
                raise Busy(
                    Sentence("the question needs more memory than a page may take; narrow it")
                ) from error
            finally:
                out_of_time.cancel()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self.seconds):
            raise Busy(Sentence("too many pages are asking at once; try again in a moment"))
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def _cursor(self, version: str) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connected(version).cursor()
        try:
            cursor.execute(f"use {identifier(version)}")
            yield cursor
        finally:
            with suppress(duckdb.Error):
                cursor.close()

    def _connected(self, version: str) -> duckdb.DuckDBPyConnection:
        """Return the connection to what is published now; an open cursor keeps the one before."""
        with self._lock:
            names = warehouse.require_version(self.home, version)
            # An erasure puts another file in the place of a version's warehouse.
            files = [self.home.version(name).warehouse.stat().st_ino for name in names]
            if self._connection is None or (names, files) != (self._names, self._files):
                if self._connection is not None:
                    self._connection.close()
                limit = settings().console_memory_limit
                self._connection = warehouse.connect_versions(self.home, names, THREADS, limit)
                self._names, self._files = names, files
            return self._connection

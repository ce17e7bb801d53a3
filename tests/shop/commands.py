"""A shop with a home of its own, run as a person would: the command line in a process of its own.

A retailer's name is read once per process. With a copy of the project a test may damage that, too.
"""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from tests.shop.batches import Row
from tests.shop.forks import run_forked

from shopkeeper import warehouse
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import PROJECT_ROOT

COMMAND = "from shopkeeper.cli import main; main()"
GUARD = """
import psutil, sys
sys.stdin.read()
for process in psutil.process_iter():
    try:
        if sys.argv[1] in (file.path for file in process.open_files()):
            process.kill()
    except psutil.Error:
        pass
"""
"""The server and its children have its lock open; the environment of processes with a title is unreadable."""

SECONDS = 900.0
COPIED = ("dags", "plugins", "dbt_project", "expectations", "retailers", "docs")


@dataclass(frozen=True)
class Shop:
    """One retailer and one data home; `port`: that of his Airflow; `python`: what Shopkeeper runs on.

    `watch_seconds`: nothing but a test's own commands starts a refresh unless it is set.
    """

    retailer: str
    home: Path
    project: Path = PROJECT_ROOT
    port: int = 8080
    python: str = sys.executable
    watch_seconds: str = "0"
    more: Mapping[str, str] = field(default_factory=dict)
    """More variables of the environment."""

    @contextmanager
    def with_airflow(self) -> Iterator[None]:
        """Stop his Airflow at the end, also if this process is killed.

        A process of its own waits until this one has closed its input, and then kills what is left of it.
        """
        lock = AirflowPaths(Home(self.home).airflow).server_lock
        command = [sys.executable, "-c", GUARD, str(lock)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):
            try:
                yield
            finally:
                self.runs("down")

    @classmethod
    def with_project(cls, retailer: str, folder: Path) -> "Shop":
        """Return a shop below one folder, with a copy of the project and a free port."""
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages")
        for name in COPIED:
            shutil.copytree(PROJECT_ROOT / name, folder / "project" / name, ignore=ignored)
        return cls(retailer, folder / "home", folder / "project", free_port())

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one `shopkeeper` command and return what it said and its exit status."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        environment |= {
            "PYTHONPATH": str(self.project / "plugins"),
            "SHOPKEEPER_RETAILER": self.retailer,
            "SHOPKEEPER_HOME": str(self.home),
            "SHOPKEEPER_AIRFLOW_PORT": str(self.port),
            "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
            "SHOPKEEPER_WATCH_SECONDS": self.watch_seconds,
            **self.more,
        }
        if self.python == sys.executable:
            return run_forked(arguments, self.project, environment, SECONDS)
        command = [self.python, "-c", COMMAND, *arguments]
        return subprocess.run(
            command, cwd=self.project, env=environment, capture_output=True, text=True, timeout=SECONDS
        )

    def refreshes(self, *options: str) -> None:
        """Refresh without Airflow; it must succeed."""
        done = self.runs("refresh", "--local", *options)
        assert done.returncode == 0, done.stderr

    def drops(self, place: str, rows: Sequence[Row]) -> None:
        """Drop a file, `<system>/<name>.csv` or `.jsonl`, into the inbox."""
        file = self.home / "inbox" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".jsonl":
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            return
        with file.open("w", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def drops_weeks(self, weeks: str) -> None:
        """Drop weeks of the demo's year, as the grocer's tills would."""
        dropped = self.runs("demo", "complete-journey", "--weeks", weeks)
        assert dropped.returncode == 0, dropped.stderr

    def published(self) -> str | None:
        """Return the name of the version that readers see."""
        return warehouse.current(Home(self.home))

    def changes(self, file: str, old: str, new: str) -> None:
        """Change one place of the copied project."""
        path = self.project / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} holds {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new))

    def asks(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the published version."""
        with duckdb.connect(str(self._warehouse), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def traces(self, *words: str) -> dict[str, Any]:
        """Return what `shopkeeper trace` tells programs; it must find the row or the line."""
        done = self.runs("trace", *words, "--json")
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def contents(self, *schemas: str) -> dict[str, str]:
        """Return the content hash of each table of these schemas, whatever file its rows came from."""
        with duckdb.connect(str(self._warehouse), read_only=True) as connection:
            found = warehouse.contents(connection, ("batch_id", "source_line_number", "gone_since_date"))
            return {
                name: content.content_hash for name, content in found.items() if name.split(".")[0] in schemas
            }

    @property
    def _warehouse(self) -> Path:
        return self.home / "published" / "current" / "warehouse.duckdb"


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

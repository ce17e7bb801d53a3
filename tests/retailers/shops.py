"""A shop with a home of its own, refreshed in processes of their own, as a retailer's name is read once a process."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from shopkeeper import warehouse
from shopkeeper.settings import PROJECT_ROOT

COMMAND = (sys.executable, "-c", "from shopkeeper.cli import main; main()")
Row = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """One retailer and one data home; `command` runs Shopkeeper, the checkout's unless told."""

    retailer: str
    home: Path
    command: tuple[str, ...] = COMMAND

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one `shopkeeper` command."""
        environment = os.environ | {
            "SHOPKEEPER_RETAILER": self.retailer,
            "SHOPKEEPER_HOME": str(self.home),
            "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
            "PYTHONPATH": str(PROJECT_ROOT / "plugins") if self.command == COMMAND else "",
        }
        command = [*self.command, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

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

    def asks(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the published version."""
        with duckdb.connect(str(self._warehouse), read_only=True) as connection:
            return connection.sql(sql).fetchall()

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

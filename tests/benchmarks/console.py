"""The console while people read it and a refresh runs: `python -m tests.benchmarks.console`.

Four users open a page each every five seconds. Full refreshes of the real year, with and without them by turns,
through Airflow. Exits with 1 where a bar fails.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from tests.benchmarks.refresh import DROP, Line, as_table, environment_of, processes_of, python
from tests.shop.commands import free_port

from shopkeeper.settings import PROJECT_ROOT, settings

PAGE_MS, MEMORY_MB, REFRESH_RATIO = 300.0, 250.0, 1.15
USERS, EVERY_SECONDS, PAIRS = 4, 5.0, 3
PAGES = (
    "/",
    "/pages/segments",
    "/pages/channels",
    "/tables",
    "/tables/marts.customer_360",
    "/tables/core.fct_transaction_lines",
    "/docs",
)
Times = dict[str, list[float]]


class Grocer:
    """A grocer whose year is published, with his Airflow."""

    def __init__(self, home: Path) -> None:
        shutil.rmtree(home, ignore_errors=True)
        self.home = home
        own = {"SHOPKEEPER_AIRFLOW_PORT": str(free_port()), "SHOPKEEPER_WATCH_SECONDS": "0"}
        self.environment = {**os.environ, **environment_of(home), **own}
        python(DROP, home, 1, 53)
        self.runs("refresh")
        told = json.loads(self.runs("status", "--json"))
        self.url, self.user, self.password = (
            told[name] for name in ("airflow", "airflow_user", "airflow_password")
        )

    def runs(self, *arguments: str) -> str:
        """Run a command, which must succeed, and return what it printed."""
        command = [str(Path(sys.executable).with_name("shopkeeper")), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"shopkeeper {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def refresh_seconds(self) -> float:
        """Rebuild the year and return how long it took."""
        started = time.monotonic()
        self.runs("refresh", "--full")
        return time.monotonic() - started

    def signed_in(self) -> httpx.Client:
        """Return a browser of a user who has signed in."""
        browser = httpx.Client(base_url=self.url, trust_env=False, timeout=60)
        login = {"username": self.user, "password": self.password}
        token = browser.post("/auth/token", json=login).json()["access_token"]
        browser.headers["Authorization"] = f"Bearer {token}"
        return browser

    def web_server_mb(self) -> float:
        """Return the memory that the web server holds for itself."""
        (server,) = (p for p in processes_of(self.home) if "api_server" in " ".join(p.cmdline()))
        held: float = psutil.Process(server.pid).memory_full_info().uss / 2**20
        return held


@contextmanager
def users(grocer: Grocer, times: Times) -> Iterator[None]:
    """Let users open pages, the seconds of each into `times`, until the caller is done."""
    ended = threading.Event()

    def read(number: int) -> None:
        browser, place = grocer.signed_in(), number * 2
        ended.wait(number * EVERY_SECONDS / USERS)
        for page in itertools.islice(itertools.cycle(PAGES), place, None):
            started = time.monotonic()
            browser.get(f"/shopkeeper{page}").raise_for_status()
            seconds = time.monotonic() - started
            times[page].append(seconds)
            if ended.wait(max(0.0, EVERY_SECONDS - seconds)):
                return

    with ThreadPoolExecutor(USERS) as pool:
        readers = [pool.submit(read, number) for number in range(USERS)]
        try:
            yield
        finally:
            ended.set()
        for reader in readers:
            reader.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=settings().home / "bench-console", help="scratch folder"
    )
    folder: Path = parser.parse_args().folder.resolve()
    console, times = Console(), defaultdict[str, list[float]](list)
    grocer = Grocer(folder)
    try:
        before, most, ratios = grocer.web_server_mb(), 0.0, []
        for number in range(1, PAIRS + 1):
            alone = grocer.refresh_seconds()
            with users(grocer, times):
                beside = grocer.refresh_seconds()
            most = max(most, grocer.web_server_mb())
            ratios.append(beside / alone)
            late = max(map(late_ms, times.values()))
            console.print(
                f"{number} of {PAIRS}: alone {alone:.1f} s, with users {beside:.1f} s; "
                f"slowest page {late:.0f} ms, {most - before:.0f} MB more"
            )
    finally:
        grocer.runs("down")
    lines = [
        *(Line(f"{page}, 95th percentile", late_ms(found), "ms", PAGE_MS) for page, found in times.items()),
        Line("the web server's own memory, more than before", most - before, "MB", MEMORY_MB),
        Line("a full refresh beside users, as a multiple of one alone", statistics.median(ratios), "×", REFRESH_RATIO),
    ]  # fmt: skip
    console.print(as_table(lines, "The console beside a refresh"))
    shutil.rmtree(folder)
    return 0 if all(line.has_passed for line in lines) else 1


def late_ms(seconds: list[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    sys.exit(main())

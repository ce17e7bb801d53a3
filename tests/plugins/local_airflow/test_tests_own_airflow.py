"""What a test starts ends with it, even if the test is killed."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.shop.commands import Shop

from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import PROJECT_ROOT

KILLED = """
import subprocess, sys, time
from pathlib import Path
from tests.shop.commands import Shop
from shopkeeper.paths import AirflowPaths, Home
home = sys.argv[1]
with Shop("toy_sales_only", Path(home)).with_airflow():
    lock = AirflowPaths(Home(Path(home)).airflow).server_lock
    lock.parent.mkdir(parents=True)
    orphan = subprocess.Popen(["sleep", "600"], stdout=lock.open("w"), start_new_session=True)
    print(orphan.pid, flush=True)
    time.sleep(600)
"""
SECONDS = 60.0


def test_an_airflow_ends_with_the_test_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "home")]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) as test:
        assert test.stdout is not None
        orphan = psutil.Process(int(test.stdout.readline()))
        test.kill()
    until = time.monotonic() + SECONDS
    while orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
def test_two_homes_do_not_end_each_other(tmp_path: Path) -> None:
    lock = AirflowPaths(Home(tmp_path / "other").airflow).server_lock
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        other = subprocess.Popen(["sleep", "600"], stdout=held)
    try:
        with Shop("toy_sales_only", tmp_path / "home").with_airflow():
            pass
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()

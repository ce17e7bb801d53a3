"""The process behind the console: what tasks need is imported before workers fork; each log tells its end."""

import subprocess
import sys
from pathlib import Path

from shopkeeper.console import server

NEEDED = (
    "airflow",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "duckdb",
    "great_expectations",
    "pyarrow",
    "sklearn",
)


def test_what_steps_import_is_imported_before_workers_fork() -> None:
    code = f"import importlib, sys\nfor name in {server.WARM!r}: importlib.import_module(name)\n"
    code += f"print('missing:', [name for name in {NEEDED!r} if name not in sys.modules])"
    warmed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert warmed.stdout.splitlines()[-1] == "missing: []"


def test_a_component_that_fails_is_told_by_its_exit_status_and_leaves_its_reason_in_its_log(
    tmp_path: Path,
) -> None:
    def fails() -> None:
        raise RuntimeError("the till is closed")

    status = server._wait(server._fork(fails, tmp_path / "scheduler.log"))
    assert status == 1
    assert "the till is closed" in (tmp_path / "scheduler.log").read_text()


def test_a_component_that_ends_well_has_status_0_and_its_output_in_its_log(tmp_path: Path) -> None:
    status = server._wait(server._fork(lambda: print("migrated"), tmp_path / "migration.log"))
    assert (status, (tmp_path / "migration.log").read_text()) == (0, "migrated\n")

"""What commands import before they do something: each second is one that a person waits."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("modules", "slow"),
    [
        ("shopkeeper.cli.commands", {"duckdb", "pyarrow", "pandas", "httpx"}),
        ("shopkeeper.local_airflow", {"airflow", "sqlalchemy", "dbt", "great_expectations", "sklearn"}),
    ],
)
def test_commands_start_without_slow_imports(modules: str, slow: set[str]) -> None:
    code = f"import sys, {modules}; print({slow!r} & set(sys.modules))"
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert listed.stdout.strip() == "set()", listed.stdout + listed.stderr

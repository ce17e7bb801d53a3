"""Laws 2, 4, 7 and 8: what Python may import, connect to and read."""

import ast
import importlib.metadata
import re
from pathlib import PurePath

import pytest
from tests.architecture.project import calls, files, imports_at_top, nodes, text

PLUGIN_MODULES = files("plugins/shopkeeper/*.py")
HEAVY = {"duckdb", "pandas", "sklearn", "great_expectations", "numpy", "pyarrow", "scipy", "dbt"}
CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|datetime\.today)$")


@pytest.mark.parametrize("path", files("dags/*.py"))
def test_a_dag_file_imports_nothing_heavy(path: str) -> None:
    queue, seen = [path], set()
    while queue:
        module = queue.pop()
        for name in imports_at_top(module):
            assert name.split(".")[0] not in HEAVY, (
                f"{module} imports {name} at its top, every task pays for it: import it inside the task"
            )
            stem = f"plugins/{name.replace('.', '/')}"
            for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
                if candidate in PLUGIN_MODULES and candidate not in seen:
                    seen.add(candidate)
                    queue.append(candidate)


def test_only_the_warehouse_room_opens_a_warehouse_file() -> None:
    for path in PLUGIN_MODULES:
        opener = "connect" if "shopkeeper.engine.connect" in imports_at_top(path) else "engine.connect"
        for node in nodes(path):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == opener and node.args:
                assert path.startswith("plugins/shopkeeper/warehouse/"), (
                    f"{path}:{node.lineno} opens a file: use shopkeeper.warehouse, or connect in memory"
                )


def test_a_database_file_is_opened_read_only() -> None:
    assert "read_only=file is not None" in text("plugins/shopkeeper/engine.py"), (
        "engine.connect must open every file read-only: only dbt writes a warehouse"
    )


def test_nothing_is_written_where_all_users_may_look() -> None:
    for path in PLUGIN_MODULES:
        assert not re.search(r"gettempdir|[\"']/tmp\b|/var/tmp", text(path)), (
            f"{path} names a folder that all users share: what a home holds stays inside it"
        )


def test_airflow_does_not_execute_the_package_as_plugins() -> None:
    assert "shopkeeper/" in text("plugins/.airflowignore").split(), (
        "plugins/.airflowignore must hide shopkeeper/: Airflow executes every plugin file under its bare name"
    )


def test_no_module_is_called_like_an_installed_package() -> None:
    installed = set(importlib.metadata.packages_distributions())
    for path in PLUGIN_MODULES:
        stem = PurePath(path).stem
        assert stem == "__init__" or stem not in installed, (
            f"{path} is called like the installed package {stem}: rename it, it can replace that package"
        )


def test_only_the_settings_read_the_environment() -> None:
    for path in PLUGIN_MODULES:
        if path == "plugins/shopkeeper/settings.py":
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            reads = re.search(r"os\.getenv|os\.environ\.get|os\.environ\[[^\]]+\](?!\s*=)", line)
            assert not reads, f"{path}:{number} reads the environment: add a field to shopkeeper.settings"


def test_no_step_and_no_science_reads_the_clock() -> None:
    rooms = ("pipeline", "science", "standardize", "identity", "quality", "contracts")
    for path in files(*(f"plugins/shopkeeper/{room}/*.py" for room in rooms)):
        for line, name in calls(path):
            assert not CLOCK.search(name), (
                f"{path}:{line} reads the clock: the as-of date is data, take it from the build"
            )

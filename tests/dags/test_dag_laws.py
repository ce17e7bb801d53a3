"""Laws 1 to 3: what every DAG promises, how light it is to read, and who announces an asset."""

import json
import subprocess
import sys
from typing import Any

from shopkeeper.dbt_runner import runs as dbt_runs
from shopkeeper.orchestration.assets import ANNOUNCED
from shopkeeper.orchestration.dag_defaults import Tag
from shopkeeper.orchestration.model_graph import read_graph
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.retailers import retailer
from shopkeeper.settings import PROJECT_ROOT

HEAVY = {"duckdb", "pandas", "sklearn", "great_expectations", "numpy", "pyarrow", "scipy", "dbt"}


def test_every_dag_file_imports_and_defines_its_dag(bag: Any) -> None:
    assert bag.import_errors == {}, "a DAG file does not import: its message stands here"
    stems = {path.stem for path in (PROJECT_ROOT / "dags").glob("*.py")}
    assert set(bag.dags) == stems, "one DAG file holds one DAG, called like the file"


def test_every_dag_documents_its_promise_and_its_triage(bag: Any) -> None:
    for name, dag in bag.dags.items():
        for word in ("Promise:", "*Triage:*"):
            assert word in (dag.doc_md or ""), f"{name}: write a {word} line into the file's docstring"


def test_every_dag_has_typed_tags_and_the_common_defaults(bag: Any) -> None:
    for name, dag in bag.dags.items():
        assert dag.tags and set(dag.tags) <= set(Tag), f"{name}: take its tags from dag_defaults.Tag"
        assert dag.catchup is False, f"{name}: data waits in raw, so nothing is caught up: catchup=False"
        assert dag.max_active_runs == 1, f"{name}: one run at a time: use DAG_DEFAULTS"
        for task in dag.tasks:
            assert task.retries >= 1, f"{name}.{task.task_id}: a killed worker must cost a retry, not a night"
            assert task.execution_timeout or task.task_id.endswith("done"), (
                f"{name}.{task.task_id}: no time limit"
            )


def test_reading_a_dag_file_imports_nothing_heavy(home: Home) -> None:
    stems = sorted(path.stem for path in (PROJECT_ROOT / "dags").glob("*.py"))
    code = (
        "import airflow.sdk, sys; before = set(sys.modules)\n"
        f"import {', '.join(stems)}\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    folders = [str(PROJECT_ROOT / "dags"), str(PROJECT_ROOT / "plugins")]
    environment = {"SHOPKEEPER_HOME": str(home.root), "AIRFLOW_HOME": str(home.airflow), "PATH": ""}
    read = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{code}"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = set(read.stdout.splitlines()[-1].split())
    assert imported >= set(stems)
    assert not imported & HEAVY, "every task reads its DAG again: import these inside functions"


def test_each_asset_is_announced_once_by_gate_or_publish(bag: Any) -> None:
    producers: dict[str, list[str]] = {}
    for dag in bag.dags.values():
        for task in dag.tasks:
            for asset in task.outlets:
                producers.setdefault(asset.name, []).append(task.task_id)
    assert set(producers) == set(ANNOUNCED), "an asset without a producer is never announced"
    for name, tasks in producers.items():
        assert len(tasks) == 1, f"asset {name} has the producers {tasks}: keep one"
        assert tasks[0] == "publish" or tasks[0].startswith("gate_"), (
            f"asset {name} is announced by {tasks[0]}: the gate announces it, not the build"
        )


def test_the_refresh_runs_every_step_in_the_datas_order(bag: Any) -> None:
    dag = bag.dags["refresh_warehouse"]
    steps = [
        task for task in dag.topological_sort() if "." not in task.task_id or task.task_id.endswith(".dbt")
    ]
    order = [task.task_id.removesuffix(".dbt") for task in steps]
    assert set(order) == set(STEPS)
    for earlier, later in (("gate_sources", "standardize"), ("gate_features", "attribute_sales"),
                           ("gate_scores", "serve"), ("gate_marts", "publish")):  # fmt: skip
        task_id = later if later in dag.task_dict else f"{later}.dbt"
        assert earlier in dag.get_task(task_id).get_flat_relative_ids(upstream=True), (
            f"{later} must await {earlier}"
        )
    assert dag.get_task("publish").get_flat_relative_ids(upstream=True) == set(dag.task_ids) - {"publish"}


def test_every_dbt_model_is_in_a_folders_task(bag: Any, home: Home) -> None:
    graph = read_graph(home)
    projects = (PROJECT_ROOT / "dbt_project", retailer().dbt)
    files = {path.stem for project in projects for path in (project / "models").rglob("*.sql")}
    switched_off = {
        node["name"]
        for nodes in json.loads(dbt_runs.parse_manifest(home).read_text())["disabled"].values()
        for node in nodes
        if node["resource_type"] == "model"
    }
    dag = bag.dags["refresh_warehouse"]
    shown = [
        model.split(".")[2]
        for selector, folders in graph.items()
        for folder in folders
        for model in dag.get_task(f"{selector}.{folder.name}").models
    ]
    assert sorted(shown) == sorted(files - switched_off), "a model is in no selector, and would never run"


def test_a_folders_task_follows_the_folders_it_reads(bag: Any, home: Home) -> None:
    dag = bag.dags["refresh_warehouse"]
    graph = read_graph(home)
    for selector, folders in graph.items():
        for folder in folders:
            upstream = dag.get_task(f"{selector}.{folder.name}").upstream_task_ids
            assert {f"{selector}.{parent}" for parent in folder.parents} <= upstream
    (sales,) = (folder for folder in graph["integrate"] if folder.name == "core_sales")
    assert "intermediate_sales" in sales.parents

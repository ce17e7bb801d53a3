"""The tabs in Airflow: the verdict on a task, and the version that a run published.

A run's results are in its version, or in its build while it is not published; of a build that the next
refresh removes, the verdicts are kept. Which run and task is asked for is Airflow's to say.
"""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from shopkeeper import warehouse
from shopkeeper.console import dbt_verdicts, gate_verdicts, landings, rendering
from shopkeeper.console.access import Looking
from shopkeeper.contracts import GATES
from shopkeeper.local_airflow.run_facts import RunFacts, TaskFacts
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.sentences import Sentence, restored

router = APIRouter()
REFRESH = "refresh_warehouse"
HIDDEN = ("work", "left", "stays", "next_segment_id", "labels", "said")
"""Facts of a step that are not for people, or are shown by themselves."""

AMOUNT = re.compile(r"-?\d+\.\d+")
MEANING = {
    "begin": "Fixes what the version is made of: its batches, its as-of date, its definitions.",
    "resolve": "Finds out which identifiers belong to one customer.",
    "segment_customers": "Groups customers by what they buy.",
    "attribute_sales": "Divides each sale among the contacts before it.",
    "document": "Writes the version's documentation.",
    "publish": "Checks every verdict once more and lets readers see the version.",
}
"""What each step that is neither a gate nor dbt is for."""


def run_facts(run_id: str | None = None) -> RunFacts | None:
    """Return a run, by default the latest; who runs the console replaces this (`dependency_overrides`)."""
    return None


Facts = Annotated[RunFacts | None, Depends(run_facts)]


@router.get("/dags/{dag_id}/runs/{run_id}")
def version_of_run(request: Request, caller: Looking, dag_id: str, run: Facts) -> HTMLResponse:
    """Show what a run published, or why it published nothing."""
    home: Home = request.app.state.home
    if dag_id != REFRESH or run is None:
        return _nothing_to_say(request, dag_id)
    version = run.build_id
    is_published = version in warehouse.version_names(home)
    told = warehouse.manifest(home, version) if is_published else None
    base = _manifest_of(home, told["base_version"]) if told else None
    build = None if told or version is None else _places(home, version)
    return rendering.page(
        request,
        "run.html",
        run=run,
        version=version,
        current=warehouse.current(home),
        told=told,
        base=base,
        has_published=run.tasks.get("publish", TaskFacts(None)).state == "success",
        tables=_tables(told, base) if told else [],
        failed=[(name, task) for name, task in run.tasks.items() if task.state == "failed"],
        build=build,
        is_whole=build is not None and build.root.parent == home.builds,
        gates=GATES,
    )


@router.get("/dags/{dag_id}/runs/{run_id}/tasks/{task_id}")
@router.get("/dags/{dag_id}/tasks/{task_id}")
def verdict(request: Request, caller: Looking, dag_id: str, task_id: str, run: Facts) -> HTMLResponse:
    """Show what a task judged or made; without a run, in the latest one."""
    home: Home = request.app.state.home
    if dag_id != REFRESH or run is None:
        return _nothing_to_say(request, dag_id)
    task = run.tasks.get(task_id)
    if task is None:
        raise HTTPException(404, Sentence("the run has no task {task}", task=task_id))
    build = _places(home, run.build_id)
    facts: dict[str, Any] = {"run": run, "task_id": task_id, "task": task, "build": build}
    if task_id == "land":
        start, end = run.started_at, task.ended_at or datetime.now(UTC)
        landed = landings.read_landing(home, start or end, end, task.returned)
        return rendering.page(request, "landing.html", **facts, landing=landed)
    if task_id.startswith("gate_"):
        found = gate_verdicts.read_gate(home, build, task_id.removeprefix("gate_")) if build else None
        return rendering.page(request, "gate.html", **facts, gate=found)
    if "." in task_id:
        return _of_dbt(request, home, build, facts)
    step = build.step(task_id) if build else None
    told = json.loads(step.read_bytes()) if step and step.exists() else task.returned
    shown = {name: _fact(told, name) for name in told if name not in HIDDEN}
    return rendering.page(request, "step.html", **facts, told=shown, meaning=MEANING.get(task_id))


def _fact(told: dict[str, Any], name: str) -> Any:
    """Return a fact of a step: an amount that is kept as text as a number, words with their parts."""
    content = told[name]
    if isinstance(content, str):
        said = told.get("said", {}).get(name)
        return Decimal(content) if AMOUNT.fullmatch(content) else restored(content, said)
    return {key: _fact(content, key) for key in content} if isinstance(content, dict) else content


def _of_dbt(request: Request, home: Home, build: BuildPaths | None, facts: dict[str, Any]) -> HTMLResponse:
    """Show one run of dbt, a folder of its models, or one `model` of them."""
    selector, _, folder = facts["task_id"].partition(".")
    ran = dbt_verdicts.read_run(home, build, selector) if build else None
    model = ran.model(request.query_params.get("model", "")) if ran else None
    if ran:
        ran = ran.of([model]) if model else ran.in_folder(folder)
    asked = [model.unique_id] if model else []
    asked += [test.node.unique_id for test in ran.tests if test.has_found] if ran else []
    asked += [each.unique_id for each in ran.models if each.has_failed] if ran else []
    return rendering.page(
        request,
        "dbt.html",
        **facts,
        selector=selector,
        part=model.name if model else None if folder == "dbt" else folder,
        ran=ran,
        model=model,
        history=dbt_verdicts.histories(home, build, selector, asked) if build else {},
    )


def _nothing_to_say(request: Request, dag_id: str) -> HTMLResponse:
    return rendering.page(request, "no_run.html", dag_id=dag_id, refresh=REFRESH)


def _places(home: Home, build_id: str | None) -> BuildPaths | None:
    """Return the version or the build of a run, or what is left of the build."""
    if build_id is None:
        return None
    places = (home.version(build_id), home.build(build_id), home.failed_build(build_id))
    return next((each for each in places if each.begun.exists()), None)


def _manifest_of(home: Home, version: str | None) -> dict[str, Any] | None:
    return warehouse.manifest(home, version) if version in warehouse.version_names(home) else None


def _tables(told: dict[str, Any], base: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return each table with its rows and those before, changed ones first."""
    before = base["tables"] if base else {}
    tables = [
        {
            "name": name,
            "rows": table["row_count"],
            "before": before[name]["row_count"] if name in before else None,
            "is_changed": base is not None and before.get(name) != table,
        }
        for name, table in told["tables"].items()
    ]
    return sorted(tables, key=lambda each: (not each["is_changed"], each["name"]))

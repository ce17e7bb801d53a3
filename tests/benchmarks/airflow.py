"""Airflow's own share of a run with many models, none of which works: `python -m tests.benchmarks.airflow`.

Builds a DAG of the refresh's own groups, in a home of its own: one dbt task that writes what dbt would, and one
task a folder of generated models. Exits with 1 where the bar for 150 models fails.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

from shopkeeper.local_airflow import environment
from shopkeeper.local_airflow.client import Airflow
from shopkeeper.local_airflow.summary import measure
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import PROJECT_ROOT, settings

BAR_MODELS, BAR_SECONDS = 150, 25.0
START_SECONDS, RUN_SECONDS = 300.0, 1800.0
SELECTORS = ("standardize", "integrate", "serve")
FOLDER = 6
"""Models in a folder, as in the real project; each folder reads the one before it."""

DAG = '''
import json, time
from airflow.sdk import chain, dag, task
from shopkeeper.orchestration import dag_tasks
from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS
from shopkeeper.orchestration.model_graph import read_graph

SELECTORS = {selectors!r}


def perform(name, *arguments, **options):
    """Do what dbt leaves behind, and nothing else."""
    began = time.monotonic()
    home = dag_tasks._home()
    if name in SELECTORS:
        run = home.build("bench").dbt_run(name)
        run.root.mkdir(parents=True, exist_ok=True)
        models = [each for folder in read_graph(home)[name] for each in folder.models.items()]
        nodes = [node for model, test_ids in models for node in (model, *test_ids)]
        results = [{{"unique_id": node, "status": "success", "message": "OK"}} for node in nodes]
        run.results.write_text(json.dumps({{"results": results}}))
    return {{"build_id": "bench", "work": [began, time.monotonic()]}}


dag_tasks._perform = perform


@dag(dag_id="refresh_warehouse", schedule=None, **DAG_DEFAULTS)
def refresh_warehouse():
    chain(dag_tasks._begin(), *(dag_tasks._dbt_models(name) for name in SELECTORS), dag_tasks._step("publish"))


refresh_warehouse()
'''


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=settings().home / "bench-airflow")
    parser.add_argument("--models", type=int, nargs="+", default=[50, BAR_MODELS, 500])
    options = parser.parse_args()
    passed = True
    for count in options.models:
        share, processor = airflow_share(options.folder.resolve() / str(count), count)
        verdict = ""
        if count == BAR_MODELS:
            passed = share <= BAR_SECONDS
            verdict = f", bar {BAR_SECONDS:.0f} s: {'passed' if passed else 'FAILED'}"
        print(
            f"{count} models: Airflow's own share {share:.1f} s, {processor:.1f} s of processor time{verdict}"
        )
    return 0 if passed else 1


def airflow_share(folder: Path, model_count: int) -> tuple[float, float]:
    """Return the seconds that one run takes beside its steps, and the processor time of all of Airflow."""
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    write_home(home, model_count)
    airflow = Airflow(environment.url(), environment.login(home))
    server = subprocess.Popen(
        [sys.executable, "-m", "shopkeeper.local_airflow.server", str(AirflowPaths(home.airflow).logs)],
        env=environment.process_environment(home),
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_(airflow.is_ready, START_SECONDS)
        before, started = processor_seconds(server.pid), time.monotonic()
        run_id = airflow.trigger(full=False)
        await_(lambda: airflow.run_state(run_id) in ("success", "failed"), RUN_SECONDS)
        wall = time.monotonic() - started
        if airflow.run_state(run_id) == "failed":
            raise SystemExit(f"the run failed; see {home.airflow}/logs")
        share = measure(airflow, run_id, airflow.tasks(run_id), wall).airflow
        return share, processor_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait()


def write_home(home: Home, model_count: int) -> None:
    """Write what Airflow needs: its configuration, the DAG, and the graph of generated models."""
    places = AirflowPaths(home.airflow)
    configuration = environment.configure(home)
    dags = home.root / "dags"
    for made in (dags, places.logs, places.temp):
        made.mkdir(parents=True)
    text = configuration.read_text().splitlines()
    lines = [f"dags_folder = {dags}" if line.startswith("dags_folder") else line for line in text]
    configuration.write_text("\n".join(lines) + "\n")
    (dags / "bench.py").write_text(DAG.format(selectors=SELECTORS))
    graph = {
        selector: [
            folder(selector, number, min(FOLDER, model_count // len(SELECTORS) - number * FOLDER))
            for number in range(-(-model_count // len(SELECTORS) // FOLDER))
        ]
        for selector in SELECTORS
    }
    places.model_graph.write_text(json.dumps({"project": "generated", "selectors": graph}))


def folder(selector: str, number: int, model_count: int) -> dict[str, object]:
    """Return a folder of generated models with two tests each; every fourth folder reads no other."""
    names = [f"{selector}_{number}_{place}" for place in range(model_count)]
    return {
        "name": f"folder_{number}",
        "models": {
            f"model.bench.{name}": [f"test.bench.{name}_{test}" for test in ("unique", "not_null")]
            for name in names
        },
        "parents": [f"folder_{number - 1}"] if number % 4 else [],
    }


def processor_seconds(pid: int) -> float:
    """Return the processor time of a server and of all that it started, the ended ones included."""
    total = 0.0
    server = psutil.Process(pid)
    for process in [server, *server.children(recursive=True)]:
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def await_(holds: object, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        if time.monotonic() > until:
            raise SystemExit(f"not within {seconds:.0f} s")
        time.sleep(0.25)


if __name__ == "__main__":
    sys.exit(main())

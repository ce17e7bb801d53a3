"""The tasks of the DAGs: one per step, a gate with its verdict, dbt with one task per folder of models.

The outermost layer. What a step does belongs to `pipeline`, which knows nothing of Airflow.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from airflow.sdk import Asset, TaskGroup, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from shopkeeper.orchestration.assets import ANNOUNCED
from shopkeeper.orchestration.dbt_models import DbtModels
from shopkeeper.orchestration.failing import FAILURE_KEY, failed
from shopkeeper.orchestration.messages import notifiers
from shopkeeper.orchestration.model_graph import read_graph
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STAGES, STEPS, Step
from shopkeeper.sentences import as_json
from shopkeeper.settings import settings
from shopkeeper.startup import give_way

BUILD_ID = "{{ ti.xcom_pull(task_ids='begin')['build_id'] }}"
LOG = logging.getLogger(__name__)


def stages() -> Iterator[Any]:
    """Yield the tasks of a refresh, stage by stage, as `chain` takes them."""
    for stage in STAGES:
        tasks = [_tasks(step) for step in stage]
        yield tasks if len(tasks) > 1 else tasks[0]


def _tasks(step: Step) -> XComArg | TaskGroup:
    announces = [ANNOUNCED[step.announces]] if step.announces else []
    match step.name, step.kind:
        case "land", _:
            return _land()
        case "begin", _:
            return _begin()
        case _, "gate":
            return _gate(step.name, announces)
        case _, "dbt":
            return _dbt_models(step.name)
    return _step(step.name, announces)


def _land() -> XComArg:
    """Take the files in the inbox."""

    @task(task_id="land")
    def run() -> dict[str, Any]:
        return _perform("land")

    return run()


def _begin() -> XComArg:
    """Begin a build; skips everything after it if nothing is new."""

    @task.short_circuit(task_id="begin")
    def run() -> dict[str, Any] | None:
        context = get_current_context()
        begun = _perform("begin", full=bool(context["params"].get("full")))
        if "build_id" not in begun:
            LOG.info("Nothing is new: the published version contains all that counts.")
            return None
        return begun

    return run()


def _step(name: str, announces: Sequence[Asset] = ()) -> XComArg:
    """Perform one step on the build that `begin` has begun."""
    callbacks = notifiers(has_failed=False) if name == "publish" else []

    @task(task_id=name, outlets=list(announces), on_success_callback=callbacks)
    def run(build_id: str) -> dict[str, Any]:
        facts = _perform(name, build_id)
        if name == "publish":
            from shopkeeper import warehouse

            gates = warehouse.manifest(_home(), build_id)["gates"]
            _describe(announces, {"version": build_id, "rows": facts["rows"], "gates": gates})
        return facts

    return run(BUILD_ID)


def _gate(name: str, announces: Sequence[Asset] = ()) -> XComArg:
    """Perform a gate and log its verdict; a failed gate is not retried."""

    @task(task_id=name, outlets=list(announces))
    def run(build_id: str) -> dict[str, Any]:
        # Airflow's `namespace_levels` does not reach it.
        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        try:
            facts = _perform(name, build_id)
            held = {key: facts[key] for key in ("rows", "rules", "warnings")}
            _describe(announces, {"version": build_id, **held})
            return facts
        finally:
            _log_verdict(build_id, name.removeprefix("gate_"))

    return run(BUILD_ID)


def _dbt_models(selector: str) -> TaskGroup:
    """Run dbt once for a selector, next to one task per folder that shows its models' results."""
    folders = read_graph(_home())[selector]
    with TaskGroup(selector) as group:

        @task(task_id="dbt", priority_weight=100, weight_rule="absolute")
        def run(build_id: str) -> dict[str, Any]:
            return _perform(selector, build_id)

        run(BUILD_ID)
        tasks = {
            folder.name: DbtModels(
                task_id=folder.name,
                selector=selector,
                build_id=BUILD_ID,
                dbt_task_id=f"{selector}.dbt",
                models=folder.models,
                retries=2,
                retry_delay=timedelta(seconds=30),
                weight_rule="absolute",
            )
            for folder in folders
        }
        for folder in folders:
            for parent in folder.parents:
                tasks[parent].set_downstream(tasks[folder.name])
    return group


def honour_privacy_requests() -> XComArg:
    """Do every request of a person once; logs one line per request, and names nobody."""

    @task(task_id="honour_privacy_requests")
    def run() -> dict[str, int]:
        from shopkeeper import privacy

        outcomes = privacy.honour(_home(), "honour_privacy_requests")
        for each in outcomes:
            LOG.info("request %s (%s): %s %s", each.request_id, each.kind, each.result, each.detail)
        refused = [each for each in outcomes if each.result == "refused"]
        if refused:
            raise failed(f"{len(refused)} requests were refused, first: {refused[0].detail}")
        return dict(Counter(each.result for each in outcomes))

    return run()


def _home() -> Home:
    return Home(settings().home)


def _perform(name: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Perform a step; fails at once if a retry cannot help.

    Adds `work`: when it began and ended, by the machine's monotonic clock, which all its processes share.
    """
    from shopkeeper.errors import UserError, without_values

    ti = get_current_context()["ti"]
    began = time.monotonic()
    give_way()
    try:
        facts = STEPS[name].perform(_home(), *arguments, **options) or {}
        told = STEPS[name].summary(facts)
        if told:
            LOG.info("%s", told)
        if isinstance(facts.get("reused"), str):
            LOG.info("reused from %s because nothing that it reads has changed", facts["reused"])
    except UserError as error:
        said = as_json(error.args[0])
        failure = {"message": str(error), "said": said, "exit_status": error.exit_status}
        ti.xcom_push(FAILURE_KEY, failure)
        raise failed(str(error)) from None
    except Exception as error:
        message = without_values(f"{type(error).__name__}: {error}")[:500]
        ti.xcom_push(FAILURE_KEY, {"message": message, "exit_status": 1})
        raise
    return {**facts, "work": [began, time.monotonic()]}


def _describe(announces: Sequence[Asset], facts: dict[str, Any]) -> None:
    """Add facts to the event of each announced asset."""
    for asset in announces:
        get_current_context()["outlet_events"][asset].extra.update(facts)


def _log_verdict(build_id: str, gate_name: str) -> None:
    file = _home().build(build_id).gate(gate_name)
    if not file.exists():
        return
    verdict = json.loads(file.read_text())
    failed = [rule for rule in verdict["rules"] if not rule["has_passed"]]
    LOG.info("%s rules held, %s did not", len(verdict["rules"]) - len(failed), len(failed))
    reused = Counter(rule["judged_in"] for rule in verdict["rules"] if rule["judged_in"])
    for version, count in reused.items():
        LOG.info("%s verdicts reused from %s because their tables and rules are the same", count, version)
    for rule in failed:
        place = f"{rule['severity']} {rule['contract']}"
        LOG.error("%s: %s, observed %s. %s", place, rule["rule"], rule["observed"], rule["reason"])
        for row, origin in zip_longest(rule["failing_rows"], rule.get("origins", ()), fillvalue=""):
            LOG.error("    %s", f"{origin} {json.dumps(row, ensure_ascii=False, default=str)}".strip())

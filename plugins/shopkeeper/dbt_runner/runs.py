"""Runs dbt on a build in this process; nothing else writes a warehouse file.

The project is parsed once per process for all builds. Which models exist is dbt's own business.
"""

import json
import os
import shutil
from argparse import Namespace
from collections import Counter
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dbt_common.events.functions import reset_metadata_vars

from shopkeeper.contracts import all_contracts, catalog, variables
from shopkeeper.dbt_runner import templates
from shopkeeper.dbt_runner.compiled import keep_compiled, keep_tests
from shopkeeper.dbt_runner.events import Events, failure, first_line, values_withheld
from shopkeeper.dbt_runner.remembering import remembered
from shopkeeper.dbt_runner.reuse import made, plan
from shopkeeper.errors import UserError
from shopkeeper.files import write_json
from shopkeeper.paths import DBT_PROJECT, PARSED_PROJECT, AirflowPaths, DbtPaths, Home, RetailerPaths
from shopkeeper.retailers import retailer
from shopkeeper.settings import settings
from shopkeeper.startup import name_no_flags, quiet_tracker, tell_no_debug_events
from shopkeeper.warehouse import SELECTORS, describe, note_unchanged

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

SELECTIONS = {
    "standardize": ("fqn:staging fqn:input", None),
    "integrate": (
        "fqn:scores__customer_identities fqn:intermediate fqn:core fqn:features",
        None,
    ),
    "serve": (
        "fqn:scores fqn:marts fqn:meta fqn:credit_equals_revenue",
        "fqn:scores__customer_identities",
    ),
}
"""What each dbt step builds, by the folders of both dbt projects, and what it leaves out."""

FAILED = {"fail", "error", "runtime error", "skipped"}
QUIET = (
    *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--no-print", "--quiet"),
    *("--log-level", "none", "--log-level-file", "none"),
)

_manifest: "Manifest | None" = None

name_no_flags()
tell_no_debug_events()
quiet_tracker()


def parse_manifest(home: Home) -> Path:
    """Parse the dbt project and return its manifest, `<home>/airflow/dbt_manifest.json`."""
    from dbt.flags import set_from_args

    target = AirflowPaths(home.airflow).dbt_manifest
    target.parent.mkdir(parents=True, exist_ok=True)
    manifest = parsed(home)
    # A manifest that was remembered comes without a dbt command, which would have set dbt's flags.
    set_from_args(Namespace(SEND_ANONYMOUS_USAGE_STATS=False), None)
    manifest.writable_manifest().write(str(target))
    return target


def named(home: Home, selector: str) -> list[str]:
    """Return the unique ids of the models and tests that a selector names."""
    return remembered(home, f"named_{selector}", partial(_listed, home, selector))


def _listed(home: Home, selector: str) -> list[str]:
    kinds = ("--resource-type", "model", "--resource-type", "test")
    keys = ("--output", "json", "--output-keys", "unique_id")
    command = ("--no-write-json", "ls", *selection(selector), *kinds, *keys)
    folder = AirflowPaths(home.airflow).dbt
    folder.mkdir(parents=True, exist_ok=True)
    listed = invoke(home, "v000000", folder, parsed(home), *command)
    if not listed.success:
        raise UserError(f"dbt cannot list the models of {selector}: {first_line(listed.exception)}")
    return [json.loads(line)["unique_id"] for line in listed.result]  # type: ignore[union-attr]


def run(home: Home, build_id: str, selector: str) -> dict[str, Any]:
    """Build what a selector names, including tests, and return the node count of each result.

    Reuses what nothing new touches from the base version (`reused.json`). Writes `run_results.json`,
    `found.json` and `dbt.log` (JSON lines, while it runs) to `dbt/<selector>/` of the build; the last
    selector also writes `manifest.json`. Raises `GateFailed` if a test failed, `UserError` if a model did;
    the message names the first.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult

    places = home.build(build_id).dbt_run(selector)
    shutil.rmtree(places.root, ignore_errors=True)
    places.root.mkdir(parents=True)
    manifest = parsed(home)
    planned = plan(home, build_id, manifest, partial(named, home, selector))
    write_json(places.reused, planned.as_json())
    chosen = selection(selector)
    if planned.reused:
        names = (f"fqn:{'.'.join(manifest.nodes[uid].fqn)}" for uid in planned.runs)
        # Without names dbt would run everything.
        chosen = ("--select", " ".join(names) or "fqn:nothing", "--indirect-selection", "empty")
    invoked = invoke(
        home, build_id, places.root, manifest,
        "--no-write-json", "build", *chosen, "--exclude-resource-type", "unit_test",
    )  # fmt: skip
    if invoked.exception is not None or not isinstance(invoked.result, RunExecutionResult):
        raise UserError(f"dbt {selector} did not run: {first_line(invoked.exception)}")
    # dbt itself would write the manifest twice per run, and its results not atomically.
    if selector == SELECTORS[-1]:
        manifest.writable_manifest().write(str(places.manifest))
    for result in invoked.result.results:
        if result.status == "error":
            result.message = values_withheld(result.message or "")
    invoked.result.write(str(places.partial_results))
    results = json.loads(places.partial_results.replace(places.results).read_text())["results"]
    base = describe(home, build_id).base_version
    kept = (home.build(build_id), home.version(base) if base else None, manifest.nodes, results)
    keep_compiled(*kept)
    keep_tests(*kept)
    failed = [result for result in results if result["status"] in FAILED]
    if failed:
        raise failure(selector, failed)
    note_unchanged(home, build_id, selector, made(manifest, (result["unique_id"] for result in results)))
    statuses = Counter(result["status"] for result in results)
    told: dict[str, Any] = {"nodes": len(results)}
    if planned.reused:
        told["reused"] = len(planned.reused)
    if statuses["warn"]:
        told["warnings"] = [r["unique_id"].split(".")[2] for r in results if r["status"] == "warn"]
    return told | {status: statuses[status] for status in sorted(statuses)}


def document(home: Home, build_id: str, target: Path) -> None:
    """Write dbt's documentation of a build as one page, `target/index.html`."""
    build, places = home.build(build_id), home.build(build_id).dbt_run("docs")
    places.root.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(build.dbt_run(SELECTORS[-1]).manifest, places.manifest)
    command = ("docs", "generate", "--static", "--no-compile")
    invoked = invoke(home, build_id, places.root, parsed(home), *command)
    if not invoked.success:
        raise UserError(f"dbt docs could not be written: {first_line(invoked.exception)}")
    target.mkdir(parents=True, exist_ok=True)
    places.page.replace(DbtPaths(target).index)
    shutil.rmtree(places.root)


def parsed(home: Home) -> "Manifest":
    """Return the parsed project, the same in every home."""
    from dbt.contracts.graph.manifest import Manifest

    global _manifest
    if _manifest is None:
        _manifest = Manifest(**remembered(home, "manifest", partial(_parse, home)))
    return _manifest


def _parse(home: Home) -> dict[str, Any]:
    """Parse the project from the parse state of this home or of the environment, and return the fields of its
    manifest without what dbt derives from them (dbt's own pickle of a manifest puts fields out of place).
    """
    folder = AirflowPaths(home.airflow).dbt
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / PARSED_PROJECT.name
    known = state if state.exists() else PARSED_PROJECT
    start = ("--partial-parse-file-path", str(known)) if known.exists() else ()
    invoked = invoke(home, "v000000", folder, None, "--no-write-json", "parse", *start)
    if not invoked.success:
        raise UserError(f"the dbt project cannot be parsed: {first_line(invoked.exception)}")
    manifest = cast("Manifest", invoked.result)
    names = (field.name for field in fields(manifest) if not field.name.startswith("_"))
    return {name: getattr(manifest, name) for name in names}


def invoke(
    home: Home, build_id: str, folder: Path, manifest: "Manifest | None", *command: str
) -> "dbtRunnerResult":
    """Run one dbt command and close its warehouse, so that this process can open it read-only."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["SHOPKEEPER_THREADS"] = str(settings().threads)
    os.environ["SHOPKEEPER_MEMORY_LIMIT"] = settings().memory_limit
    os.environ["SHOPKEEPER_BUILD"] = str(home.build(build_id).root)
    os.environ["DBT_ENV_CUSTOM_ENV_BUILD_ID"] = build_id
    reset_metadata_vars()
    templates.load(home)
    project = retailer().dbt
    install_package(project)
    places = ("--project-dir", str(project), "--profiles-dir", str(DBT_PROJECT))
    given = ("--vars", json.dumps(project_variables(), sort_keys=True))
    outputs = ("--target-path", str(folder), "--log-path", str(folder))
    with DbtPaths(folder).log.open("a", buffering=1, encoding="utf-8") as log:
        try:
            events = Events(log, manifest.nodes if manifest is not None and "build" in command else None)
            runner = dbtRunner(manifest=manifest, callbacks=[events])
            invoked = runner.invoke([*QUIET, *command, *places, *given, *outputs])
            if events.nodes:
                write_json(DbtPaths(folder).found, events.found)
            return invoked
        finally:
            DuckDBConnectionManager.close_all_connections()
            templates.keep(home)


def project_variables() -> dict[str, Any]:
    """Return the dbt variables that describe the retailer and the contracts."""
    declared = {"systems", "business_time_zone", "currency_code", "conversions", "channels"}
    return {
        **retailer().model_dump(mode="json", include=declared),
        "delivered": retailer().delivered,
        **variables(catalog(), all_contracts()),
    }


def install_package(project: Path) -> None:
    """Make Shopkeeper's dbt project the package that a retailer's project names, wherever both are."""
    link = RetailerPaths(project.parent).package
    if link.is_symlink() and link.readlink() == DBT_PROJECT:
        return
    link.parent.mkdir(exist_ok=True)
    fresh = link.with_name(f".shopkeeper.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(DBT_PROJECT)
    fresh.replace(link)


def selection(selector: str) -> tuple[str, ...]:
    """Return dbt's selection arguments for a part of a refresh, including its tests."""
    chosen, left_out = SELECTIONS[selector]
    excluding = ("--exclude", left_out) if left_out else ()
    return ("--select", chosen, *excluding, "--indirect-selection", "buildable")

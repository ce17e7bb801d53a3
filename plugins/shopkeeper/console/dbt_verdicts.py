"""What dbt made of its models in one build, and what its tests found; read from the build."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shopkeeper import warehouse
from shopkeeper.console.histories import kept_builds
from shopkeeper.console.origins import columns_of, file_names, origins_of
from shopkeeper.console.remedies import REFRESH, JudgedFile, NextStep, about
from shopkeeper.paths import BuildPaths, DbtPaths, Home
from shopkeeper.sentences import Sentence, restored

COMMENT = "-- "
DATA = "The data is wrong: hold the batch that brought it"
MODEL = "A definition is wrong: correct the model or the test"
KINDS = {
    "unique_columns": "One row per {columns}; a second one would count twice.",
    "unique_statements": "Each statement of a source is there once.",
    "unique_landed_rows": "Each landed row is there once.",
    "unique_landed_placements": "Each landed row is there once.",
    "not_null": "The column is never empty.",
    "relationships": "What a row refers to is there.",
}
"""Why each generic test is asked; a test of its own says it in the first line of its SQL."""

FAILED = ("fail", "error", "runtime error")


@dataclass(frozen=True)
class Node:
    """A model or a test: how it ended, in how many seconds; or from which version it was reused, and why."""

    unique_id: str
    status: str
    message: str = ""
    seconds: float | None = None
    row_count: int | None = None
    judged_in: str | None = None
    why_reused: str | None = None

    @property
    def name(self) -> str:
        """Its name in the dbt project."""
        return self.unique_id.split(".")[2]

    @property
    def is_model(self) -> bool:
        """Whether it is a model, not a test."""
        return self.unique_id.startswith("model.")

    @property
    def has_failed(self) -> bool:
        """Whether it ran and did not end well."""
        return self.status in FAILED

    @property
    def next_steps(self) -> list[NextStep]:
        """What to do about a model that ended in an error."""
        return [(MODEL, {}, None), (DATA, {}, "shopkeeper batches list"), REFRESH]


@dataclass(frozen=True)
class Test:
    """One test's verdict; `failing_rows` are at most 20, persons masked."""

    node: Node
    name: str
    kind: str | None
    models: tuple[str, ...]
    columns: tuple[str, ...]
    sql: str | None
    failing_rows: tuple[dict[str, Any], ...] = ()
    origins: tuple[str, ...] = ()
    files: tuple[JudgedFile, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether it found nothing."""
        return self.node.status in ("pass", "success", "reused")

    @property
    def has_found(self) -> bool:
        """Whether it was asked and did not pass."""
        return not self.has_passed and self.node.status != "skipped"

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns of the failing rows."""
        return columns_of(self.failing_rows)

    @property
    def why(self) -> str | None:
        """What the test protects, with a place for its `columns`; None if only its name says it."""
        if self.kind is not None:
            return KINDS.get(self.kind)
        first = (self.sql or "").strip().partition("\n")[0]
        return first.removeprefix(COMMENT) if first.startswith(COMMENT) else None

    @property
    def next_steps(self) -> list[NextStep]:
        """What to do about a test that found something."""
        if self.node.status == "warn":
            return []
        wrong = about(self.files) if self.files else [(DATA, {}, "shopkeeper batches list")]
        return [(MODEL, {}, None), *wrong, REFRESH]


@dataclass(frozen=True)
class Run:
    """One run of dbt, or the part of it in one folder: its models, slowest first, and its tests, failed ones
    first; `compiled`: what the version keeps of each model, by unique id; `failures`: the name of all that
    failed in the whole run, and its task.
    """

    models: tuple[Node, ...]
    tests: tuple[Test, ...]
    compiled: dict[str, dict[str, Any]]
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def not_run(self) -> list[str]:
        """The models and tests that were not run, since something before them failed."""
        nodes = (*self.models, *(test.node for test in self.tests))
        return [node.name for node in nodes if node.status == "skipped"]

    def model(self, name: str) -> Node | None:
        """Return a model by its name."""
        return next((model for model in self.models if model.name == name), None)

    def of(self, models: Collection[Node]) -> "Run":
        """Return some models and the tests that judge them."""
        names = {model.unique_id for model in models}
        return replace(
            self, models=tuple(models), tests=tuple(test for test in self.tests if names & set(test.models))
        )

    def in_folder(self, name: str) -> "Run":
        """Return the models of a folder and their tests; all of them if the folder is not known."""
        models = [each for each in self.models if self.compiled.get(each.unique_id, {}).get("folder") == name]
        return self.of(models) if models else self


def read_run(home: Home, build: BuildPaths, selector: str) -> Run | None:
    """Return what dbt made for one selector; None while it runs, and if it could not run."""
    places = build.dbt_run(selector)
    if not places.results.exists():
        return None
    nodes = {node.unique_id: node for node in (*_reused(places), *_ran(places))}
    told, found = _read(build.tests), _read(places.found).get("failing_rows", {})
    files = file_names(home, (row for rows in found.values() for row in rows))
    tests = [
        _test(node, told.get(node.unique_id, {}), tuple(found.get(node.unique_id, ())), files)
        for node in nodes.values()
        if node.unique_id.startswith("test.")
    ]
    models = [node for node in nodes.values() if node.is_model]
    compiled = _read(build.compiled)
    failed = [node for node in nodes.values() if node.has_failed]
    judged = {test.node.unique_id: test for test in tests}
    return Run(
        models=tuple(sorted(models, key=lambda node: (node.status == "reused", -(node.seconds or 0)))),
        tests=tuple(sorted(tests, key=lambda test: (test.has_passed, test.node.status != "fail", test.name))),
        compiled=compiled,
        failures=tuple(
            (
                judged[node.unique_id].name if node.unique_id in judged else node.name,
                f"{selector}.{_folder(node, judged, models, compiled)}",
            )
            for node in failed
        ),
    )


def _folder(
    node: Node, judged: dict[str, Test], models: list[Node], compiled: dict[str, dict[str, Any]]
) -> str:
    """Return the folder whose task a model or a test belongs to; that of dbt itself if it is not known."""
    parents = {model.unique_id: compiled.get(model.unique_id, {}).get("parents", ()) for model in models}
    read = judged[node.unique_id].models if node.unique_id in judged else (node.unique_id,)
    return str(compiled.get(warehouse.last_built(read, parents) or "", {}).get("folder", "dbt"))


def histories(
    home: Home, build: BuildPaths, selector: str, unique_ids: Collection[str]
) -> dict[str, list[tuple[str, str, bool]]]:
    """Return how each of these tests and models ended in each other build, newest first, and whether that
    is published.
    """
    found: dict[str, list[tuple[str, str, bool]]] = {unique_id: [] for unique_id in unique_ids}
    for other, is_published in kept_builds(home) if found else ():
        if other.root.name == build.root.name:
            continue
        places = other.dbt_run(selector)
        ended = {node.unique_id: node.status for node in (*_reused(places), *_ran(places))}
        for unique_id in found.keys() & ended.keys():
            if ended[unique_id] != "skipped":
                found[unique_id].append((other.root.name, ended[unique_id], is_published))
    return found


def _ran(places: DbtPaths) -> list[Node]:
    counts = _read(places.found).get("row_counts", {})
    return [
        Node(
            unique_id=result["unique_id"],
            status=result["status"],
            message=_message(result),
            seconds=result.get("execution_time"),
            row_count=counts.get(result["unique_id"]),
        )
        for result in _read(places.results).get("results", ())
        if result["unique_id"].startswith(("model.", "test."))
    ]


def _message(result: dict[str, Any]) -> str:
    """Return how many rows a test found; else what dbt or the engine says."""
    if result["status"] in ("fail", "warn") and result.get("failures") is not None:
        return Sentence("{count:,} rows", count=result["failures"])
    return result.get("message") or ""


def _reused(places: DbtPaths) -> list[Node]:
    return [
        Node(name, "reused", judged_in=told["judged_in"], why_reused=restored(told["why"], told.get("said")))
        for name, told in _read(places.reused).items()
    ]


def _test(node: Node, told: dict[str, Any], rows: tuple[dict[str, Any], ...], files: dict[str, str]) -> Test:
    brought = dict.fromkeys(str(row["batch_id"]) for row in rows if row.get("batch_id"))
    return Test(
        node=node,
        name=told.get("name", node.name),
        kind=told.get("kind"),
        models=tuple(told.get("models", ())),
        columns=tuple(told.get("columns", ())),
        sql=told.get("sql"),
        failing_rows=rows,
        origins=origins_of(rows, files),
        files=tuple(JudgedFile(batch_id, files.get(batch_id, batch_id[:12])) for batch_id in brought),
    )


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_bytes()) if file.exists() else {}

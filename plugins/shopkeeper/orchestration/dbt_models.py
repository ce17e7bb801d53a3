"""One task per folder of dbt models, which shows their results in their selector's single dbt run.

Reads dbt's log while dbt runs and its results afterwards; never runs dbt itself.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowException

from shopkeeper.orchestration.failing import failed
from shopkeeper.paths import DbtPaths, Home
from shopkeeper.settings import settings

GOOD = {"success", "pass", "warn", "no-op", "reused"}
BAD = {"error", "fail", "runtime error", "skipped"}
DEAD = {"failed", "upstream_failed", "skipped", "removed"}
POKES_PER_LOOK = 10


@dataclass(frozen=True)
class Outcome:
    """How one node of dbt ended."""

    status: str
    message: str
    seconds: float | None = None
    row_count: int | None = None
    failing_rows: tuple[dict[str, Any], ...] = ()

    @property
    def told(self) -> str:
        """How it ended in one line: why it was reused, or its rows and seconds."""
        if self.seconds is None:
            return f"{self.status} {self.message}".strip()
        rows = "" if self.row_count is None else f", {self.row_count:,} rows"
        return f"{self.status}{rows} in {self.seconds:.2f} s"


class DbtModels(BaseSensorOperator):
    """Succeeds when a folder's models are built and their tests have passed; fails without retry if dbt
    failed.

    Its rendered templates are what dbt made of each model: the rows, the seconds, the compiled SQL. They are
    sent once, at the end, since each sending takes processor time of the web server.
    """

    template_fields: Sequence[str] = ()
    overwrite_rtif_after_execution = True
    ui_color = "#f0e6dc"

    def __init__(
        self,
        *,
        selector: str,
        build_id: str,
        dbt_task_id: str,
        models: dict[str, tuple[str, ...]],
        poke_interval: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.selector = selector
        self.build_id = build_id
        self.dbt_task_id = dbt_task_id
        self.models = models
        self.shown: list[str] = []
        self.pokes = 0

    def execute(self, context: Any) -> Any:
        """Wait for the models in the build that `begin` has begun."""
        self.build_id = self.render_template(self.build_id, context)
        return super().execute(context)

    def poke(self, context: Any) -> bool:
        """Look once. Also checks the dbt task itself now and then, since a killed dbt writes nothing."""
        run = Home(settings().home).build(self.build_id).dbt_run(self.selector)
        has_ended = run.results.exists()
        outcomes = dict(_results(run) if has_ended else _logged(run.log)) | dict(_reused(run.reused))
        for model in [model for model in self.models if model not in self.shown]:
            asked = (model, *self.models[model])
            ended = {node: outcomes[node] for node in asked if node in outcomes}
            bad = [node for node, outcome in ended.items() if outcome.status in BAD]
            if bad or len(ended) == len(asked):
                self._show_made(run, model, ended)
            if bad:
                # What was skipped is no cause.
                node = min(bad, key=lambda each: ended[each].status == "skipped")
                for row in ended[node].failing_rows:
                    self.log.error("    %s", json.dumps(row, ensure_ascii=False))
                if ended[node].failing_rows:
                    self.log.error("%s", _sql_of(run, node))
                raise failed(f"{node.split('.', 2)[-1]} ended as {ended[node].status}: {ended[node].message}")
        if len(self.shown) == len(self.models):
            return True
        if has_ended:
            missing = next(model for model in self.models if model not in self.shown)
            raise failed(f"dbt has ended without {missing} and all its tests")
        self._require_living_dbt(context)
        return False

    def _show_made(self, run: DbtPaths, model: str, ended: dict[str, Outcome]) -> None:
        """Log how a model and its tests ended; keep what dbt made of it for the rendered templates."""
        for node, outcome in ended.items():
            if outcome.status in GOOD:
                self.log.info("%s: %s", node.split(".", 2)[-1], outcome.told)
        self.shown.append(model)
        field = f"{model.split('.')[2]}.sql"  # no attribute of an operator has a point in its name
        told = ended[model].told if model in ended else "not built"
        setattr(self, field, f"-- {told}\n{_sql_of(run, model) or ''}")
        self.template_fields = (*self.template_fields, field)

    def _require_living_dbt(self, context: Any) -> None:
        self.pokes += 1
        if self.pokes % POKES_PER_LOOK:
            return
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[self.dbt_task_id], run_ids=[ti.run_id])
        state = states.get(ti.run_id, {}).get(self.dbt_task_id)
        if state in DEAD:
            raise failed(f"{self.dbt_task_id} has {state}; its log says why")
        if state == "up_for_retry":
            raise AirflowException(f"{self.dbt_task_id} is to be tried again; this task leaves it the room")


def _sql_of(run: DbtPaths, unique_id: str) -> str | None:
    """Return the compiled SQL of a node that dbt ran."""
    compiled = run.compiled_file(unique_id.split(".")[2])
    return compiled.read_text(encoding="utf-8") if compiled else None


def _logged(file: Path) -> Iterator[tuple[str, Outcome]]:
    """Yield each finished node of a running dbt, from its JSON log."""
    if not file.exists():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if '"node_finished_at"' not in line or not line.endswith("\n"):
                continue
            event = json.loads(line)
            data = event["data"]
            node = data.get("node_info") or {}
            if node.get("node_status") in GOOD | BAD:
                facts = data.get("execution_time"), data.get("row_count"), tuple(data.get("failing_rows", ()))
                yield node["unique_id"], Outcome(node["node_status"], event["info"]["msg"], *facts)


def _reused(file: Path) -> Iterator[tuple[str, Outcome]]:
    """Yield each node that dbt reused, with the reason."""
    if file.exists():
        for node, told in json.loads(file.read_text()).items():
            yield node, Outcome("reused", f"from {told['judged_in']} because: {told['why']}")


def _results(run: DbtPaths) -> Iterator[tuple[str, Outcome]]:
    found = json.loads(run.found.read_text()) if run.found.exists() else {}
    for result in json.loads(run.results.read_text())["results"]:
        node = result["unique_id"]
        yield (
            node,
            Outcome(
                status=result["status"],
                message=result["message"] or "",
                seconds=result.get("execution_time"),
                row_count=found.get("row_counts", {}).get(node),
                failing_rows=tuple(found.get("failing_rows", {}).get(node, ())),
            ),
        )

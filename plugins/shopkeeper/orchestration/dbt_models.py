"""One task per folder of dbt models, which shows their results in their selector's single dbt run.

Reads dbt's log while dbt runs and its results afterwards; never runs dbt itself.
"""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowException

from shopkeeper.errors import GateFailed, UserError
from shopkeeper.orchestration.dbt_outcomes import (
    BAD,
    GOOD,
    Outcome,
    evidence_of,
    name_of,
    outcomes_of,
    sql_of,
    verdict_of,
)
from shopkeeper.orchestration.failing import FAILURE_KEY, failed
from shopkeeper.orchestration.model_graph import task_of
from shopkeeper.paths import DbtPaths, Home
from shopkeeper.sentences import Sentence, as_json, joined
from shopkeeper.settings import settings

DEAD = {"failed", "upstream_failed", "skipped", "removed"}
POKES_PER_LOOK = 10
MOST_NAMED = 3
NEXT = (
    "What to do next: correct the model or the test if its definition is wrong, or hold the batch that "
    "brought wrong data (`shopkeeper batches list`, `shopkeeper batches hold`); then run the refresh again: "
    "that is safe"
)


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
        outcomes = outcomes_of(run)
        ended = {
            model: {node: outcomes[node] for node in (model, *tests) if node in outcomes}
            for model, tests in self.models.items()
        }
        bad = {node for own in ended.values() for node, outcome in own.items() if outcome.status in BAD}
        if bad:
            self._fail(run, outcomes, bad, context, ended)
        for model in [model for model in self.models if model not in self.shown]:
            if len(ended[model]) == 1 + len(self.models[model]):
                self._show_made(run, model, ended[model])
        if len(self.shown) == len(self.models):
            return True
        if has_ended:
            missing = next(model for model in self.models if model not in self.shown)
            raise failed(f"dbt has ended without {missing} and all its tests")
        self._require_living_dbt(context)
        return False

    def _fail(
        self,
        run: DbtPaths,
        outcomes: dict[str, Outcome],
        bad: set[str],
        context: Any,
        ended: dict[str, dict[str, Outcome]],
    ) -> None:
        """Log what failed here, rows and SQL after it, else where that failed for which nothing was run here;
        then what is sound.
        """
        failures = [node for node, each in outcomes.items() if each.status in BAD - {"skipped"}]
        own = [node for node in failures if node in bad]
        if not own and failures:
            home = Home(settings().home)
            named = [(name_of(node), task_of(home, self.selector, node)) for node in failures[:MOST_NAMED]]
            why = joined(Sentence("not run: {node} failed in {task}", node=n, task=task) for n, task in named)
        else:
            names = own or sorted(bad)[:1]
            why = joined(verdict_of(node, outcomes[node]) for node in names)
        has_found = any(outcomes[node].status == "fail" for node in failures[:1])
        status = (GateFailed if has_found else UserError).exit_status
        told = {"message": why, "said": as_json(why), "exit_status": status, "is_consequence": not own}
        context["ti"].xcom_push(FAILURE_KEY, told)
        self.log.error("%s", why)
        for node in own:
            for line in evidence_of(run, node, outcomes[node]):
                self.log.error("    %s", line)
        if own:
            self.log.error("%s", NEXT)
        if len(bad) > len(own) > 0:
            self.log.error("%s models and tests here were not run because of it", len(bad) - len(own))
        for model in [model for model in self.models if model not in self.shown and ended[model]]:
            self._show_made(run, model, ended[model])
        raise failed(why, is_logged=True)

    def _show_made(self, run: DbtPaths, model: str, ended: dict[str, Outcome]) -> None:
        """Log how a model and its tests ended; keep what dbt made of it for the rendered templates."""
        for node, outcome in ended.items():
            if outcome.status in GOOD:
                self.log.info("%s: %s", node.split(".", 2)[-1], outcome.told)
        self.shown.append(model)
        field = f"{name_of(model)}.sql"  # no attribute of an operator has a point in its name
        told = ended[model].told if model in ended else "not built"
        setattr(self, field, f"-- {told}\n{sql_of(run, model) or ''}")
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

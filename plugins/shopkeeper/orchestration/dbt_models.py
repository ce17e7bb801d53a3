"""One task per dbt model, which shows the model's result in its selector's single dbt run.

Reads dbt's log while dbt runs and its results afterwards; never runs dbt itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from shopkeeper.paths import Home
from shopkeeper.settings import settings

GOOD = {"success", "pass", "warn", "no-op", "reused"}
BAD = {"error", "fail", "runtime error", "skipped"}
DEAD = {"failed", "upstream_failed", "skipped", "removed"}
POKES_PER_LOOK = 10


class DbtModel(BaseSensorOperator):
    """Succeeds when the model is built and its tests have passed; fails without retry if dbt failed."""

    template_fields = ("build_id",)
    ui_color = "#f0e6dc"

    def __init__(
        self,
        *,
        selector: str,
        build_id: str,
        dbt_task_id: str,
        unique_id: str,
        test_ids: tuple[str, ...],
        poke_interval: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.selector = selector
        self.build_id = build_id
        self.dbt_task_id = dbt_task_id
        self.unique_id = unique_id
        self.test_ids = test_ids
        self.pokes = 0

    def poke(self, context: Any) -> bool:
        """Look once. Also checks the dbt task itself now and then, since a killed dbt writes nothing."""
        run = Home(settings().home).build(self.build_id).dbt_run(self.selector)
        has_ended = run.results.exists()
        outcomes = dict(_results(run.results) if has_ended else _logged(run.log)) | dict(_reused(run.reused))
        mine = {node: outcomes[node] for node in (self.unique_id, *self.test_ids) if node in outcomes}
        for node, (status, message) in mine.items():
            if status in BAD:
                raise AirflowFailException(f"{node.split('.', 2)[-1]} ended as {status}: {message}")
        if len(mine) == 1 + len(self.test_ids):
            for node, (status, message) in mine.items():
                self.log.info("%s: %s %s", node.split(".", 2)[-1], status, message)
            return True
        if has_ended:
            raise AirflowFailException(f"dbt has ended without {self.unique_id} and all its tests")
        self._require_living_dbt(context)
        return False

    def _require_living_dbt(self, context: Any) -> None:
        self.pokes += 1
        if self.pokes % POKES_PER_LOOK:
            return
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[self.dbt_task_id], run_ids=[ti.run_id])
        state = states.get(ti.run_id, {}).get(self.dbt_task_id)
        if state in DEAD:
            raise AirflowFailException(f"{self.dbt_task_id} has {state}; its log says why")
        if state == "up_for_retry":
            raise AirflowException(f"{self.dbt_task_id} is to be tried again; this task leaves it the room")


def _logged(file: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each finished node of a running dbt with its status and message, from its JSON log."""
    if not file.exists():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if '"node_finished_at"' not in line or not line.endswith("\n"):
                continue
            event = json.loads(line)
            node = event["data"].get("node_info") or {}
            if node.get("node_status") in GOOD | BAD:
                yield node["unique_id"], (node["node_status"], event["info"]["msg"])


def _reused(file: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each node that dbt reused, with the reason."""
    if file.exists():
        for node, told in json.loads(file.read_text()).items():
            yield node, ("reused", f"from {told['judged_in']} because: {told['why']}")


def _results(file: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    for result in json.loads(file.read_text())["results"]:
        yield result["unique_id"], (result["status"], result["message"] or "")

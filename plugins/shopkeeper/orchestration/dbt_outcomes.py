"""How models and tests of one dbt run have ended: from dbt's log while it runs, from its results afterwards.

Reads files only; what a task does about them is in `dbt_models`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopkeeper.paths import DbtPaths
from shopkeeper.sentences import Sentence

GOOD = {"success", "pass", "warn", "no-op", "reused"}
BAD = {"error", "fail", "runtime error", "skipped"}


@dataclass(frozen=True)
class Outcome:
    """How one node of dbt ended."""

    status: str
    message: str
    seconds: float | None = None
    row_count: int | None = None
    failing_rows: tuple[dict[str, Any], ...] = ()
    failures: int | None = None
    why: str = ""

    @property
    def told(self) -> str:
        """How it ended in one line: why it was reused, or its rows and seconds."""
        if self.seconds is None:
            return f"{self.status} {self.message}".strip()
        rows = "" if self.row_count is None else f", {self.row_count:,} rows"
        return f"{self.status}{rows} in {self.seconds:.2f} s"


def outcomes_of(run: DbtPaths) -> dict[str, Outcome]:
    """Return each node that has ended so far, by unique id."""
    return dict(_results(run) if run.results.exists() else _logged(run.log)) | dict(_reused(run.reused))


def name_of(unique_id: str) -> str:
    """Return the name of a model or a test without what makes its id unique."""
    return unique_id.split(".")[2]


def verdict_of(node: str, outcome: Outcome) -> Sentence:
    """Say in one line how a node ended, and why."""
    why = Sentence("{count:,} rows", count=outcome.failures) if outcome.failures else outcome.message
    if outcome.why:
        why = " ".join(outcome.why.split())
    return Sentence(
        "{node} ended as {status}: {why}", node=name_of(node), status=Sentence(outcome.status), why=why
    )


def evidence_of(run: DbtPaths, node: str, outcome: Outcome) -> Iterator[str]:
    """Yield what the engine says of a node that failed, its rows, and its SQL, line by line."""
    yield from filter(str.strip, outcome.why.splitlines())
    for row in outcome.failing_rows:
        yield json.dumps(row, ensure_ascii=False)
    yield from (sql_of(run, node) or "").strip().splitlines()


def sql_of(run: DbtPaths, unique_id: str) -> str | None:
    """Return the compiled SQL of a node that dbt ran."""
    compiled = run.compiled_file(name_of(unique_id))
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
                yield (
                    node["unique_id"],
                    Outcome(
                        status=node["node_status"],
                        message=event["info"]["msg"],
                        seconds=data.get("execution_time"),
                        row_count=data.get("row_count"),
                        failing_rows=tuple(data.get("failing_rows", ())),
                        failures=data.get("num_failures"),
                        why=data.get("why", ""),
                    ),
                )


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
                failures=result.get("failures"),
                why=result["message"] or "" if result["status"] in ("error", "runtime error") else "",
            ),
        )

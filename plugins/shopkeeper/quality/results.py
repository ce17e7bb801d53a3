"""The results of a gate, and where they are written (`gates/<name>.json`)."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from shopkeeper.contracts import GATES, Severity
from shopkeeper.files import write_json
from shopkeeper.paths import BuildPaths
from shopkeeper.sentences import as_json, restored


@dataclass(frozen=True)
class RuleResult:
    """One rule's verdict; `failing_rows` are at most 20, personal values masked.

    `judged_in`: the version that reached the verdict, if this build reused it. Of a source: `origins`: file
    and lines of each failing row, empty where they are not known; `batch_ids`: all batches with such rows.
    """

    contract: str
    rule: str
    severity: Severity
    reason: str
    has_passed: bool
    observed: str
    failing_rows: tuple[dict[str, Any], ...] = ()
    judged_in: str | None = None
    origins: tuple[str, ...] = ()
    batch_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """One gate's verdict on one build; it passed if no critical rule failed."""

    gate: str
    build_id: str
    has_passed: bool
    rules: tuple[RuleResult, ...]


def write_result(build: BuildPaths, result: GateResult) -> None:
    """Write a result where `publish` looks for it."""
    rules = [{**asdict(rule), "said": as_json(rule.observed)} for rule in result.rules]
    write_json(build.gate(result.gate), {**asdict(result), "rules": rules})


def read_results(build: BuildPaths) -> list[GateResult]:
    """Read the results of the gates that this build has passed through, in the order of the refresh."""
    results = []
    for path in map(build.gate, GATES):
        if not path.exists():
            continue
        stored = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(_read(rule) for rule in stored["rules"])
        results.append(GateResult(**{**stored, "rules": found}))
    return results


def _read(rule: dict[str, Any]) -> RuleResult:
    observed = restored(rule["observed"], rule.pop("said", None))
    lists = {name: tuple(rule.get(name, ())) for name in ("failing_rows", "origins", "batch_ids")}
    return RuleResult(**{**rule, "observed": observed, **lists})

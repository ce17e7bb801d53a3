"""What made a build fail: the rules of gates, and the models and tests of dbt; never a value of a row."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shopkeeper import quality, warehouse
from shopkeeper.paths import BuildPaths, Home

FAILED = {"fail": "failed", "error": "ended in an error", "runtime error": "ended in an error"}


@dataclass(frozen=True)
class Failure:
    """One thing that failed, and the task of Airflow whose verdict shows it."""

    task: str
    kind: Literal["rule", "model", "test"]
    name: str
    outcome: str

    @property
    def sentence(self) -> str:
        """What failed, in English."""
        return f"{self.task}: the {self.kind} {self.name} {self.outcome}"


def latest_build(home: Home) -> BuildPaths | None:
    """Return the latest build that no version was made of; it may be under way."""
    names = sorted(path.name for path in home.builds.glob("v*")) if home.builds.is_dir() else []
    is_later = names and names[-1] > (warehouse.current(home) or "")
    return home.build(names[-1]) if is_later else None


def failures_of(build: BuildPaths) -> list[Failure]:
    """Return what failed in a build, and nothing that was skipped because of it."""
    return [*_rules(build), *dbt_failures(build)]


def _rules(build: BuildPaths) -> Iterator[Failure]:
    for result in quality.read_results(build):
        for rule in result.rules:
            if not rule.has_passed and rule.severity == "critical":
                yield Failure(f"gate_{result.gate}", "rule", f"{rule.contract} {rule.rule}", "did not hold")


def dbt_failures(build: BuildPaths) -> Iterator[Failure]:
    """Yield the models and tests of dbt that failed."""
    for selector in warehouse.SELECTORS:
        file = build.dbt_run(selector).results
        if not file.exists():
            continue
        for each in json.loads(file.read_bytes())["results"]:
            kind, _, name, *_ = each["unique_id"].split(".")
            if each["status"] in FAILED:
                is_test = kind in ("test", "unit_test")
                outcome = FAILED[each["status"]]
                yield Failure(f"{selector}.dbt", "test" if is_test else "model", name, outcome)

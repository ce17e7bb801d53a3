"""The result of a refresh on one screen: what was published, its content, the durations, where to look.

Every number comes from the version's manifest or from Airflow; nothing is computed again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from shopkeeper.local_airflow.client import Airflow, TaskState
from shopkeeper.local_airflow.state import DOCUMENTS
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.terminal import plain

MOST_CHANGES = 6


@dataclass(frozen=True)
class Duration:
    """Seconds of a run: total, and those in which at least one step was working."""

    wall: float
    work: float

    @property
    def airflow(self) -> float:
        """Airflow's own share: starting tasks, reading DAGs, waiting for a slot."""
        return max(0.0, self.wall - self.work)


def measure(airflow: Airflow, run_id: str, tasks: Iterable[TaskState], wall: float) -> Duration:
    """Return how long a run took, from the times that each step recorded."""
    spans = []
    for task in tasks:
        if task.state == "success" and ("." not in task.task_id or task.task_id.endswith(".dbt")):
            told = airflow.result_of(run_id, task.task_id)
            if isinstance(told, dict) and "work" in told:
                spans.append((told["work"][0], told["work"][1]))
    return Duration(wall, covered(spans))


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return the seconds covered by at least one span (start, end)."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def show(home: Home, manifest: dict[str, Any], duration: Duration, url: str, console: Console) -> None:
    """Print the summary of a published version."""
    steps, gates = manifest["steps"], manifest["gates"]
    batches, rows = manifest["batches"], manifest["rows"]
    warnings = sum(len(gate["warnings"]) for gate in gates.values())
    facts = Table(box=None, show_header=False, pad_edge=False)
    as_of = plain(f", as of {manifest['as_of_date']}")
    facts.add_row("published", plain(manifest["version"], "bold").append_text(as_of))
    facts.add_row("batches", f"{len(batches['new']):,} new, {len(batches['contained']):,} contained")
    facts.add_row("rows", f"{rows['accepted']:,} accepted, {rows['quarantined']:,} quarantined")
    passed = ", ".join(f"{name} ({gate['rule_count']} rules)" for name, gate in gates.items())
    facts.add_row("gates passed", plain(passed + (f"; {warnings} warnings" if warnings else "")))
    if manifest.get("changed"):
        facts.add_row("made anew", plain("; ".join(manifest["changed"][:MOST_CHANGES])))
    if taken_over := reused(steps):
        facts.add_row("reused", plain(f"{taken_over} because nothing that they read has changed"))
    for label, difference in _differences(home, manifest):
        facts.add_row(label, plain(difference))
    why_one_segment = steps.get("segment_customers", {}).get("why_one_segment")
    if why_one_segment:
        facts.add_row("segments", plain(why_one_segment))
    if manifest.get("off"):
        tables = ", ".join(f"{table} (needs {need})" for table, need in manifest["off"].items())
        facts.add_row("off", plain(tables))
    facts.add_row(
        "time",
        f"{duration.wall:.1f} s, of which the steps worked {duration.work:.1f} s "
        f"and Airflow took {duration.airflow:.1f} s",
    )
    console.print(facts)
    console.print(_segments(steps.get("segment_customers", {}).get("segments", [])))
    channels = steps.get("attribute_sales", {}).get("channels", {})
    if channels:
        console.print(_channels(channels))
    version = home.version(manifest["version"])
    places = Table(box=None, show_header=False, pad_edge=False)
    places.add_row("Airflow", plain(url))
    places.add_row("warehouse", plain(version.warehouse))
    places.add_row("documents", plain(url + DOCUMENTS))
    console.print(places, soft_wrap=True)


def reused(steps: dict[str, Any]) -> str:
    """Return how much of a version was reused from its base; nothing if all of it was built."""
    return ", ".join(f"{count} {kind}" for kind, count in reused_counts(steps).items())


def reused_counts(steps: dict[str, Any]) -> dict[str, int]:
    """Return how much of each kind was reused from the base, of kinds of which anything was."""
    told = {name: facts["reused"] for name, facts in steps.items() if facts.get("reused")}
    kinds = {
        "models and tests": sum(
            n for name, n in told.items() if isinstance(n, int) and STEPS[name].kind == "dbt"
        ),
        "rules": sum(n for name, n in told.items() if STEPS[name].kind == "gate"),
        "steps": sum(1 for each in told.values() if isinstance(each, str)),
    }
    return {kind: count for kind, count in kinds.items() if count}


def _differences(home: Home, manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the largest differences between the marts of a version and of its base, if the base still
    exists.
    """
    from shopkeeper import warehouse

    base = manifest["base_version"]
    if base not in {version.name for version in warehouse.versions(home)}:
        return
    found = warehouse.compare_versions(home, base, manifest["version"], "marts.")
    for place, each in enumerate(found[:MOST_CHANGES]):
        sides = ("nothing" if side is None else f"{side:,}" for side in (each.before, each.after))
        moved = f", {' to '.join(sides)}" if each.size else ""
        yield "" if place else f"against {base}", f"{each.table}: {each.what}{moved}"


def _segments(segments: list[dict[str, Any]]) -> Table:
    table = _ruled("segment", "customers")
    for segment in sorted(segments, key=lambda each: -each["customer_count"]):
        table.add_row(plain(segment["segment_name"]), f"{segment['customer_count']:,}")
    return table


def _channels(channels: dict[str, str]) -> Table:
    table = _ruled("channel (Markov credit)", "credited amount")
    for channel, amount in channels.items():
        table.add_row(plain(channel), f"{Decimal(amount):,.2f}")
    return table


def _ruled(label: str, number: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(label, min_width=24)
    table.add_column(number, justify="right")
    return table

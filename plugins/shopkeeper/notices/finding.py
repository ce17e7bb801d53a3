"""Finds what is wrong with a home although no task is red, in sentences."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shopkeeper import quality, warehouse
from shopkeeper.contracts import catalog
from shopkeeper.errors import UserError
from shopkeeper.landing import DroppedFile, dropped_files
from shopkeeper.landing.quarantine import Quarantined
from shopkeeper.notices.feeds import feeds_of
from shopkeeper.paths import BuildPaths, Home

REFUSED_FILES = "Refused files: {count} ({where})"
REFUSED_ROWS = "Refused rows: {count} ({where})"
UNKNOWN_FILES = "Files in the inbox that no contract names: {count} ({where})"
HELD = "Held batches: {count}"
LATE = "Late feed {feed}: its last day is {date}, {age} days before the as-of date; {limit} are allowed"
GATE = "Warnings of gate {gate}: {rules}"
DBT = "Warnings of dbt: {tests}"
TEXTS = (REFUSED_FILES, REFUSED_ROWS, UNKNOWN_FILES, HELD, LATE, GATE, DBT)
AGE = "feed_age_days_is_within_its_limit"
"""A gate's rule that says the same as `LATE`."""


@dataclass(frozen=True)
class Notice:
    """One sentence: a text of `TEXTS`, and what fills its places. `topic`: the part of Health with more."""

    topic: str
    text: str
    facts: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return self.text.format(**self.facts)


def find_notices(
    home: Home,
    batches: Sequence[warehouse.Batch],
    refusals: Iterable[Quarantined],
    unknown: Iterable[DroppedFile] | None = None,
) -> list[Notice]:
    """Return what is wrong now, the gravest first, from a home's batches and open refusals.

    `unknown`: the files that no contract names, if they are known already.
    """
    found = [
        *_refused(refusals),
        *_unknown(unknown_files(dropped_files(home)) if unknown is None else unknown),
    ]
    if held := sum(batch.is_held for batch in batches):
        found.append(Notice("batches", HELD, {"count": held}))
    try:
        told = warehouse.manifest(home)
    except UserError:
        return found
    for feed in feeds_of(catalog().sources, batches, told["as_of_date"], {}):
        if feed.is_late:
            facts = {"feed": feed.contract.name, "date": feed.last_date, "age": feed.age_days}
            found.append(Notice("feeds", LATE, {**facts, "limit": feed.limit_days}))
    return [*found, *_warnings(home, home.version(told["version"]))]


def _refused(refusals: Iterable[Quarantined]) -> Iterator[Notice]:
    files, rows = Counter[str](), Counter[str]()
    for entry in refusals:
        (files if entry.is_whole_file else rows)[f"{entry.system}.{entry.table}"] += entry.row_count or 1
    for text, counts in ((REFUSED_FILES, files), (REFUSED_ROWS, rows)):
        if counts:
            yield Notice("quarantine", text, _counted(counts))


def unknown_files(dropped: Iterable[DroppedFile]) -> list[DroppedFile]:
    """Return those of the dropped files that no contract names; no landing takes them."""
    sources = catalog()
    return [file for file in dropped if sources.for_file(file.system, file.name) is None]


def _unknown(files: Iterable[DroppedFile]) -> Iterator[Notice]:
    if counts := Counter(file.system or "inbox" for file in files):
        yield Notice("unknown", UNKNOWN_FILES, _counted(counts))


def _counted(counts: Counter[str]) -> dict[str, Any]:
    where = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    return {"count": f"{counts.total():,}", "where": where}


def _warnings(home: Home, version: BuildPaths) -> Iterator[Notice]:
    for result in quality.read_results(version):
        failed = [f"{r.contract} {r.rule}" for r in result.rules if not r.has_passed and r.rule != AGE]
        if failed:
            yield Notice("gates", GATE, {"gate": result.gate, "rules": ", ".join(failed)})
    if tests := sorted(node.split(".")[2] for node in _warned(home, version)):
        yield Notice("gates", DBT, {"tests": ", ".join(tests)})


def _warned(home: Home, version: BuildPaths) -> Iterator[str]:
    """Yield the tests of dbt that warn: that ran, or whose verdict an earlier version reached."""
    judged: dict[str, set[str]] = defaultdict(set)
    for node, reused in warehouse.reused_nodes(version).items():
        judged[reused.judged_in].add(node)
    yield from _warned_in(version)
    for name, nodes in judged.items():
        yield from nodes.intersection(_warned_in(home.version(name)))


@lru_cache(maxsize=32)
def _warned_in(version: BuildPaths) -> frozenset[str]:
    files = (version.dbt_run(selector).results for selector in warehouse.SELECTORS)
    results = (each for file in files if file.exists() for each in json.loads(file.read_text())["results"])
    return frozenset(each["unique_id"] for each in results if each["status"] == "warn")

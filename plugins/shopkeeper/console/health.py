"""The state of the house: the last refresh, versions, feeds, quarantine, batches, gates, times, disk."""

import json
import os
import shlex
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from shopkeeper import quality, warehouse
from shopkeeper.console import rendering
from shopkeeper.console.access import Looking
from shopkeeper.console.actions import read_actions, undoable
from shopkeeper.console.histories import judged_builds
from shopkeeper.contracts import GATES, catalog
from shopkeeper.errors import UserError
from shopkeeper.landing import DroppedFile, dropped_files, quarantine, waiting_files
from shopkeeper.local_airflow.runs import Run
from shopkeeper.local_airflow.summary import reused_counts
from shopkeeper.notices import dbt_failures, feeds_of, find_notices, latest_build, unknown_files
from shopkeeper.paths import Home
from shopkeeper.terminal import visible

router = APIRouter()
BATCHES_SHOWN = UNKNOWN_SHOWN = BUILDS_SHOWN = 20
SIZE_SECONDS = 60
BEGUN_BY = {
    "manual": "By hand",
    "scheduled": "By the clock",
    "asset_triggered": "By arrived files",
    "backfill": "Backfill",
}
"""What began a run, by Airflow's word for it."""

A_FOLDER = "It is a folder: drop its files themselves."
UNTYPABLE = "Rename it: its name has characters that nobody can type."


@dataclass(frozen=True)
class VersionFacts:
    """One published version: what it holds, how long it took."""

    name: str
    is_current: bool
    base_version: str | None
    as_of_date: str | None
    published_at: str
    row_count: int
    batch_count: int
    new_count: int
    byte_count: int
    seconds: float | None


def recent_runs() -> list[Run]:
    """Return the latest runs, newest first; who runs the console replaces this (`dependency_overrides`)."""
    return []


@router.get("/")
def health(
    request: Request, caller: Looking, runs: Annotated[list[Run], Depends(recent_runs)], all: bool = False
) -> HTMLResponse:
    """Show the state of the house."""
    home: Home = request.app.state.home
    current = warehouse.current(home)
    told = warehouse.manifest(home) if current else {}
    batches = warehouse.batches(home)
    refusals = quarantine.refusals(home)
    dropped = dropped_files(home)
    unknown = unknown_files(dropped)
    open_rows: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in refusals:
        open_rows[f"{entry.system}.{entry.table}"] += entry.row_count or 1
        reasons[f"{entry.system}.{entry.table}"].update(entry.reasons)
    done = read_actions(home, 20)
    taken = [each for each in batches if told and each.batch_id in set(told["batches"]["new"])]
    latest = sorted(batches, key=lambda batch: (not batch.is_held, -batch.landed_sequence))
    return rendering.page(
        request,
        "health.html",
        told=told,
        taken={
            "accepted": sum(batch.accepted_count for batch in taken),
            "refused": sum(batch.quarantined_count for batch in taken),
        },
        reused=reused_counts(told.get("steps", {})),
        unpublished=unpublished(home),
        versions=[facts_of(home, version) for version in reversed(warehouse.versions(home))],
        feeds=feeds_of(catalog().sources, batches, told.get("as_of_date"), open_rows),
        reasons=reasons,
        refusals=refusals,
        batches=latest if all else latest[:BATCHES_SHOWN],
        counts=Counter(batch.status for batch in batches),
        taken_back=quarantine.read_taken_back(home),
        held_count=sum(batch.is_held for batch in batches),
        waiting_count=len(set(waiting_files(home, dropped)) - {file.path for file in unknown}),
        unknown=[(file.name, *_next_step(file)) for file in unknown[:UNKNOWN_SHOWN]],
        unknown_count=len(unknown),
        gates=GATES,
        judged=judged_builds(home)[:BUILDS_SHOWN],
        runs=runs,
        begun_by=BEGUN_BY,
        notices=find_notices(home, batches, refusals, unknown),
        actions=done,
        undoable=undoable(done),
        disk=disk(home),
    )


def facts_of(home: Home, version: warehouse.Version) -> VersionFacts:
    """Return what is known of a version; only its name if its manifest is damaged."""
    places = home.version(version.name)
    try:
        told = warehouse.manifest(home, version.name)
    except UserError:
        told = {"batches": {"new": []}}
    return VersionFacts(
        name=version.name,
        is_current=version.is_current,
        base_version=version.base_version,
        as_of_date=version.as_of_date,
        published_at=version.published_at,
        row_count=version.row_count,
        batch_count=version.batch_count,
        new_count=len(told["batches"]["new"]),
        byte_count=_size(places.root, version.name),
        seconds=_seconds(places.begun, version.published_at),
    )


def unpublished(home: Home) -> dict[str, Any] | None:
    """Return the latest build if it is not published, with what failed in it; it may be under way."""
    build = latest_build(home)
    if build is None:
        return None
    failed = [
        (result.gate, rule)
        for result in quality.read_results(build)
        for rule in result.rules
        if not rule.has_passed
    ]
    return {
        "name": build.root.name,
        "failed": failed,
        "of_dbt": list(dbt_failures(build)),
        "started_at": _started(build.begun),
    }


def _next_step(file: DroppedFile) -> tuple[str | None, str | None]:
    """Return the command that drafts a contract for a file, or what to do before there is one to paste."""
    words = ["shopkeeper", "source", "draft", str(file.path), "--system", file.system or "SYSTEM"]
    command = f"{shlex.join(words)} --table TABLE"
    if file.path.is_dir():
        return None, A_FOLDER
    return (command, None) if visible(command) == command else (None, UNTYPABLE)


def _started(begun: Path) -> str | None:
    try:
        return str(json.loads(begun.read_bytes())["started_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _seconds(begun: Path, published_at: str) -> float | None:
    started = _started(begun)
    try:
        return (datetime.fromisoformat(published_at) - datetime.fromisoformat(started or "")).total_seconds()
    except (ValueError, TypeError):
        return None


def disk(home: Home) -> dict[str, Any]:
    """Return how full the disk is, and what takes room below the home."""
    places = {
        "raw": home.raw,
        "quarantine": home.quarantine,
        "published": home.versions,
        "build": home.builds,
        "airflow": home.airflow,
    }
    moment = int(time.monotonic() // SIZE_SECONDS)
    usage = shutil.disk_usage(home.root)
    return {"usage": usage, "places": {name: _size(place, moment) for name, place in places.items()}}


@lru_cache(maxsize=64)
def _size(folder: Path, _as_of: object) -> int:
    """Return the bytes below a folder; counted again when `_as_of` changes."""
    return sum(_sizes(folder))


def _sizes(folder: Path | str) -> Iterator[int]:
    """Yield the bytes of each file below a folder; what disappears meanwhile has none."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
            elif not entry.is_symlink():
                with suppress(OSError):
                    yield entry.stat().st_size

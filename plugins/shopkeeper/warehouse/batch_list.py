"""Decides which landed batches a version contains, and which the next version adds, removes or holds back.

Decides from receipts alone; moving rows is dbt's work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of
from shopkeeper.landing import Arrival, batch_with, quarantine
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence
from shopkeeper.warehouse import published
from shopkeeper.warehouse.holds import Hold, read_holds, remove_hold, trust, write_hold
from shopkeeper.warehouse.landed_batches import Batch, Status, in_order, landed


def survey(home: Home, contained: Mapping[str, int], found: Sequence[Batch] | None = None) -> list[Batch]:
    """Return every landed batch, in landing order, seen from a version with the given batches.

    `contained`: batch id → its place in the landing order when the version was made. `found`: what has
    landed, if it was just read.
    """
    holds = read_holds(home)
    found = landed(home) if found is None else found
    candidates = [_as_held(batch, holds.get(batch.batch_id)) for batch in found]
    counting = _counting(candidates)
    moved = _moved([counting[batch_id] for batch_id in counting.keys() & contained.keys()], contained)
    judged = []
    for batch in in_order(counting.get(batch.batch_id, batch) for batch in candidates):
        is_contained = batch.batch_id in contained
        status: Status
        if batch.batch_id in counting:
            status = "kept" if is_contained and batch.batch_id not in moved else "new"
        elif is_contained:
            status = "withdrawn"
        else:
            status = "expired" if batch.expired_at else "held" if batch.is_held else "superseded"
        judged.append(replace(batch, status=status, is_contained=is_contained))
    missing = set(contained) - {batch.batch_id for batch in judged}
    if missing:
        raise UserError(
            f"{home.raw} has lost {len(missing)} batches that the published version contains, "
            f"first {min(missing)}; put the file back and run again"
        )
    return judged


def batches(home: Home) -> list[Batch]:
    """Return every landed batch, in landing order, seen from the published version."""
    return survey(home, contained(home))


def contained(home: Home) -> dict[str, int]:
    """Return the batches in the published version: id → its place in the landing order at that time."""
    version = published.current(home)
    if version is None:
        return {}
    rows = chosen_batches(home, version, ["batch_id", "landed_sequence"])
    return {batch_id: row["landed_sequence"] for batch_id, row in rows.items()}


def chosen_batches(home: Home, version: str, columns: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return each batch of a version as its list recorded it when the version was begun.

    `columns`: which to read, if not all.
    """
    told, file = published.manifest(home, version), home.version(version).batches
    sha256 = told.get("files", {}).get(file.name)
    try:
        if sha256 not in (None, sha256_of(file)):
            raise published.damaged(file)
        rows = {row["batch_id"]: row for row in pq.ParquetFile(file).read(columns).to_pylist()}
        return {batch_id: rows[batch_id] for batch_id in told["batches"]["contained"]}
    except PermissionError:
        raise
    except (OSError, pa.ArrowException, KeyError) as error:
        raise published.damaged(file) from error


def hold(home: Home, *batch_ids: str, why: str = "by hand") -> None:
    """Keep batches out of every refresh from now on; the next one removes those already contained.

    `UserError` for a batch that is held already, except by a rollback: the first reason stays.
    """
    holds = read_holds(home)
    for batch_id in (batch_with(home, start) for start in batch_ids):
        held = holds.get(batch_id)
        if held is not None and not held.is_of_a_rollback:
            raise UserError(Sentence("{batch} is held already: {why}", batch=batch_id[:12], why=held.why))
        write_hold(home, batch_id, Hold(why))


def release(home: Home, *batch_ids: str) -> None:
    """Let the next refresh add batches that were held; `UserError` for a replay that was taken back."""
    taken_back = quarantine.read_taken_back(home)
    for batch_id in (batch_with(home, start) for start in batch_ids):
        if batch_id in taken_back:
            why = (
                "{batch} is a replay that was taken back; whoever may correct rows puts it back: "
                "`shopkeeper quarantine put-back {batch} --reason …`"
            )
            raise UserError(Sentence(why, batch=batch_id[:12]))
        trust(home, batch_id)
        remove_hold(home, batch_id)


def _counting(candidates: list[Batch]) -> dict[str, Batch]:
    """Return the batches that count, with the name and landing place under which they count.

    For each file name only the last arrival counts; a batch's replays count with it. What a batch replaced
    does not count again when it expires.
    """
    last: dict[tuple[str, str, str], tuple[Arrival, Batch]] = {}
    for batch in candidates:
        if batch.replay_of is None:
            for name, arrival in batch.names.items():
                place = (batch.system, batch.table, name)
                if place not in last or last[place][0] < arrival:
                    last[place] = arrival, batch
    counting: dict[str, Batch] = {}
    for (_, _, name), (arrival, batch) in sorted(last.items(), key=lambda item: item[1][0]):
        is_latest = (batch.file_name, batch.landed_sequence) == (name, arrival.place)
        counting[batch.batch_id] = (
            batch if is_latest else replace(batch, file_name=name, landed_sequence=arrival.place)
        )
    for batch in candidates:
        if batch.names and batch.replay_of in counting:
            counting[batch.batch_id] = batch
    return {batch_id: batch for batch_id, batch in counting.items() if batch.expired_at is None}


def _moved(kept: list[Batch], contained: Mapping[str, int]) -> set[str]:
    """Return the batches that have overtaken another of their table since the version was made.

    The later of two statements about one key wins, so order is part of the content. A replay takes the place
    of its origin.
    """
    now = {batch.batch_id: batch.landed_sequence for batch in kept}
    moved, furthest = set(), dict.fromkeys((batch.table for batch in kept), 0)
    for batch in sorted(kept, key=lambda batch: now.get(batch.replay_of or batch.batch_id, 0)):
        before = contained.get(batch.replay_of or batch.batch_id, 0)
        if before < furthest[batch.table]:
            moved.add(batch.batch_id)
        furthest[batch.table] = max(before, furthest[batch.table])
    return moved


def _as_held(batch: Batch, hold: Hold | None) -> Batch:
    """Return a batch as held, under the names that still count."""
    return batch if hold is None else replace(batch, names=hold.counting(batch.names), why_held=hold.why)

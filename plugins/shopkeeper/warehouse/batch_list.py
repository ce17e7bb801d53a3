"""Which landed batches a version contains, and which ones the next one takes in, gives up or leaves held.

The choice is made here from receipts alone; moving rows is dbt's work.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow.parquet as pq

from shopkeeper.errors import UserError
from shopkeeper.landing.receipts import Arrival, Receipt, read_receipts
from shopkeeper.paths import Home
from shopkeeper.warehouse import published
from shopkeeper.warehouse.durable import sync, write_json

Status = Literal["kept", "new", "withdrawn", "superseded", "held"]


@dataclass(frozen=True)
class Batch:
    """One landed file, seen from the published version.

    `kept`: contained, and stays. `new`: the next refresh takes it in, or takes it in again (`is_contained`)
    where its content was sent again after another batch of its table. `withdrawn`: contained, but superseded
    or held since, so that the next refresh takes it out. `superseded` and `held`: neither contained nor to be
    taken in. `names`: every file name under which the content came, and when it came last.
    """

    batch_id: str
    system: str
    table: str
    file_name: str
    landed_at: str
    landed_sequence: int
    record_count: int
    accepted_count: int
    quarantined_count: int
    business_date_max: str | None
    replay_of: str | None
    names: dict[str, Arrival]
    status: Status = "new"
    is_contained: bool = False
    is_held: bool = False

    @property
    def arrival_number(self) -> int:
        """The number of the last arrival of its content; 0 where none counts."""
        return max((arrival.number for arrival in self.names.values()), default=0)


def survey(home: Home, contained: Mapping[str, int]) -> list[Batch]:
    """Return every landed batch, in order of landing, as a version sees it that contains these batches.

    ``contained``: batch id → its place in the order of landing when the version was made.
    """
    held = _held(home)
    candidates = [_as_held(batch, held.get(batch.batch_id)) for batch in landed(home)]
    counting = _counting(candidates)
    moved = _moved([counting[batch_id] for batch_id in counting.keys() & contained.keys()], contained)
    judged = []
    for batch in _in_order(counting.get(batch.batch_id, batch) for batch in candidates):
        is_contained = batch.batch_id in contained
        status: Status
        if batch.batch_id in counting:
            status = "kept" if is_contained and batch.batch_id not in moved else "new"
        elif is_contained:
            status = "withdrawn"
        else:
            status = "held" if batch.is_held else "superseded"
        judged.append(replace(batch, status=status, is_contained=is_contained))
    missing = set(contained) - {batch.batch_id for batch in judged}
    if missing:
        raise UserError(
            f"{home.raw} has lost {len(missing)} batches that the published version contains, "
            f"first {min(missing)}; put the file back and run again"
        )
    return judged


def batches(home: Home) -> list[Batch]:
    """Return every landed batch, in order of landing, seen from the published version."""
    return survey(home, contained(home))


def contained(home: Home) -> dict[str, int]:
    """Return the batches in the published version: id → its place in the order of landing as it knows it."""
    version = published.current(home)
    return {} if version is None else _chosen(home, version, "landed_sequence")


def _chosen(home: Home, version: str, column: str) -> dict[str, int]:
    """Return a number of each batch that a version contains, as the version was begun."""
    chosen = pq.read_table(home.versions / version / "batches.parquet")
    name = column if column in chosen.column_names else "landed_sequence"
    numbers = dict(zip(chosen["batch_id"].to_pylist(), chosen[name].to_pylist(), strict=True))
    listed = published.manifest(home, version)["batches"]["contained"]
    return {batch_id: numbers[batch_id] for batch_id in listed}


def hold(home: Home, *batch_ids: str, why: str = "by hand") -> None:
    """Keep batches out of every refresh from now on; the next one takes out those that are in."""
    for batch_id in batch_ids:
        write_json(home.state / "held" / _whole(home, batch_id), {"why": why})


def hold_later(home: Home, version: str, why: str) -> None:
    """Keep out all that landed after a version: later batches, and later arrivals of earlier ones."""
    last = max(_chosen(home, version, "arrival_number").values(), default=0)
    held = _held(home)
    for batch in landed(home):
        if batch.arrival_number > last:
            after = min(last, held.get(batch.batch_id, last))
            write_json(home.state / "held" / batch.batch_id, {"why": why, "after": after})


def release(home: Home, *batch_ids: str) -> None:
    """Let the next refresh take in batches that were held."""
    for batch_id in batch_ids:
        (home.state / "held" / _whole(home, batch_id)).unlink(missing_ok=True)
    if (home.state / "held").is_dir():
        sync(home.state / "held")


def _whole(home: Home, start: str) -> str:
    """Return the one batch id that starts so."""
    known = [batch.batch_id for batch in landed(home) if batch.batch_id.startswith(start)]
    if len(known) != 1:
        what = "no batch" if not known else "more than one batch"
        raise UserError(f"{what} starts with {start}; `shopkeeper batches list` shows them")
    return known[0]


def _counting(candidates: list[Batch]) -> dict[str, Batch]:
    """Return the batches that count, with the name and the place in the order of landing where they do.

    Of one file name the last arrival counts; and with a batch its replays do.
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
        counting[batch.batch_id] = replace(batch, file_name=name, landed_sequence=arrival.place)
    for batch in candidates:
        if batch.names and batch.replay_of in counting:
            counting[batch.batch_id] = batch
    return counting


def _moved(kept: list[Batch], contained: Mapping[str, int]) -> set[str]:
    """Return the batches that have overtaken another of their table since the version was made.

    Of two statements about one key the later counts, so that their order is part of the content. A replay
    stands where its origin does.
    """
    now = {batch.batch_id: batch.landed_sequence for batch in kept}
    moved, furthest = set(), dict.fromkeys((batch.table for batch in kept), 0)
    for batch in sorted(kept, key=lambda batch: now.get(batch.replay_of or batch.batch_id, 0)):
        before = contained.get(batch.replay_of or batch.batch_id, 0)
        if before < furthest[batch.table]:
            moved.add(batch.batch_id)
        furthest[batch.table] = max(before, furthest[batch.table])
    return moved


def _held(home: Home) -> dict[str, int]:
    """Return the held batches: id → the number of the last arrival that still counts, 0 for none."""
    folder = home.state / "held"
    if not folder.is_dir():
        return {}
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    return {batch_id: json.loads(text or "{}").get("after", 0) for batch_id, text in texts.items()}


def _as_held(batch: Batch, after: int | None) -> Batch:
    """Return a batch as it is held: without the names under which it came later."""
    if after is None:
        return batch
    names = {name: arrival for name, arrival in batch.names.items() if arrival.number <= after}
    return replace(batch, names=names, is_held=True)


def landed(home: Home) -> list[Batch]:
    """Return every landed batch, in order of landing, before any choice."""
    shared = Batch.__dataclass_fields__.keys() & Receipt.__dataclass_fields__.keys()
    found = [Batch(**{name: getattr(receipt, name) for name in shared}) for receipt in read_receipts(home)]
    return _in_order(found)


def _in_order(found: Iterable[Batch]) -> list[Batch]:
    return sorted(found, key=lambda batch: (batch.landed_sequence, batch.batch_id))

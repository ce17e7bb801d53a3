"""Which landed batches a version contains, and which ones the next one takes in, gives up or leaves held.

The choice is made here from receipts alone; moving rows is dbt's work.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from shopkeeper.errors import UserError
from shopkeeper.landing.receipts import Receipt, read_receipts
from shopkeeper.paths import Home
from shopkeeper.warehouse import published
from shopkeeper.warehouse.durable import sync, write_json

Status = Literal["kept", "new", "withdrawn", "superseded", "held"]


@dataclass(frozen=True)
class Batch:
    """One landed file, seen from the published version.

    `kept`: contained, and stays. `new`: the next refresh takes it in. `withdrawn`: contained, but superseded
    or held since, so that the next refresh takes it out. `superseded` and `held`: neither contained nor to be
    taken in.
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
    status: Status = "new"
    is_held: bool = False


def survey(home: Home, contained: Collection[str]) -> list[Batch]:
    """Return every landed batch, in order of landing, as a version with these batches sees it."""
    found, held = landed(home), _held(home)
    counting = _counting([batch for batch in found if batch.batch_id not in held])
    judged = []
    for batch in found:
        is_contained, is_held = batch.batch_id in contained, batch.batch_id in held
        status: Status
        if batch.batch_id in counting:
            status = "kept" if is_contained else "new"
        elif is_contained:
            status = "withdrawn"
        else:
            status = "held" if is_held else "superseded"
        judged.append(replace(batch, status=status, is_held=is_held))
    missing = set(contained) - {batch.batch_id for batch in found}
    if missing:
        raise UserError(
            f"{home.raw} has lost {len(missing)} batches that the published version contains, "
            f"first {min(missing)}; put the file back and run again"
        )
    return judged


def batches(home: Home) -> list[Batch]:
    """Return every landed batch, in order of landing, seen from the published version."""
    return survey(home, contained(home))


def contained(home: Home) -> list[str]:
    """Return the ids of the batches in the published version."""
    if published.current(home) is None:
        return []
    listed: list[str] = published.manifest(home)["batches"]["contained"]
    return listed


def hold(home: Home, *batch_ids: str, why: str = "by hand") -> None:
    """Keep batches out of every refresh from now on; the next one takes out those that are in."""
    for batch_id in batch_ids:
        write_json(home.state / "held" / _whole(home, batch_id), {"why": why})


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


def _counting(candidates: list[Batch]) -> set[str]:
    """Return the batches that count: of one file name the last landed, and the replays of these."""
    last: dict[tuple[str, str, str], Batch] = {}
    for batch in candidates:
        if batch.replay_of is None:
            name = (batch.system, batch.table, batch.file_name)
            if name not in last or last[name].landed_sequence < batch.landed_sequence:
                last[name] = batch
    counting = {batch.batch_id for batch in last.values()}
    for batch in candidates:
        if batch.replay_of in counting:
            counting.add(batch.batch_id)
    return counting


def _held(home: Home) -> set[str]:
    folder = home.state / "held"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def landed(home: Home) -> list[Batch]:
    """Return every landed batch, in order of landing, before any choice."""
    shared = Batch.__dataclass_fields__.keys() & Receipt.__dataclass_fields__.keys()
    found = [Batch(**{name: getattr(receipt, name) for name in shared}) for receipt in read_receipts(home)]
    return sorted(found, key=lambda batch: (batch.landed_sequence, batch.batch_id))

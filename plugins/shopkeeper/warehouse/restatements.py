"""Which file replaces which, and what is held because too much of the replaced one is missing in it.

All other rules about which batches count are in `batch_list`.
"""

from collections import defaultdict

import pyarrow.parquet as pq

from shopkeeper.contracts import Contract, catalog
from shopkeeper.engine import connect, identifier, scan
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence
from shopkeeper.warehouse.holds import Hold, is_trusted, write_hold
from shopkeeper.warehouse.landed_batches import Batch

OF_A_SNAPSHOT = (
    "{lost:.0%} of the {what} of the snapshot before are missing, {limit:.0%} may be; "
    "release it if that is right"
)
OF_A_FILE = (
    "{lost:.0%} of the {what} of the file that it would replace under its name are missing, "
    "{limit:.0%} may be; date the names of files that hold only what is new, or release it if that is right"
)


def replaced_by(contract: Contract, file_name: str, batches: list[Batch]) -> Batch | None:
    """Return the batch that a file of this name would replace: of snapshots the newest, else its namesake."""
    counting = [
        batch
        for batch in batches
        if (batch.system, batch.table) == (contract.system, contract.table)
        and batch.status in ("kept", "new")
        and batch.replay_of is None
        and _place(contract, batch.file_name) == _place(contract, file_name)
    ]
    return max(counting, key=lambda batch: batch.landed_sequence, default=None)


def hold_shrunken(home: Home, batches: list[Batch]) -> bool:
    """Hold each new file that lacks more than the declared share of what it would replace.

    Returns whether one is held now that was not before.
    """
    found = find_shrunken(home, batches)
    for batch, why in found:
        write_hold(home, batch.batch_id, Hold(why))
    return bool(found)


def find_shrunken(home: Home, batches: list[Batch]) -> list[tuple[Batch, str]]:
    """Return each new file to be held, with the reason and the cure. What a person released is trusted.

    A snapshot replaces the one before, any other file the one before of the same name. Their keys are
    compared; where no key is declared, their rows.
    """
    found: list[tuple[Batch, str]] = []
    feeds = defaultdict[tuple[str, str], list[Batch]](list)
    for batch in sorted(batches, key=lambda batch: batch.landed_sequence):
        feeds[batch.system, batch.table].append(batch)
    for contract in catalog().sources:
        if contract.file is None:
            continue
        before: dict[str, Batch] = {}
        for batch in feeds[contract.system, contract.table]:
            if batch.is_held or batch.expired_at or batch.replay_of is not None:
                continue
            place = _place(contract, batch.file_name)
            earlier = before.get(place)
            is_believed = batch.is_contained or is_trusted(home, batch.batch_id)
            if earlier is not None and batch.status == "new" and not is_believed:
                lost = _lost_rate(home, contract, earlier, batch)
                if lost > contract.file.maximum_lost_rate:
                    what = Sentence("keys" if contract.key else "rows")
                    facts = {"lost": lost, "what": what, "limit": contract.file.maximum_lost_rate}
                    why = Sentence(OF_A_FILE if place else OF_A_SNAPSHOT, **facts)
                    found.append((batch, why))
                    continue
            before[place] = batch
    return found


def _place(contract: Contract, file_name: str) -> str:
    is_snapshot = contract.file is not None and contract.file.delivery == "snapshots"
    return "" if is_snapshot else file_name


def _lost_rate(home: Home, contract: Contract, before: Batch, after: Batch) -> float:
    """Return the share of keys, or of rows where there is no key, that only the earlier batch has.

    The time of a state is no part of its key. A column that one of both lacks is not compared.
    """
    files = [home.batch(b.system, b.table, b.batch_id).rows for b in (before, after)]
    known = set.intersection(*(set(pq.read_schema(file).names) for file in files))
    is_upsert = contract.file is not None and contract.file.delivery == "upserts"
    compared = ", ".join(
        identifier(column.name)
        for column in contract.columns
        if column.name in known
        and (column.is_key or not contract.key)
        and not (column.is_key and is_upsert and column.type == "timestamp")
    )
    if not compared:
        return 0.0
    old, new = (f"select {'distinct ' if contract.key else ''}{compared} from {scan(file)}" for file in files)
    with connect() as connection:
        found = connection.execute(
            f"select (select count(*) from ({old})), (select count(*) from ({old} except all {new}))"
        ).fetchone()
    count, missing = found or (0, 0)
    return missing / count if count else 0.0

"""Holds a file that has lost too many keys: a cut snapshot, or new rows under the name of an old file.

All other rules about which batches count are in `batch_list`.
"""

from shopkeeper.contracts import catalog
from shopkeeper.engine import connect, identifier, scan
from shopkeeper.paths import Home
from shopkeeper.warehouse.batch_list import Batch
from shopkeeper.warehouse.holds import Hold, is_trusted, write_hold


def hold_shrunken(home: Home, batches: list[Batch]) -> list[Batch]:
    """Hold each new file that lacks more than the declared share of its predecessor's keys.

    The predecessor of a snapshot is the one before; of upserts it is the file that it would replace, since it
    comes under the same name. Returns the batches held. Batches released by a person are trusted.
    """
    held = []
    for contract in catalog().sources:
        if contract.file is None or contract.file.delivery not in ("snapshots", "upserts"):
            continue
        is_upsert = contract.file.delivery == "upserts"
        key = [c.name for c in contract.columns if c.is_key and not (is_upsert and c.type == "timestamp")]
        if not key:
            continue
        feed = [b for b in batches if (b.system, b.table) == (contract.system, contract.table)]
        before: dict[str, Batch] = {}
        for batch in sorted(feed, key=lambda batch: batch.landed_sequence):
            if batch.is_held or batch.replay_of is not None:
                continue
            name = batch.file_name if is_upsert else ""
            earlier = before.get(name)
            is_believed = batch.is_contained or is_trusted(home, batch.batch_id)
            if earlier is not None and batch.status == "new" and not is_believed:
                lost = _lost_rate(home, key, earlier, batch)
                if lost > contract.file.maximum_lost_rate:
                    what = "the file that it would replace under its name" if name else "the snapshot before"
                    cure = "date the names of files that hold only what is new, or " if name else ""
                    why = (
                        f"{lost:.0%} of the keys of {what} are missing, "
                        f"{contract.file.maximum_lost_rate:.0%} may be; {cure}release it if that is right"
                    )
                    write_hold(home, batch.batch_id, Hold(why))
                    held.append(batch)
                    continue
            before[name] = batch
    return held


def _lost_rate(home: Home, key: list[str], before: Batch, after: Batch) -> float:
    keys = ", ".join(identifier(name) for name in key)
    old, new = (scan(home.batch(b.system, b.table, b.batch_id).rows) for b in (before, after))
    with connect() as connection:
        found = connection.execute(
            f"select count(*), count(*) filter (where new.known is null) "
            f"from (select distinct {keys} from {old}) as old "
            f"left join (select distinct {keys}, true as known from {new}) as new using ({keys})"
        ).fetchone()
    known, missing = found or (0, 0)
    return missing / known if known else 0.0

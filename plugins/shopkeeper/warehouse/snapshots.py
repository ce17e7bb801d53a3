"""Holds a snapshot that has lost too many of its keys: its export was probably cut short.

All other rules about which batches count are in `batch_list`.
"""

from shopkeeper.contracts import Contract, catalog
from shopkeeper.engine import connect, identifier, scan
from shopkeeper.paths import Home
from shopkeeper.warehouse.batch_list import Batch
from shopkeeper.warehouse.holds import Hold, is_trusted, write_hold


def hold_shrunken(home: Home, batches: list[Batch]) -> list[Batch]:
    """Hold each new snapshot that lacks more than the declared share of its predecessor's keys.

    Returns the batches held. Snapshots released by a person are trusted.
    """
    held = []
    for contract in catalog().sources:
        if contract.file is None or contract.file.delivery != "snapshots" or not contract.key:
            continue
        feed = [b for b in batches if (b.system, b.table) == (contract.system, contract.table)]
        before: Batch | None = None
        for batch in sorted(feed, key=lambda batch: batch.landed_sequence):
            if batch.status not in ("kept", "new") or batch.replay_of is not None:
                continue
            is_believed = batch.is_contained or is_trusted(home, batch.batch_id)
            if before is not None and batch.status == "new" and not is_believed:
                lost = _lost_rate(home, contract, before, batch)
                if lost > contract.file.maximum_lost_rate:
                    why = (
                        f"{lost:.0%} of the keys of the snapshot before are missing, "
                        f"{contract.file.maximum_lost_rate:.0%} may be; release it if that is right"
                    )
                    write_hold(home, batch.batch_id, Hold(why))
                    held.append(batch)
                    continue
            before = batch
    return held


def _lost_rate(home: Home, contract: Contract, before: Batch, after: Batch) -> float:
    keys = ", ".join(identifier(name) for name in contract.key)
    old, new = (scan(home.batch(b.system, b.table, b.batch_id).rows) for b in (before, after))
    with connect() as connection:
        found = connection.execute(
            f"select count(*), count(*) filter (where new.known is null) "
            f"from (select distinct {keys} from {old}) as old "
            f"left join (select distinct {keys}, true as known from {new}) as new using ({keys})"
        ).fetchone()
    known, missing = found or (0, 0)
    return missing / known if known else 0.0

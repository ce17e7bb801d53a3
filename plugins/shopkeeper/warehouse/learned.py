"""What a step has learned and later builds go on from, such as the numbers of segments: append-only batches.

A batch names its author and the version that it came from. A version's manifest names the batches that hold
for it, so that a rebuild without any version goes on from the newest ones.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.errors import UserError
from shopkeeper.files import copy, sha256_of, sync, write_json
from shopkeeper.paths import BuildPaths, Home, LearnedPaths


def learn(build: BuildPaths, name: str, author: str, rows: pa.Table, **facts: Any) -> None:
    """Leave in a build what the step `author` has learned; it counts once the build is published."""
    left = LearnedPaths.below(build.learned, name)
    left.rows.parent.mkdir(exist_ok=True)
    pq.write_table(rows, left.rows)
    write_json(left.receipt, {"name": name, "author": author, **facts})


def recall(home: Home, name: str) -> tuple[pa.Table, dict[str, Any]] | None:
    """Return the newest batch of this name and its facts; None before the first."""
    receipts = sorted((home.learned / name).glob("*.json"), key=lambda file: (len(file.stem), file.stem))
    if not receipts:
        return None
    if damage := damage_of(receipts[-1]):
        raise UserError(damage)
    facts: dict[str, Any] = json.loads(receipts[-1].read_text())
    return pq.ParquetFile(receipts[-1].with_suffix(".parquet")).read(), facts


def keep(home: Home, build: BuildPaths) -> dict[str, str]:
    """Keep for good what a build has learned, rows before receipt; return the batch of each name."""
    kept = {}
    for left in sorted(build.learned.glob("*.json")):
        batch = build.root.name
        places = home.learned_batch(left.stem, batch)
        places.rows.parent.mkdir(parents=True, exist_ok=True)
        copy(left.with_suffix(".parquet"), places.rows)
        sync(places.rows)
        facts = {
            **json.loads(left.read_text()),
            "batch": batch,
            "learned_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "row_count": pq.read_metadata(places.rows).num_rows,
            "sha256": sha256_of(places.rows),
        }
        write_json(places.receipt, facts)
        kept[left.stem] = batch
    return kept


def damage_of(receipt: Path) -> str | None:
    """Return a line that says what to do if a batch is not what was learned."""
    rows = receipt.with_suffix(".parquet")
    if rows.exists() and sha256_of(rows) == json.loads(receipt.read_text())["sha256"]:
        return None
    return f"{rows} is not what was learned; restore it from a backup"

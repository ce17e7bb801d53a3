"""What was dropped, described from the files themselves: place, table, format, columns, feed, dirt."""

import gzip
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.exports import EXPORTS
from shopkeeper.demo.omnichannel.files.stories import STORIES


def columns_of(file: Path, export: Export) -> list[str]:
    """Return the columns of one dropped file."""
    if export.format == "parquet":
        return list(pq.read_schema(file).names)
    content = file.read_bytes()
    if export.format == "csv.gz":
        content = gzip.decompress(content)
    line = content.splitlines()[0].decode(export.encoding)
    if export.format == "jsonl":
        return list(json.loads(line))
    return line.replace('"', "").split(export.delimiter)


def described(inbox: Path, records: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Return the columns and the stories of dirt of each kind of file that was dropped, by its place."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "select distinct regexp_extract(place, '^(.*)_[0-9]{6}', 1) as stem, unnest(dirt) "
            "from read_parquet($files)",
            {"files": str(records / "*.parquet")},
        ).fetchall()
    told = {}
    for export in EXPORTS:
        stem = export.place.partition("_{")[0]
        files = sorted(inbox.glob(f"{stem}_[0-9]*"))
        if files:
            dirt = {story for place, story in found if place == stem}
            told[export.place] = (columns_of(files[0], export), [s for s in STORIES if s in dirt])
    return told


def row_of(export: Export, columns: list[str], dirt: list[str]) -> str:
    """Return one row of the table of files in docs/demo_world.md."""
    habit = ", ".join(
        [export.format, *([export.encoding] if export.encoding != "utf-8" else []),
         *([f"`{export.delimiter}`"] if export.delimiter != "," else [])]
    )  # fmt: skip
    told = (f"`{export.place}`", export.table, habit, export.feed, ", ".join(columns), ", ".join(dirt))
    return f"| {' | '.join(told)} |"

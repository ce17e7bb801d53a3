"""The speed of a refresh of the omnichannel world at its default size; the last part of `make bench`.

The world is 20,000 persons and 365 days, then one day more. The limit is what DuckDB needs to read the same files
straight into a file. Exits with 1 where a bar fails.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb
from rich.console import Console
from tests.benchmarks.refresh import Line, as_table, python, read_limit, refreshed

from shopkeeper.contracts import Contract, catalog
from shopkeeper.engine import literal
from shopkeeper.paths import Home
from shopkeeper.settings import settings

RETAILER = "omnichannel"
PERSONS, DAYS = 20_000, 365
YEAR_RATIO, DAY_RATIO, MEMORY_MB = 10.0, 1.3, 3072.0

DROP = """
import sys
from datetime import timedelta
from pathlib import Path
from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import START
from shopkeeper.paths import Home
home, persons, days = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print(drop(Home(home), read(None), 1, persons, START + timedelta(days - 1)).row_count)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=settings().home / "bench", help="scratch folder")
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--days", type=int, default=DAYS)
    options = parser.parse_args()
    os.environ["SHOPKEEPER_RETAILER"] = RETAILER
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / RETAILER
    for path in (home, Path(f"{home}-truth")):
        shutil.rmtree(path, ignore_errors=True)
    console = Console()

    row_count = int(python(DROP, home, options.persons, options.days).splitlines()[-1])
    limit = seconds_to_read(Home(home).inbox, catalog().sources, folder)
    console.print(f"{row_count:,} records; the limit {limit:.1f} s")
    year = refreshed(home)
    console.print(f"the world: {year.seconds:.1f} s")
    python(DROP, home, options.persons, options.days + 1)
    grocers_limit, _ = read_limit(folder)
    day = refreshed(home)
    lines = [
        Line("limit: reading the same files into a DuckDB file", limit, "s"),
        Line("the world, bare", year.seconds, "s"),
        Line("… as a multiple of the limit", year.seconds / limit, "×", YEAR_RATIO),
        Line("records per second", row_count / year.seconds, "rows/s"),
        *(Line(f"the world: {name}", seconds, "s") for name, seconds in year.steps.items()),
        Line("limit of the grocer's year", grocers_limit, "s"),
        Line("one more day, bare", day.seconds, "s"),
        Line("… as a multiple of the grocer's limit", day.seconds / grocers_limit, "×", DAY_RATIO),
        *(Line(f"one more day: {name}", seconds, "s") for name, seconds in day.steps.items()),
        *(
            Line(f"peak memory of {name}", megabytes, "MB", MEMORY_MB)
            for name, megabytes in sorted(year.memory_mb.items(), key=lambda each: -each[1])[:3]
        ),
    ]
    console.print(as_table(lines, f"{RETAILER}, {options.persons:,} persons, {options.days} days"))
    return 0 if all(line.has_passed for line in lines) else 1


def seconds_to_read(inbox: Path, sources: Iterable[Contract], folder: Path) -> float:
    """Return the seconds that DuckDB needs to read all files of an inbox into one table a source.

    Files in another encoding than UTF-8 are recoded before the clock starts, since DuckDB cannot read them.
    """
    recoded = folder / "recoded"
    readers = [
        (source.name.replace(".", "_"), _reader(files, source))
        for source in sources
        if (files := _files(inbox, source, recoded))
    ]
    target = folder / "limit.duckdb"
    target.unlink(missing_ok=True)
    started = time.monotonic()
    with duckdb.connect(str(target), config={"threads": settings().threads}) as connection:
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        for name, reader in readers:
            connection.execute(f"create table {name} as select * from {reader}")
        connection.execute("checkpoint")
    seconds = time.monotonic() - started
    target.unlink()
    shutil.rmtree(recoded, ignore_errors=True)
    return seconds


def _files(inbox: Path, source: Contract, recoded: Path) -> list[Path]:
    """Return a source's files as DuckDB can read them."""
    assert source.file is not None
    names = sorted((inbox / source.system).glob(source.file.pattern))
    files = [file for file in names if file.stat().st_size]
    if source.file.encoding == "utf-8":
        return files
    readable = []
    for file in files:
        readable.append(recoded / source.system / file.name)
        readable[-1].parent.mkdir(parents=True, exist_ok=True)
        text = file.read_bytes().decode(source.file.encoding, errors="replace")
        readable[-1].write_text(text, encoding="utf-8")
    return readable


def _reader(files: list[Path], source: Contract) -> str:
    """Return the table function that reads files as text, without any check."""
    assert source.file is not None
    listed = "[" + ", ".join(literal(str(file)) for file in files) + "]"
    if source.file.format == "parquet":
        return f"read_parquet({listed}, union_by_name = true)"
    if source.file.format == "jsonl":
        return (
            f"read_json({listed}, format = 'newline_delimited', union_by_name = true, ignore_errors = true)"
        )
    options = f"delim = {literal(source.file.delimiter)}, header = true, all_varchar = true"
    return f"read_csv({listed}, {options}, union_by_name = true, null_padding = true, strict_mode = false)"


if __name__ == "__main__":
    sys.exit(main())

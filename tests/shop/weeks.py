"""A few households of the real year, as files in an inbox: a refresh of it takes seconds."""

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from tests.plugins.pipeline.processes import Nursery

from shopkeeper import warehouse
from shopkeeper.demo import complete_journey
from shopkeeper.paths import Home


@dataclass(frozen=True)
class Scene:
    """A published version with the next week in the inbox, and how an undisturbed refresh of it goes.

    `undisturbed`: a home after that; `order`: the steps as they follow each other; `seconds` of each; `hashes` of
    every table in the end.
    """

    home: Path
    undisturbed: Path
    order: list[str]
    seconds: dict[str, float]
    hashes: dict[str, str]


Keeps = Callable[[dict[str, str]], bool]


def a_few_households(row: dict[str, str]) -> bool:
    return int(row["household_id"]) % 50 == 0


def a_few_products(row: dict[str, str]) -> bool:
    return int(row["product_id"]) % 40 == 0


KEPT: dict[str, Keeps] = {
    "transaction_lines": a_few_households,
    "campaign_mailings": a_few_households,
    "coupon_redemptions": a_few_households,
    "households": a_few_households,
    "products": a_few_products,
    "coupons": a_few_products,
}


def drop_few(home: Home, weeks: tuple[int, int]) -> None:
    """Drop the exports of these weeks with the rows of a few households and products."""
    complete_journey.drop(home, weeks)
    for path in sorted(home.inbox.glob("*/[!.]*.*")):
        if path.suffix == ".parquet":
            _thin_parquet(path)
        elif path.name.split("_2017")[0] in KEPT:
            _thin_lines(path, KEPT[path.name.split("_2017")[0]])


def _thin_parquet(path: Path) -> None:
    partial = path.with_name(f".{path.name}")
    rows = f"select * from '{path}' where product_id::integer % 4000 = 0 order by all"
    duckdb.sql(f"copy ({rows}) to '{partial}' (format parquet, compression zstd)")
    partial.replace(path)


def _thin_lines(path: Path, keeps: Keeps) -> None:
    content = path.read_bytes()
    is_zipped = path.suffix == ".gz"
    lines = (gzip.decompress(content) if is_zipped else content).decode().splitlines(keepends=True)
    if path.suffix == ".jsonl":
        few = [line for line in lines if keeps(json.loads(line))]
    else:
        names = lines[0].strip().split(",")
        few = [
            lines[0],
            *(line for line in lines[1:] if keeps(dict(zip(names, line.split(","), strict=False)))),
        ]
    thinned = "".join(few).encode()
    path.write_bytes(gzip.compress(thinned, mtime=0) if is_zipped else thinned)


def published_scene(home: Path, nursery: Nursery, *drops: Callable[[], object]) -> Scene:
    """Let all but the last of these drops be published, and look at a refresh of the last one."""
    for drop in drops[:-1]:
        drop()
        published = nursery.refresh(home)
        assert published.end() == 0, published.message
    drops[-1]()
    undisturbed = home.with_name("undisturbed")
    shutil.copytree(home, undisturbed, symlinks=True)
    child = nursery.refresh(undisturbed)
    assert child.end() == 0, child.message
    order = [name for name in child.seen if name in child.seconds]
    return Scene(home, undisturbed, order, child.seconds, hashes(undisturbed))


def hashes(home: Path) -> dict[str, str]:
    """Return the content hash of every table that readers see."""
    return {name: table["content_hash"] for name, table in warehouse.manifest(Home(home))["tables"].items()}

"""The laws that hold for any retailer: each toy's tests inherit them with a fixture `toy` of their own."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.plugins.pipeline.killing import Lane, kill_until
from tests.plugins.pipeline.processes import Nursery
from tests.shop.commands import Shop
from tests.shop.dictionaries import described
from tests.shop.toys import Day
from tests.shop.weeks import Scene, published_scene

from shopkeeper.landing import read_receipts, read_refusal, refusal_ids
from shopkeeper.paths import Home

SCHEMAS = ("core", "features")
"""Segments keep their numbers from version to version, so that they know their history."""


@dataclass
class Toy:
    """A retailer whose two days have been published, and a process that refreshes his homes."""

    name: str
    days: tuple[Day, Day]
    faults: Day
    nursery: Nursery
    scene: Scene
    contents: dict[str, str]

    @property
    def shop(self) -> Shop:
        """The shop after both days."""
        return Shop(self.name, self.scene.undisturbed)

    def refreshes(self, shop: Shop, day: Day, may_fail: bool = False, **options: bool) -> None:
        """Drop a day's files and refresh."""
        for place, rows in day.items():
            shop.drops(place, rows)
        child = self.nursery.refresh(shop.home, **options)
        assert child.end() == 0 or may_fail, child.message


def raised(name: str, days: tuple[Day, Day], faults: Day, folder: Path, nursery: Nursery) -> Toy:
    """Return a toy retailer, published below one folder."""
    shop = Shop(name, folder / "home")

    def drop(day: Day) -> None:
        for place, rows in day.items():
            shop.drops(place, rows)

    scene = published_scene(shop.home, nursery, *(lambda day=day: drop(day) for day in days))
    toy = Toy(name, days, faults, nursery, scene, {})
    toy.contents = toy.shop.contents(*SCHEMAS)
    return toy


def in_another_order(days: tuple[Day, Day], seed: int) -> tuple[Day, Day]:
    """Let some files come a day early and others a day late; of full dumps the newest counts, so these do not."""
    draw = random.Random(seed)
    early: Day = {}
    late: Day = {}
    for place, rows in (days[0] | days[1]).items():
        is_early = place in days[0] if place.startswith("erp/") else draw.random() < 0.5
        (early if is_early else late)[place] = rows
    return early, late


class Laws:
    """A dictionary, conservation, any order, kills."""

    def test_every_table_is_described_and_every_column_traced(self, toy: Toy) -> None:
        described(Home(toy.scene.undisturbed))

    def test_every_row_is_published_or_refused_with_its_reason(self, toy: Toy, tmp_path: Path) -> None:
        home = Home(tmp_path / "home")
        shutil.copytree(toy.scene.undisturbed, home.root, symlinks=True)
        toy.refreshes(Shop(toy.name, home.root), toy.faults)
        refused = {read_refusal(home, each)["file_name"] for each in refusal_ids(home)}
        landed = {receipt.file_name: receipt for receipt in read_receipts(home)}
        for day in (*toy.days, toy.faults):
            for place, rows in day.items():
                name = place.split("/")[1]
                assert (name in landed) != (name in refused)
                if name in landed:
                    receipt = landed[name]
                    raw = pq.read_metadata(home.batch(receipt.system, receipt.table, receipt.batch_id).rows)
                    assert raw.num_rows == receipt.accepted_count
                    assert receipt.accepted_count + receipt.quarantined_count == len(rows)
        assert len(refused) == 1
        assert sum(receipt.quarantined_count for receipt in landed.values()) == 1
        counted = Shop(toy.name, home.root).asks("select sum(row_count) from meta.batches")
        assert counted == [(sum(receipt.accepted_count for receipt in landed.values()),)]

    @pytest.mark.slow
    def test_another_order_and_a_full_rebuild_end_the_same(self, toy: Toy, tmp_path: Path) -> None:
        self.ends_the_same(toy, tmp_path, seed=1)

    @pytest.mark.soak
    @pytest.mark.parametrize("seed", range(2, 22))
    def test_any_order_and_a_full_rebuild_end_the_same(self, toy: Toy, tmp_path: Path, seed: int) -> None:
        self.ends_the_same(toy, tmp_path, seed)

    def ends_the_same(self, toy: Toy, folder: Path, seed: int) -> None:
        shop = Shop(toy.name, folder / "home")
        early, late = in_another_order(toy.days, seed)
        # Half of the files may tell of no customer; then the first refresh publishes nothing, and loses nothing.
        toy.refreshes(shop, early, may_fail=True)
        toy.refreshes(shop, late)
        assert shop.contents(*SCHEMAS) == toy.contents
        toy.refreshes(shop, {}, full=True)
        assert shop.contents(*SCHEMAS) == toy.contents

    @pytest.mark.slow
    def test_kills_are_never_seen_and_the_next_refresh_mends(self, toy: Toy, tmp_path: Path) -> None:
        assert kill_until(5, [Lane(toy.scene, tmp_path, toy.nursery)]).total() >= 5

    @pytest.mark.soak
    def test_many_kills_are_never_seen_and_the_next_refresh_mends(self, toy: Toy, tmp_path: Path) -> None:
        assert kill_until(100, [Lane(toy.scene, tmp_path, toy.nursery)]).total() >= 100

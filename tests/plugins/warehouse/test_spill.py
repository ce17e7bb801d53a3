"""DuckDB spills inside the home, into a folder that belongs to one connection."""

import os
import tempfile
from pathlib import Path

import duckdb
import pytest
from tests.shop.versions import Shop

from shopkeeper import engine, warehouse
from shopkeeper.settings import settings
from shopkeeper.warehouse.builds import SPILL_SECONDS

SALES = [("R1", "4006381333931", "2.50")]


def spill(connection: duckdb.DuckDBPyConnection) -> Path:
    (place,) = connection.sql("select current_setting('temp_directory')").fetchall()[0]
    assert Path(place).parent.is_dir(), "DuckDB makes only the last folder of a path"
    return Path(place)


def begun(shop: Shop) -> str:
    shop.land("till_2017-01-07.csv", SALES)
    build_id = warehouse.begin(shop.home)
    assert build_id is not None
    shop.transform(build_id)
    return build_id


def test_a_step_spills_into_its_build_each_time(shop: Shop) -> None:
    build_id = begun(shop)
    with (
        warehouse.connect_build(shop.home, build_id) as one,
        warehouse.connect_build(shop.home, build_id) as again,
    ):
        assert spill(one).is_relative_to(shop.home.build(build_id).temp)
        assert spill(one) == spill(again)


def test_two_steps_at_once_spill_into_folders_of_their_own(shop: Shop) -> None:
    build_id = begun(shop)
    with warehouse.connect_build(shop.home, build_id) as ours:
        here = spill(ours)
    reader, writer = os.pipe()
    if not os.fork():
        with warehouse.connect_build(shop.home, build_id) as theirs:
            os.write(writer, str(spill(theirs)).encode())
        os._exit(0)
    there = Path(os.read(reader, 4096).decode())
    os.wait()
    assert there.parent == here.parent
    assert there != here


def test_a_query_spills_beside_the_versions_and_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.publish(shop.home, begun(shop))
    small = settings().model_copy(update={"memory_limit": "60MB", "threads": 1})
    monkeypatch.setattr(engine, "settings", lambda: small)
    with warehouse.connect_published(shop.home) as connection:
        place = spill(connection)
        assert place.is_relative_to(shop.home.state)
        assert not Path(tempfile.gettempdir()).samefile(place.parent)
        connection.execute(
            "create temp table lines as select i, repeat(i::varchar, 9) as t from range(3000000) r(i)"
        )
        assert any(place.iterdir())
    assert not place.exists()


def test_a_published_version_holds_no_temporary_files(shop: Shop) -> None:
    version = warehouse.publish(shop.home, begun(shop))["version"]
    assert not (shop.home.versions / version / "temp").exists()


def test_a_killed_querys_spill_is_removed_a_day_later(shop: Shop) -> None:
    old, young = shop.home.spill / "old", shop.home.spill / "young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"a household's baskets")
    yesterday = old.stat().st_mtime - SPILL_SECONDS - 1
    os.utime(old, (yesterday, yesterday))
    begun(shop)
    assert not old.exists()
    assert young.exists()

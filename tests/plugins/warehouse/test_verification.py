"""Changed files are found before a build reads them, and by verifying everything."""

import hashlib
import json
import random

import pytest
from tests.shop.versions import MONDAY, TUESDAY

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of
from shopkeeper.landing.refused_files import commit_refusal


def flip_a_bit(file, place=None):
    content = bytearray(file.read_bytes())
    place = len(content) // 2 if place is None else place
    content[place] ^= 1
    file.write_bytes(content)


def raw_of(shop, batch):
    return shop.home.raw / "pos" / "lines" / f"{batch}.parquet"


@pytest.fixture
def published(shop):
    shop.batch = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    return shop


def faults(shop):
    found = warehouse.verify(shop.home).faults
    assert all("\n" not in fault for fault in found)
    return found


def test_a_full_rebuild_does_not_publish_a_flipped_bit(published):
    version = warehouse.current(published.home)
    flip_a_bit(raw_of(published, published.batch))
    with pytest.raises(UserError, match=rf"{published.batch}\.parquet is not what was written; restore it"):
        published.refresh(full=True)
    assert warehouse.current(published.home) == version


def test_every_bit_of_raw_counts(published):
    file = raw_of(published, published.batch)
    sound = file.read_bytes()
    for place in random.Random(7).sample(range(len(sound)), 40):
        flip_a_bit(file, place)
        with pytest.raises(UserError, match="is not what was written"):
            warehouse.begin(published.home, full=True)
        file.write_bytes(sound)
    assert published.refresh(full=True) is not None


def test_a_changed_or_lost_new_batch_is_not_added(published):
    changed, lost = published.land("till_2.csv", TUESDAY), published.land("till_3.csv", MONDAY)
    flip_a_bit(raw_of(published, changed))
    raw_of(published, lost).unlink()
    with pytest.raises(
        UserError, match=r"is (not what was written|lost); .*1 more: `shopkeeper verify` lists"
    ):
        published.refresh()
    assert len(faults(published)) == 2


def test_a_refresh_reads_the_raw_of_its_new_batches_alone(published):
    """An old batch is not looked at again by each refresh: that is what verifying is for."""
    flip_a_bit(raw_of(published, published.batch))
    published.land("till_2.csv", TUESDAY)
    assert published.refresh() is not None
    (fault,) = faults(published)
    assert published.batch in fault


def test_a_batch_without_hashes_is_read_whole(published):
    receipt = raw_of(published, published.batch).with_suffix(".json")
    told = json.loads(receipt.read_text())
    del told["raw_sha256"], told["quarantine_sha256"]
    receipt.write_text(json.dumps(told))
    assert faults(published) == ()
    assert published.refresh(full=True) is not None
    raw = raw_of(published, published.batch)
    raw.write_bytes(raw.read_bytes()[:-20])
    with pytest.raises(UserError, match="cannot be read"):
        published.refresh(full=True)


def test_a_home_without_damage_has_no_faults(published):
    published.land("till_2.csv", TUESDAY)
    published.refresh()
    done = []
    verified = warehouse.verify(published.home, lambda count, total: done.append((count, total)))
    assert (verified.batch_count, verified.version_count, verified.faults) == (2, 2, ())
    assert done == [(count, 5) for count in range(1, 6)]


def test_an_empty_home_has_no_faults(shop):
    assert warehouse.verify(shop.home).faults == ()


@pytest.mark.parametrize(
    "name", ["warehouse.duckdb", "manifest.json", "batches.parquet", "scores/scores.json"]
)
def test_a_flipped_bit_in_a_version_is_found(shop, name):
    shop.land("till_1.csv", MONDAY)
    build_id = warehouse.begin(shop.home)
    shop.transform(build_id)
    (shop.home.build(build_id).scores / "scores.json").write_text('{"recency": 4}')
    warehouse.publish(shop.home, build_id)
    assert faults(shop) == ()
    flip_a_bit(shop.home.versions / build_id / name)
    found = faults(shop)
    assert any(name in fault and "is damaged; restore it" in fault for fault in found)


def test_a_table_that_was_changed_by_a_writer_is_found(published):
    import duckdb

    file = published.home.versions / warehouse.current(published.home) / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("update input.transaction_lines set sales_value = sales_value + 0.01")
    (fault,) = faults(published)
    assert "warehouse.duckdb is damaged" in fault


def test_a_refused_file_that_was_changed_is_found(published):
    content = b"receipt;product_id\n"
    file = published.home.root / "till_9.csv"
    file.write_bytes(content)
    refusal = {
        "batch_id": hashlib.sha256(content).hexdigest(),
        "system": "pos",
        "table": "lines",
        "file_name": "till_9.csv",
        "reason": "WRONG_DELIMITER",
        "detail": "",
    }
    commit_refusal(published.home, refusal, file)
    assert faults(published) == ()
    (kept,) = (p for p in published.home.quarantined_files.glob("*/*") if p.name != "refusal.json")
    flip_a_bit(kept)
    (fault,) = faults(published)
    assert str(kept) in fault and "send it again" in fault


def test_damaged_and_lost_receipts_are_found(published):
    second = published.land("till_2.csv", TUESDAY)
    published.refresh()
    raw_of(published, second).with_suffix(".json").write_text("")
    (fault,) = faults(published)
    assert f"{second}.json is damaged" in fault
    raw_of(published, second).with_suffix(".json").unlink()
    (fault,) = faults(published)
    assert second in fault and "restore" in fault


def test_a_quarantine_that_was_changed_is_found(published):
    place = published.home.quarantined_rows / "pos" / "lines" / f"{published.batch}.parquet"
    place.parent.mkdir(parents=True)
    raw = raw_of(published, published.batch)
    place.write_bytes(raw.read_bytes())
    receipt = raw.with_suffix(".json")
    told = json.loads(receipt.read_text())
    told |= {"record_count": 4, "quarantined_count": 2, "quarantine_sha256": sha256_of(place)}
    receipt.write_text(json.dumps(told))
    assert faults(published) == ()
    flip_a_bit(place)
    (fault,) = faults(published)
    assert str(place) in fault


def test_a_broken_link_is_one_of_the_faults(published):
    published.home.current.unlink()
    (fault,) = faults(published)
    assert "is missing; `shopkeeper rollback v000001 --reason" in fault

"""Damage by an operator, a copying tool or a disk to the link, the manifests and the receipts."""

import json
import shutil

import duckdb
import pytest
from tests.shop.versions import MONDAY, TUESDAY

from shopkeeper import warehouse
from shopkeeper.errors import UserError


@pytest.fixture
def two_versions(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    return shop


def line_count(shop):
    return warehouse.query(shop.home, "from input.transaction_lines").num_rows


def dangle(home):
    home.current.unlink()
    home.current.symlink_to("v000009")


def lead_to_itself(home):
    home.current.unlink()
    home.current.symlink_to("current")


def lead_to_another_home(home):
    other = home.root.with_name("other")
    shutil.copytree(home.root, other, symlinks=True)
    home.current.unlink()
    home.current.symlink_to(other / "published" / "v000002")


def vanish(home):
    home.current.unlink()


def become_a_folder(home):
    target = home.current.resolve()
    home.current.unlink()
    shutil.copytree(target, home.current)


def become_a_file(home):
    home.current.unlink()
    home.current.write_text("v000002\n")


BROKEN = (dangle, lead_to_itself, lead_to_another_home, vanish, become_a_folder, become_a_file)


@pytest.mark.slow
@pytest.mark.parametrize("happen", BROKEN)
@pytest.mark.parametrize("version", ["v000001", "v000002"])
def test_a_dangling_link_is_one_line_and_rollback_repairs_it(two_versions, happen, version):
    shop, home = two_versions, two_versions.home
    happen(home)
    asked = (
        lambda: warehouse.current(home),
        lambda: warehouse.query(home, "select 1"),
        lambda: warehouse.manifest(home),
        lambda: warehouse.batches(home),
        lambda: warehouse.begin(home),
        lambda: warehouse.begin(home, full=True),
    )
    for ask in asked:
        with pytest.raises(UserError, match=r"current .*`shopkeeper rollback v000002 --reason") as refusal:
            ask()
        assert "\n" not in str(refusal.value)
    assert [each.name for each in warehouse.versions(home)] == ["v000001", "v000002"]
    warehouse.roll_back(home, version)
    assert str(home.current.readlink()) == version
    assert line_count(shop) == {"v000001": 2, "v000002": 3}[version]
    assert shop.refresh() is None


def test_a_folder_in_the_links_place_is_kept(two_versions):
    become_a_folder(two_versions.home)
    warehouse.roll_back(two_versions.home, "v000001")
    become_a_folder(two_versions.home)
    warehouse.roll_back(two_versions.home, "v000002")
    kept = list(two_versions.home.versions.glob(".current-*"))
    assert len(kept) == 2 and all((folder / "manifest.json").exists() for folder in kept)


@pytest.mark.parametrize("target", ["{versions}/v000002", "../published/v000002"])
def test_an_indirect_link_to_a_version_is_followed(two_versions, target):
    shop, home = two_versions, two_versions.home
    home.current.unlink()
    home.current.symlink_to(target.format(versions=home.versions))
    assert line_count(shop) == 3
    assert shop.refresh() is None
    warehouse.roll_back(home, "v000002")
    assert str(home.current.readlink()) == "v000002"


def test_a_link_without_any_version_says_to_remove_it(shop):
    shop.land("till_1.csv", MONDAY)
    shop.home.versions.mkdir(parents=True)
    shop.home.current.symlink_to("v000004")
    with pytest.raises(UserError, match=r"leads to v000004.*remove it, then run again"):
        shop.refresh()
    shop.home.current.unlink()
    assert shop.refresh() == "v000001"


def changed_key(text):
    return text.replace('"contained"', '"contaimed"')


def changed_digit(text):
    told = json.loads(text)
    told["rows"]["accepted"] += 1
    return json.dumps(told)


DAMAGE = {
    "lost": None,
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "no text": lambda text: "\x80\x00",
    "another kind": lambda text: "[]",
    "null": lambda text: "null",
    "a key changed": changed_key,
    "a digit changed": changed_digit,
}


def damage_manifest(home, version, change):
    file = home.versions / version / "manifest.json"
    if change is None:
        file.unlink()
    else:
        file.write_bytes(change(file.read_text()).encode("latin-1"))


@pytest.mark.slow
@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_manifest_is_one_line_and_rolled_back(two_versions, change):
    shop, home = two_versions, two_versions.home
    damage_manifest(home, "v000002", change)
    for ask in (lambda: warehouse.manifest(home), lambda: warehouse.begin(home)):
        with pytest.raises(UserError, match=r"v000002.manifest\.json is damaged; .*shopkeeper rollback"):
            ask()
    first, second = warehouse.versions(home)
    assert (first.row_count, second.published_at) == (3, "its manifest is damaged")
    warehouse.roll_back(home, "v000001")
    assert shop.refresh() is None
    assert line_count(shop) == 2
    with pytest.raises(UserError, match=r"v000002.manifest\.json is damaged"):
        warehouse.roll_back(home, "v000002")


def test_a_full_rebuild_leads_out_of_a_damaged_manifest(two_versions):
    damage_manifest(two_versions.home, "v000002", DAMAGE["cut"])
    assert two_versions.refresh(full=True) == "v000003"
    assert line_count(two_versions) == 3


def test_a_manifest_without_a_checksum_is_believed(two_versions):
    file = two_versions.home.versions / "v000002" / "manifest.json"
    told = json.loads(file.read_text())
    del told["checksum"], told["files"]
    file.write_text(json.dumps(told))
    assert two_versions.refresh() is None
    assert warehouse.verify(two_versions.home).faults == ()


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


LISTS = {
    "lost": None,
    "empty": lambda content: b"",
    "cut": lambda content: content[:-9],
    "a page flipped": lambda content: flipped(content, 50),
    "the footer flipped": lambda content: flipped(content, len(content) - 40),
}


@pytest.mark.parametrize("change", LISTS.values(), ids=LISTS)
def test_a_damaged_batch_list_is_one_line_and_rolled_back(two_versions, change):
    file = two_versions.home.versions / "v000002" / "batches.parquet"
    content = file.read_bytes()
    file.unlink()
    if change is not None:
        file.write_bytes(change(content))
    with pytest.raises(UserError, match=r"batches\.parquet is damaged; .*shopkeeper rollback"):
        warehouse.begin(two_versions.home)
    warehouse.roll_back(two_versions.home, "v000001")
    assert two_versions.refresh() is None


@pytest.mark.parametrize("content", ["", "{", "null", '{"batch_id": "x"}'])
def test_a_damaged_receipt_is_one_line_and_held_by_rollback(two_versions, content):
    shop, home = two_versions, two_versions.home
    bad = shop.land("till_3.csv", [("R3", "1", "1.00")])
    receipt = home.raw / "pos" / "lines" / f"{bad}.json"
    sound = receipt.read_text()
    receipt.write_text(content)
    with pytest.raises(UserError, match=rf"{bad}\.json is damaged.*restore it from a backup"):
        warehouse.begin(home)
    warehouse.roll_back(home, "v000001")
    assert line_count(shop) == 2
    receipt.write_text(sound)
    assert shop.refresh() is None
    assert {b.batch_id for b in warehouse.batches(home) if b.is_held} >= {bad}


@pytest.mark.parametrize("how", ["cut", "empty", "a bit flipped", "lost", "no database"])
def test_a_damaged_warehouse_is_one_line_with_the_cure(two_versions, how):
    file = two_versions.home.versions / "v000002" / "warehouse.duckdb"
    content = bytearray(file.read_bytes())
    content[5000] ^= 4
    changed = {"cut": content[:8192], "empty": b"", "a bit flipped": content, "no database": b"till " * 4000}
    file.unlink()
    if how in changed:
        file.write_bytes(changed[how])
    with pytest.raises(UserError, match=r"warehouse\.duckdb is damaged; .*refresh --full"):
        warehouse.query(two_versions.home, "from input.transaction_lines")
    warehouse.roll_back(two_versions.home, "v000001")
    assert line_count(two_versions) == 2
    with pytest.raises(UserError, match=r"warehouse\.duckdb is damaged"):
        warehouse.roll_back(two_versions.home, "v000002")


def test_damage_that_an_incremental_build_inherits_is_never_published(two_versions):
    """A block that no model of this refresh reads; publishing reads them all."""
    shop, home = two_versions, two_versions.home
    with duckdb.connect(str(home.versions / "v000002" / "warehouse.duckdb")) as connection:
        connection.execute("create table meta.old as select hash(range) as h from range(100000); checkpoint")
    file = home.versions / "v000002" / "warehouse.duckdb"
    content = bytearray(file.read_bytes())
    content[-100_000] ^= 1
    file.write_bytes(content)
    shop.land("till_3.csv", [("R3", "1", "1.00")])
    with pytest.raises(UserError, match=r"warehouse\.duckdb is damaged; .*refresh --full"):
        shop.refresh()
    assert warehouse.current(home) == "v000002"
    assert shop.refresh(full=True) is not None
    assert line_count(shop) == 4


def test_a_copied_link_of_publishing_is_passed_over(two_versions):
    home = two_versions.home
    home.publishing.write_text("v000003\n")
    assert [each.name for each in warehouse.versions(home)] == ["v000001", "v000002"]
    warehouse.roll_back(home, "v000001")
    assert line_count(two_versions) == 2 and not home.publishing.exists()

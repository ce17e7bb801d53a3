"""A batch's files are compared with its receipt."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.files import Shop, contract, csv_text, line

from shopkeeper.errors import UserError
from shopkeeper.landing import find_damage, read_receipts
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.landing.quarantine.replay import replay


def land_one(shop: Shop) -> tuple[Path, Path]:
    """Land a file with one refused row; return its raw and its quarantined rows."""
    shop.take(csv_text([line(1), line(2, quantity="x"), line(3)]))
    (raw,) = shop.home.raw.rglob("*.parquet")
    (refused,) = shop.home.quarantined_rows.rglob("*.parquet")
    return raw, refused


def damage(shop: Shop) -> str | None:
    (receipt,) = read_receipts(shop.home)
    return find_damage(shop.home, receipt)


def forget_hashes(shop: Shop) -> None:
    """Make the receipt one of before receipts had hashes."""
    (path,) = shop.home.raw.rglob("*.json")
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in stored.items() if not k.endswith("_sha256")}))


def test_a_batch_as_it_was_written_is_sound(shop: Shop) -> None:
    land_one(shop)
    assert damage(shop) is None


def test_a_batch_without_refused_rows_is_sound(shop: Shop) -> None:
    shop.take(csv_text([line(1)]))
    assert damage(shop) is None


@pytest.mark.parametrize("which", [0, 1])
def test_one_flipped_bit_anywhere_is_damage(shop: Shop, which: int) -> None:
    file = land_one(shop)[which]
    content = file.read_bytes()
    for place in range(0, len(content), 397):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        told = damage(shop)
        assert told and str(file) in told and "backup" in told and "\n" not in told


@pytest.mark.parametrize("which", [0, 1])
def test_a_lost_file_is_damage_with_and_without_hashes(shop: Shop, which: int) -> None:
    file = land_one(shop)[which]
    file.unlink()
    assert "is lost" in str(damage(shop))
    forget_hashes(shop)
    assert "is lost" in str(damage(shop))


def test_an_older_receipt_without_hashes_is_held_against_its_counts(shop: Shop) -> None:
    raw, refused = land_one(shop)
    forget_hashes(shop)
    assert damage(shop) is None
    rows = pq.read_table(raw)
    pq.write_table(rows.slice(1), raw)
    assert "holds 1 rows, its receipt says 2" in str(damage(shop))
    pq.write_table(rows, raw)
    refused.write_bytes(refused.read_bytes()[:-20])
    assert "cannot be read" in str(damage(shop))


def flip(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])


@pytest.mark.parametrize("which", [0, 1])
def test_rows_are_not_replayed_beside_or_from_a_damaged_file(shop: Shop, which: int) -> None:
    file = land_one(shop)[which]
    flip(file)
    (receipt,) = read_receipts(shop.home)
    with pytest.raises(UserError, match="is not what was written") as error:
        replay(shop.home, receipt.batch_id, None, shop.catalog)
    assert "\n" not in str(error.value) and len(list(read_receipts(shop.home))) == 1


def test_rows_are_not_replayed_beside_a_damaged_replay(shop: Shop) -> None:
    shop.take(csv_text([line(1), line(2, quantity="１２"), line(3, quantity="x")]))
    (receipt,) = read_receipts(shop.home)
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}),)
    replayed = replay(shop.home, receipt.batch_id, None, shop.catalog)
    flip(shop.home.raw / "pos" / "lines" / f"{replayed.batch_id}.parquet")
    for act in (
        lambda: replay(shop.home, receipt.batch_id, None, shop.catalog),
        lambda: quarantine.refusals(shop.home),
    ):
        with pytest.raises(UserError, match="is not what was written"):
            act()


def test_a_damaged_quarantine_is_one_line_when_read(shop: Shop) -> None:
    flip(land_one(shop)[1])
    (receipt,) = read_receipts(shop.home)
    for act in (
        lambda: quarantine.refusals(shop.home),
        lambda: quarantine.show(shop.home, receipt.batch_id, with_settled=True),
    ):
        with pytest.raises(UserError, match="is not what was written") as error:
            act()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_batch_is_mended_by_its_file_sent_again(shop: Shop, which: int) -> None:
    file = land_one(shop)[which]
    sound, names = file.read_bytes(), [receipt.names for receipt in read_receipts(shop.home)]
    flip(file)
    (path,) = (shop.home.inbox / "pos").rglob("lines_1.csv")
    landed = shop.take(path.read_bytes(), "lines_again.csv")
    assert landed.result == "accepted" and damage(shop) is None
    assert rows_of(file) == rows_of(pa.BufferReader(sound))
    (receipt,) = read_receipts(shop.home)
    assert list(receipt.names) == [*names[0], "lines_again.csv"]


def rows_of(file: Any) -> list[dict[str, Any]]:
    return [row | {"file_name": None} for row in pq.read_table(file).to_pylist()]


def test_an_interrupted_landings_refused_rows_are_not_the_batchs(shop: Shop) -> None:
    content = csv_text([line(1), line(2, quantity="１２")])
    shop.take(content)
    (receipt,) = shop.home.raw.rglob("*.json")
    receipt.unlink()
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}),)
    assert shop.take(content).quarantined_count == 0
    assert shop.quarantined() == [] and damage(shop) is None

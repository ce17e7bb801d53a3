"""What a receipt says of its batch's files, held against the files themselves."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.plugins.landing.landing_stories import Shop, csv_text, line

from shopkeeper.landing import find_damage, read_receipts


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

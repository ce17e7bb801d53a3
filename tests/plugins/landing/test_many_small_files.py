"""Small files share a process, queries and flushes, and land as if each had come alone."""

import errno
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.landing.test_exactly_once import content_of
from tests.shop.files import LINES, Shop, csv_text, line, lines

from shopkeeper.landing import read_receipts, receipts
from shopkeeper.landing.inbox import run as landing_run
from shopkeeper.landing.inbox.contents import Content, Contents
from shopkeeper.landing.worker.isolation import Parser

FILES = {
    "lines_1.csv": csv_text(lines(1, 2)),
    "lines_2.csv": csv_text([line(3, note=" padded "), line(4)]),
    "lines_3.csv": csv_text([line(5), line(6, quantity="x")]),
    "lines_4.csv": csv_text([line(7), line(7)]),
    "lines_5.csv": csv_text([line(8), line(8, quantity="2"), *lines(*range(9, 60))]),
    "lines_6.csv": csv_text([line(1), line(61, sold_at="2017-03-05T08:00:00+08:00")]),
    "lines_7.csv": csv_text([]),
    "lines_8.csv": "nonsense\n1\n",
    "lines_9.csv": csv_text(lines(1, 2)),
}


def dropped(shop: Shop, folder: Path) -> Shop:
    other = Shop(type(shop.home)(folder), shop.parsers)
    for name, content in FILES.items():
        other.drop(name, content)
    return other


def stable(shop: Shop) -> list[Any]:
    """Return the receipts without what differs between any two landings."""
    receipts = sorted(read_receipts(shop.home), key=lambda receipt: receipt.batch_id)
    return [
        replace(each, landed_at="", raw_sha256=None, quarantine_sha256=None, names=dict.fromkeys(each.names))
        for each in receipts
    ]


def test_files_together_land_as_each_alone(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, alone = dropped(shop, tmp_path / "together"), dropped(shop, tmp_path / "alone")
    results = [(file.file_name, file.result, file.record_count) for file in together.land().files]
    monkeypatch.setattr(landing_run, "_TOGETHER", 1)
    assert [(file.file_name, file.result, file.record_count) for file in alone.land().files] == results
    assert content_of(together) == content_of(alone)
    assert stable(together) == stable(alone)


def test_a_landing_reads_no_receipt_of_other_files(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        shop.drop(f"lines_{number}.csv", csv_text([line(number)]))
    shop.land()
    landed = {receipt.batch_id for receipt in read_receipts(shop.home)}
    read, real = set[str](), receipts.read_receipt
    monkeypatch.setattr(receipts, "read_receipt", lambda path: read.add(path.stem) or real(path))
    shop.drop("lines_6.csv", csv_text([line(6)]))
    again = shop.drop("lines_7.csv", csv_text([line(1)]))
    assert [file.result for file in shop.land().files] == ["accepted", "duplicate"]
    assert len(read & landed) == 1 and not again.exists()


def test_small_files_take_one_process_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parser, "parse", lambda *_: pytest.fail("parsed a file alone"))
    for number in range(1, 31):
        shop.drop(f"lines_{number}.csv", csv_text(lines(number)))
    assert [file.result for file in shop.land().files] == ["accepted"] * 30


@pytest.mark.parametrize("moved", range(0, 24, 3))
def test_a_landing_stopped_at_any_move_ends_alike(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    calm, stopped = dropped(shop, tmp_path / "calm"), dropped(shop, tmp_path / "stopped")
    calm.land()
    left = [moved]
    for name in ("replace", "rename"):
        monkeypatch.setattr(Path, name, _failing(getattr(Path, name), left))
    with pytest.raises(OSError):
        stopped.land()
    monkeypatch.undo()
    stopped.land()
    assert content_of(stopped) == content_of(calm)


def test_a_file_landed_at_the_second_try_keeps_its_place(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.drop("lines_1.csv", csv_text(lines(1)))
    shop.drop("lines_2.csv", csv_text(lines(2)))
    take = Contents.take

    def full_disk(self: Contents, arrived: Sequence[Content]) -> Any:
        if arrived[0].file_name == "lines_1.csv":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return take(self, arrived)

    monkeypatch.setattr(landing_run, "_groups", lambda files, _: [[each] for each in reversed(files)])
    monkeypatch.setattr(Contents, "take", full_disk)
    with pytest.raises(OSError):
        shop.land()
    monkeypatch.undo()
    shop.drop("lines_0.csv", csv_text(lines(3)))
    shop.land()
    places = {receipt.file_name: receipt.landed_sequence for receipt in read_receipts(shop.home)}
    assert places == {"lines_1.csv": 1, "lines_2.csv": 2, "lines_0.csv": 3}


def _failing(real: Any, left: list[int]) -> Any:
    """Return a move that works as often as `left` says, and then fails as on a full disk."""

    def move(path: Path, target: Path) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, target)

    return move


def test_a_column_named_as_duckdbs_own_is_checked_alone(shop: Shop) -> None:
    column = replace(LINES.columns[-2], name="file_index")
    shop.contracts = (replace(LINES, columns=(*LINES.columns, column)),)
    header, *rows = csv_text(lines(1)).splitlines()
    for number in range(3):
        shop.drop(f"lines_{number}.csv", f"{header},file_index\n{rows[0]},{number}\n")
    assert [file.result for file in shop.land().files] == ["accepted"] * 3
    assert sorted(row["file_index"] for row in shop.raw()) == ["0", "1", "2"]

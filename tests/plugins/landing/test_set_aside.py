"""Taken files are set aside and checked again, so that the rest of a late upload is taken too."""

import errno
import gzip
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.shop.files import Shop, csv_text, line, lines

from shopkeeper.landing import read_receipts, waiting_files
from shopkeeper.landing.inbox import dropped_files, set_aside
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.warehouse.batch_list import survey

WHOLE = csv_text(lines(*range(1, 9))).encode()
HALF = csv_text(lines(*range(1, 5))).encode()


def kept(shop: Shop) -> list[Path]:
    """Return the files that are set aside."""
    return sorted(shop.home.inbox.glob(f"*/{set_aside.FOLDER}/*/*"))


def land(shop: Shop) -> list[tuple[str, str, int]]:
    return [(file.file_name, file.result, file.record_count) for file in shop.land().files]


def counting(shop: Shop) -> dict[str, int]:
    """Return file name and records of the batches that the next version would contain."""
    return {batch.file_name: batch.record_count for batch in survey(shop.home, {}) if batch.status == "new"}


def make_old(shop: Shop) -> None:
    """Let half a day pass for the files that are set aside."""
    for path in kept(shop):
        os.utime(path.parent, (time.time() - set_aside.KEPT_SECONDS - 1,) * 2)


@pytest.mark.usefixtures("without_leases")
def test_what_a_stalled_upload_adds_is_taken_as_a_restatement(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", HALF)
    with path.open("ab") as upload:
        assert land(shop) == [("lines_1.csv", "accepted", 4)]
        assert not path.exists()
        assert land(shop) == []
        upload.write(WHOLE[len(HALF) :])
    assert waiting_files(shop.home) == kept(shop)
    assert land(shop) == [("lines_1.csv", "accepted", 8)]
    assert counting(shop) == {"lines_1.csv": 8}
    assert land(shop) == [] and waiting_files(shop.home) == []


@pytest.mark.usefixtures("without_leases")
def test_an_upload_that_stalls_again_and_again_ends_whole(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", b"")
    with path.open("ab", buffering=0) as upload:
        for start in range(0, len(WHOLE), 100):
            upload.write(WHOLE[start : start + 100])
            shop.land()
    assert counting(shop) == {"lines_1.csv": 8}


@pytest.mark.usefixtures("without_leases")
def test_a_truncated_gzip_is_settled_by_the_whole_file(shop: Shop) -> None:
    packed = gzip.compress(WHOLE, mtime=0)
    path = shop.drop("lines_1.csv.gz", packed[:40])
    with path.open("ab") as upload:
        assert land(shop) == [("lines_1.csv.gz", "refused", 0)]
        assert [entry.reasons for entry in quarantine.refusals(shop.home)] == [{"TRUNCATED_GZIP": 1}]
        upload.write(packed[40:])
    assert land(shop) == [("lines_1.csv.gz", "accepted", 8)]
    assert quarantine.refusals(shop.home) == []


@pytest.mark.usefixtures("without_leases")
def test_a_file_rewritten_with_equal_size_is_taken_again(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", csv_text([line(1, quantity="1")]))
    corrected = csv_text([line(1, quantity="7")]).encode()
    with path.open("r+b") as upload:
        land(shop)
        upload.write(corrected)
    assert land(shop) == [("lines_1.csv", "accepted", 1)]
    (batch,) = (batch for batch in survey(shop.home, {}) if batch.status == "new")
    assert batch.batch_id == sha256(corrected).hexdigest()


@pytest.mark.usefixtures("without_leases")
def test_a_dead_uploads_rest_does_not_outrank_the_resent_file(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", HALF)
    with path.open("ab") as upload:
        land(shop)
        shop.drop("lines_1.csv", WHOLE)
        land(shop)
        upload.write(line(5).encode() + b"\n")
    assert land(shop) == [("lines_1.csv", "accepted", 5)]
    assert counting(shop) == {"lines_1.csv": 8}


@pytest.mark.usefixtures("without_leases")
def test_of_two_uploads_alike_so_far_the_later_one_counts(shop: Shop) -> None:
    first = shop.drop("lines_1.csv", HALF).open("ab")
    shop.land()
    second = shop.drop("lines_1.csv", HALF).open("ab")
    shop.land()
    with second:
        second.write(WHOLE[len(HALF) :])
    shop.land()
    with first:
        first.write(line(5).encode() + b"\n")
    assert land(shop) == [("lines_1.csv", "accepted", 5)]
    assert counting(shop) == {"lines_1.csv": 8}


def test_a_whole_file_goes_at_the_next_landing(shop: Shop) -> None:
    shop.drop("lines_1.csv", WHOLE)
    shop.drop("lines_2.csv", "nonsense\n1\n")
    shop.land()
    assert [path.name for path in kept(shop)] == ["lines_1.csv", "lines_2.csv"]
    assert shop.land().files == ()
    assert kept(shop) == [] and list((shop.home.inbox / "pos").iterdir()) == []


def test_a_file_that_is_still_open_stays_set_aside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.take(WHOLE)
    make_old(shop)
    with monkeypatch.context() as patched:
        patched.setattr(set_aside, "is_open_for_writing", lambda descriptor: True)
        shop.land()
        assert [path.name for path in kept(shop)] == ["lines_1.csv"]
    shop.land()
    assert kept(shop) == []


@pytest.mark.usefixtures("without_leases")
def test_without_an_answer_a_file_is_kept_half_a_day(shop: Shop) -> None:
    shop.take(WHOLE)
    shop.land()
    assert len(kept(shop)) == 1
    make_old(shop)
    shop.land()
    assert kept(shop) == []


@pytest.mark.usefixtures("without_leases")
def test_a_file_is_compared_once_more_before_removal(shop: Shop) -> None:
    content = csv_text([line(1, quantity="1")])
    shop.take(content)
    (path,) = kept(shop)
    written = path.stat().st_mtime_ns
    path.write_text(content.replace(",1,1.50", ",7,1.50"))
    os.utime(path, ns=(written, written))
    make_old(shop)
    assert land(shop) == [("lines_1.csv", "accepted", 1)]


@pytest.mark.usefixtures("without_leases")
def test_a_time_set_after_the_upload_is_no_new_arrival(shop: Shop) -> None:
    shop.take(WHOLE)
    before = list(read_receipts(shop.home))
    os.utime(kept(shop)[0])
    assert land(shop) == []
    assert list(read_receipts(shop.home)) == before


@pytest.mark.usefixtures("without_leases")
def test_files_of_one_name_are_set_aside_side_by_side(shop: Shop) -> None:
    for content in (HALF, HALF, WHOLE):
        shop.take(content)
    assert sorted(path.read_bytes() for path in kept(shop)) == sorted([HALF, HALF, WHOLE])


@contextmanager
def read_only(name: str) -> Iterator[None]:
    """Files of the inbox can be read and not removed: mounted read-only, or sticky and another user's."""
    real = getattr(Path, name)

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if "inbox" in path.parts:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, *arguments, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, name, refuse)
        yield


@pytest.mark.parametrize("operation", ["mkdir", "rename"])
def test_a_read_only_inbox_lands_each_file_once(shop: Shop, operation: str) -> None:
    paths = [shop.drop(f"lines_{number}.csv", csv_text(lines(number))) for number in (1, 2, 3)]
    with read_only(operation):
        report = shop.land()
        assert [(file.result, file.is_left) for file in report.files] == [("accepted", True)] * 3
        assert "Read-only file system" in report.facts()["left"][0]
        receipts = list(read_receipts(shop.home))
        assert shop.land().files == () and waiting_files(shop.home) == []
        paths[1].write_text(csv_text(lines(2, 4)))
        assert land(shop) == [("lines_2.csv", "accepted", 2)]
        assert [receipt for receipt in read_receipts(shop.home) if receipt in receipts] == receipts
    assert all(path.exists() for path in paths) and kept(shop) == []
    shop.land()
    assert not any(path.exists() for path in paths)
    assert counting(shop) == {"lines_1.csv": 1, "lines_2.csv": 2, "lines_3.csv": 1}


@pytest.mark.parametrize("name", ["lines_07911123456.csv", "lines_zoe@mail.example.csv"])
def test_the_memory_of_left_files_holds_no_names(shop: Shop, name: str) -> None:
    path = shop.drop(name, HALF)
    with read_only("rename"):
        assert [file.result for file in shop.land().files] == ["accepted"]
        memory = (shop.home.state / "left_in_inbox.json").read_text()
        assert memory != "{}" and not any(part in memory for part in ("07911123456", "zoe", "lines"))
        assert shop.land().files == () and waiting_files(shop.home) == []
        path.write_bytes(WHOLE)
        assert [(file.result, file.record_count) for file in shop.land().files] == [("accepted", 8)]


def test_names_that_an_older_version_kept_are_forgotten(shop: Shop) -> None:
    path = shop.drop("lines_07911123456.csv", HALF)
    with read_only("rename"):
        shop.land()
        memory = shop.home.state / "left_in_inbox.json"
        (entry,) = json.loads(memory.read_text()).values()
        memory.write_text(json.dumps({f"pos/{path.name}": entry}))
        receipts = list(read_receipts(shop.home))
        assert [file.result for file in shop.land().files] == ["duplicate"]
        assert path.name not in memory.read_text() and list(read_receipts(shop.home)) == receipts


@pytest.mark.parametrize("memory", ["", "[]", "null", '{"pos/lines_1.csv": 1}'])
def test_a_damaged_memory_of_left_files_is_passed_over(shop: Shop, memory: str) -> None:
    shop.take(HALF)
    (shop.home.state / "left_in_inbox.json").write_text(memory)
    assert waiting_files(shop.home) == [] and shop.land().files == ()


def test_a_file_left_by_a_killed_landing_arrives_once(shop: Shop) -> None:
    """It had committed its files; of some it had no time to set them aside, or to remember that it cannot."""
    spring = shop.drop("lines_1_spring.csv", HALF)
    shop.drop("lines_2_summer.csv", WHOLE)
    autumn = shop.drop("lines_3_autumn.csv", "nonsense\n1\n")
    shop.drop("lines_4_winter.csv", csv_text(lines(9)))
    real = Path.rename

    def refuse_to_move(path: Path, target: Path) -> Path:
        if path in (spring, autumn):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, target)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "rename", refuse_to_move)
        shop.land()
    receipts, refusals = list(read_receipts(shop.home)), quarantine.show(shop.home, refused_key(shop))
    (shop.home.state / "left_in_inbox.json").write_text("")
    assert land(shop) == [("lines_1_spring.csv", "duplicate", 0), ("lines_3_autumn.csv", "refused", 0)]
    assert list(read_receipts(shop.home)) == receipts
    again = quarantine.show(shop.home, refused_key(shop)).to_pylist()[0]
    new = {name: again[name] for name in ("refused_at", "sealed_sha256") if name in again}
    assert again == refusals.to_pylist()[0] | new
    assert not spring.exists() and not autumn.exists()


def refused_key(shop: Shop) -> str:
    (entry,) = (entry for entry in quarantine.refusals(shop.home) if entry.is_whole_file)
    return entry.key


@pytest.mark.parametrize(("operation", "number"), [("open", errno.EACCES), ("read", errno.EIO)])
def test_an_unreadable_file_stays_and_the_others_land(shop: Shop, operation: str, number: int) -> None:
    bad, good = shop.drop("lines_1.csv", HALF), shop.drop("lines_2.csv", WHOLE)
    real, inode = getattr(os, operation), bad.stat().st_ino

    def refuse(what: Any, *arguments: Any, **options: Any) -> Any:
        if (what == bad) if operation == "open" else (os.fstat(what).st_ino == inode):
            raise OSError(number, os.strerror(number))
        return real(what, *arguments, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dropped_files.os, operation, refuse)
        report = shop.land()
    assert [file.result for file in report.files] == ["unreadable", "accepted"]
    assert os.strerror(number) in report.facts()["left"][0]
    assert bad.exists() and not good.exists()
    assert land(shop) == [("lines_1.csv", "accepted", 4)]

"""A file is taken whole and exactly once, only when its producer has finished, and after any kill of the
landing.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.shop.files import LINES, Shop, csv_text, line, lines

from shopkeeper.errors import Fenced
from shopkeeper.landing import read_receipts
from shopkeeper.landing.inbox import dropped_files
from shopkeeper.landing.inbox import run as landing_run
from shopkeeper.landing.inbox.set_aside import Taken, set_aside
from shopkeeper.settings import PROJECT_ROOT, settings


def test_content_under_two_names_at_once_is_one_batch(shop: Shop) -> None:
    shop.drop("lines_1.csv", csv_text(lines(1)))
    shop.drop("lines_2.csv", csv_text(lines(1)))
    assert sorted(file.result for file in shop.land().files) == ["accepted", "duplicate"]
    assert shop.numbers() == [1]


def test_a_producer_may_resend_content_from_before_a_restatement(shop: Shop) -> None:
    first, second = csv_text(lines(1)), csv_text(lines(1, 2))
    for content in (first, second, first):
        shop.take(content)
    counting = max(read_receipts(shop.home), key=lambda receipt: receipt.landed_sequence)
    assert counting.record_count == 1
    assert shop.take(first).result == "duplicate"


def test_a_receipt_tells_what_landed(shop: Shop) -> None:
    content = csv_text([line(1), line(2, quantity="x"), line(3, sold_at="2017-01-05T08:00:00+08:00")])
    landed = shop.take(content)
    (path,) = shop.home.raw.glob("pos/lines/*.json")
    receipt = json.loads(path.read_text())
    assert path.stem == receipt["batch_id"] == landed.batch_id
    assert receipt["reasons"] == {"BAD_INTEGER": 1}
    assert (receipt["record_count"], receipt["accepted_count"], receipt["quarantined_count"]) == (3, 2, 1)
    assert (receipt["business_date_min"], receipt["business_date_max"]) == ("2017-01-02", "2017-01-05")
    assert (receipt["byte_count"], receipt["replay_of"]) == (len(content), None)


def test_raw_keeps_file_order_columns_and_line_numbers(shop: Shop) -> None:
    shop.take(csv_text([line(7), line(3), line(5, quantity="x"), line(1)]))
    assert shop.numbers() == [7, 3, 1]
    assert [row["_line_number"] for row in shop.raw()] == [2, 3, 5]
    assert list(shop.raw()[0]) == [*(column.name for column in LINES.columns), "_line_number"]


def test_a_file_without_a_contract_stays_and_is_reported(shop: Shop) -> None:
    stranger = shop.drop("stock_1.csv", "sku,count\n1,2\n")
    beside = shop.home.inbox / "lines_1.csv"
    beside.write_text(csv_text(lines(1)))
    outside = shop.home.root / "secret"
    outside.write_text(csv_text(lines(1)))
    link = shop.home.inbox / "pos" / "lines_link.csv"
    link.symlink_to(outside)
    report = shop.land()
    assert {file.file_name: file.result for file in report.files} == dict.fromkeys(
        ["lines_1.csv", "lines_link.csv", "stock_1.csv"], "unknown"
    )
    assert stranger.exists() and beside.exists() and link.is_symlink() and shop.raw() == []
    assert len(report.facts()["left"]) == 3
    assert "lines_1.csv: unknown: no contract names such a file" in report.facts()["left"][0]


def test_the_log_says_the_total_before_the_files(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shop.drop("stock_1.csv", "sku,count\n1,2\n")
    shop.drop("lines_1.csv", csv_text([line(7), line(5, quantity="x")]))
    shop.land()
    total, needy, *taken = [each.getMessage() for each in caplog.records if "landing" in each.name]
    assert total == "1 rows accepted, 1 quarantined; 1 files need a look"
    assert needy.startswith("needs a look: pos/stock_1.csv: unknown")
    assert len(taken) == 1


def test_a_report_counts_files_that_it_does_not_name(shop: Shop) -> None:
    for number in range(25):
        shop.drop(f"a_{number}.xlsx", "?")
    facts = shop.land().facts()
    assert (facts["left_count"], len(facts["left"])) == (25, 20)


@pytest.mark.parametrize("name", [".lines_1.csv", "lines_1.csv.part", "lines_1.csv.tmp", "lines_1.csv.PART"])
def test_a_file_named_as_unfinished_is_passed_over(shop: Shop, name: str) -> None:
    path = shop.drop(name, csv_text(lines(1)))
    assert shop.land().files == ()
    assert path.exists()


def test_a_file_open_for_writing_is_not_taken(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", csv_text(lines(1)))
    with path.open("ab"):
        if not _kernel_tells_of_writers(path):
            pytest.skip("this file system gives no leases")
        assert shop.land().files[0].result == "still_written"
    assert shop.land().files[0].result == "accepted"


def test_a_young_file_is_awaited_once_then_left(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0.4")
    settings.cache_clear()
    path = shop.drop("lines_1.csv", csv_text(lines(1)))
    writer = subprocess.Popen(
        [sys.executable, "-c", _GROW, str(path)], stdout=subprocess.PIPE
    )  # it opens, appends and closes every few ms, as a slow upload would
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        assert shop.land().files[0].result == "still_written"
    finally:
        writer.kill()
        writer.communicate()
    assert shop.raw() == [] and path.exists()


_GROW = """
import sys, time
while True:
    with open(sys.argv[1], "ab") as file:
        file.write(b"x")
    print("grown", flush=True)
    time.sleep(0.01)
"""


def test_a_quiet_old_file_is_not_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "5")
    settings.cache_clear()
    path = shop.drop("lines_1.csv", csv_text(lines(1)))
    os.utime(path, (time.time() - 60, time.time() - 60))
    monkeypatch.setattr(landing_run.time, "sleep", lambda seconds: pytest.fail("slept") if seconds else None)
    assert shop.land().files[0].result == "accepted"


def test_a_file_from_the_future_is_treated_as_new(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", csv_text(lines(1)))
    os.utime(path, (time.time() + 3600, time.time() + 3600))
    (file,) = dropped_files.dropped_files(shop.home)
    assert dropped_files.seconds_until_quiet(file, 2.0) == 2.0


def test_a_replacement_of_a_taken_file_is_not_removed(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", csv_text(lines(1)))
    (file,) = dropped_files.dropped_files(shop.home)
    fresh = path.with_name(".fresh")
    fresh.write_text(csv_text(lines(1, 2)))
    fresh.replace(path)
    set_aside({file: Taken("0" * 64, 1)})
    assert path.exists()


def test_of_two_landings_at_once_the_second_is_fenced(shop: Shop) -> None:
    shop.drop("lines_1.csv", csv_text(lines(1)))
    with landing_run.lock(shop.home), pytest.raises(Fenced) as refused:
        shop.land()
    assert refused.value.exit_status == 75 and "\n" not in str(refused.value)
    assert shop.land().files[0].result == "accepted"


def test_signs_in_the_homes_path_have_no_meaning(shop: Shop, tmp_path: Path) -> None:
    odd = Shop(type(shop.home)(tmp_path / "it's [a] {b}" / "day=1" / "x*?"), shop.parsers)
    landed = odd.take(csv_text([line(1, note=" padded "), line(2, quantity="x"), line(3), line(3)]))
    assert (landed.accepted_count, landed.quarantined_count) == (2, 2), landed.detail
    assert odd.numbers() == [1, 3] and "day" not in odd.raw()[0]


def test_rows_without_a_receipt_are_no_batch_and_are_replaced(shop: Shop) -> None:
    content = csv_text([line(1), line(2, quantity="x")])
    batch_id = shop.take(content).batch_id
    (receipt,) = shop.home.raw.glob("pos/lines/*.json")
    receipt.unlink()
    (shop.home.raw / "pos" / "lines" / f"{batch_id}.parquet").write_bytes(b"half a file")
    assert shop.take(content).result == "accepted"
    assert shop.numbers() == [1] and shop.reasons() == ["BAD_INTEGER"]


def test_a_landing_with_nothing_new_starts_no_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing_run, "Parser", lambda: pytest.fail("started a process"))
    assert shop.land(parsers=None).files == ()


def test_a_full_disk_leaves_the_file_and_refuses_nothing(shop: Shop) -> None:
    path = shop.drop("lines_1.csv", csv_text(lines(*range(1, 20_000))))
    limit = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({path.stat().st_size + 1000},) * 2); "
    )
    for size in (path.stat().st_size - 1000, 30_000):
        ended = _land_apart(shop, limit.replace(str(path.stat().st_size + 1000), str(size)))
        assert (ended.returncode == 1 and b"OSError" in ended.stderr) or b"MachineFault" in ended.stderr
        assert path.exists() and shop.raw() == []
        assert not list(shop.home.quarantined_files.rglob("*"))
    assert shop.land().files[0].result == "accepted"


def _land_apart(shop: Shop, before: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        _landing_command(shop, before), capture_output=True, env=_environment(), timeout=120
    )


def _landing_command(shop: Shop, before: str = "") -> list[str]:
    code = (
        f"{before}from pathlib import Path; from shopkeeper.landing import land; "
        "from shopkeeper.paths import Home; from shopkeeper.contracts import Catalog; "
        "from tests.shop.files import LINES; "
        f"land(Home(Path({str(shop.home.root)!r})), Catalog((LINES,), (), (), ()))"
    )
    return [sys.executable, "-c", code]


def _environment() -> dict[str, str]:
    folders = [str(PROJECT_ROOT / "plugins"), str(PROJECT_ROOT)]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(folders),
        "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
        "SHOPKEEPER_LANDING_WORKERS": "1",
    }


def _kernel_tells_of_writers(path: Path) -> bool:
    with path.open("rb") as file:
        return dropped_files.is_open_for_writing(file.fileno())


def drop_a_day(shop: Shop) -> None:
    for number in range(8):
        rows = [line(n, quantity="x" if n % 7 == 0 else "1") for n in range(number * 100, number * 100 + 60)]
        shop.drop(f"lines_{number}.csv", csv_text(rows))
    shop.drop("lines_8.csv", csv_text([]))


def content_of(shop: Shop) -> dict[str, list]:
    """What raw and quarantine hold, without what may differ: when and in which order files landed."""
    refusals = [json.loads(path.read_text()) for path in shop.home.quarantined_files.glob("*/refusal.json")]
    return {
        "raw": sorted(map(str, shop.raw())),
        "quarantine": sorted(map(str, shop.quarantined())),
        "refused": sorted((refusal["file_name"], refusal["reason"]) for refusal in refusals),
        "receipts": sorted((receipt.batch_id, receipt.record_count) for receipt in read_receipts(shop.home)),
        "inbox": [file.name for file in dropped_files.dropped_files(shop.home)],
    }


@pytest.mark.slow
@pytest.mark.parametrize("trials", [5, pytest.param(150, marks=pytest.mark.soak)])
def test_case_37_a_killed_landing_run_again_gives_equal_content(
    shop: Shop, tmp_path: Path, trials: int
) -> None:
    calm = Shop(type(shop.home)(tmp_path / "calm"), shop.parsers)
    drop_a_day(calm)
    calm.land()
    expected = content_of(calm)
    kills = 0
    for trial in range(trials):
        home = Shop(type(shop.home)(tmp_path / f"killed_{trial}"), shop.parsers)
        drop_a_day(home)
        landing = subprocess.Popen(_landing_command(home), env=_environment(), stderr=subprocess.DEVNULL)
        _wait_for_receipts(home, landing, count=1 + trial % 8)
        time.sleep(0.0007 * (trial % 13))
        landing.send_signal(signal.SIGKILL)
        kills += landing.wait() == -signal.SIGKILL
        home.land()
        assert content_of(home) == expected, f"trial {trial}"
    assert kills >= trials // 2


def _wait_for_receipts(shop: Shop, landing: subprocess.Popen[bytes], count: int) -> None:
    deadline = time.monotonic() + 60
    while landing.poll() is None and time.monotonic() < deadline:
        if len(list(shop.home.raw.glob("pos/lines/*.json"))) >= count:
            return
        time.sleep(0.001)


def test_the_kernel_gives_the_lock_of_a_dead_landing_back(shop: Shop) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(shop.home.root / "state")], stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(Fenced):
        shop.land()
    holder.kill()
    holder.communicate()
    assert shop.land().files == ()


_HOLD = """
import fcntl, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
file = (folder / "landing.lock").open("a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""

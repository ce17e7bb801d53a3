"""Batches whose rows are all past the retention of their contract leave raw, and then the warehouse."""

import json
import os
from datetime import date

import pytest
from tests.plugins.storage.conftest import TODAY
from tests.shop.versions import MONDAY, TUESDAY, Shop

from shopkeeper import warehouse
from shopkeeper.contracts.retention import Retention
from shopkeeper.errors import Fenced
from shopkeeper.files import exclusive
from shopkeeper.landing import expire, find_damage, read_receipt
from shopkeeper.landing.refused_files import commit_refusal
from shopkeeper.retailers import retailer
from shopkeeper.storage import maintain, retention
from shopkeeper.storage.retention import find_due, today
from shopkeeper.warehouse import failed_builds

OLD, KEPT = "2017-01-09", "2017-01-10"


def receipt_of(shop: Shop, batch: str):
    return read_receipt(shop.home.batch("pos", "lines", batch).receipt)


def rows_of(shop: Shop, batch: str):
    return shop.home.batch("pos", "lines", batch).rows


def tidy(shop: Shop, **options: bool):
    return maintain(shop.home, shop.home.airflow, **options)


def removed(shop: Shop) -> dict[str, int]:
    return {each.what: each.count for each in tidy(shop).removed}


def statuses(shop: Shop) -> dict[str, str]:
    return {batch.batch_id: batch.status for batch in warehouse.batches(shop.home)}


def test_a_year_is_a_calendar_year() -> None:
    assert Retention(1, "y").first_kept(TODAY) == date(2017, 1, 10)
    assert Retention(1, "y").first_kept(date(2020, 2, 29)) == date(2019, 2, 28)
    assert Retention(30, "d").first_kept(TODAY) == date(2017, 12, 11)


def test_an_old_batch_goes_and_its_receipt_says_why(shop: Shop) -> None:
    old, kept = shop.land("till_1.csv", MONDAY, OLD), shop.land("till_2.csv", TUESDAY, KEPT)
    shop.refresh()
    assert removed(shop) == {"batches of pos.lines": 1}
    assert not rows_of(shop, old).exists() and rows_of(shop, kept).exists()
    receipt = receipt_of(shop, old)
    assert (receipt.retention, receipt.accepted_count) == ("1 years", 2)
    assert receipt.expired_at is not None
    assert warehouse.verify(shop.home).faults == ()
    (record,) = shop.home.maintained.iterdir()
    assert json.loads(record.read_text())["removed"][0]["row_count"] == 2


def test_the_next_refresh_shows_that_the_rows_are_gone(shop: Shop) -> None:
    old, _ = shop.land("till_1.csv", MONDAY, OLD), shop.land("till_2.csv", TUESDAY, KEPT)
    shop.refresh()
    tidy(shop)
    assert statuses(shop)[old] == "withdrawn"
    shop.refresh()
    assert statuses(shop)[old] == "expired"
    rows = warehouse.query(shop.home, "select basket_id from input.transaction_lines")
    assert rows["basket_id"].to_pylist() == ["R2"]
    incremental = warehouse.manifest(shop.home)["tables"]
    shop.refresh(full=True)
    assert warehouse.manifest(shop.home)["tables"] == incremental
    assert warehouse.verify(shop.home).faults == ()


def test_a_batch_with_newer_rows_waits(shop: Shop) -> None:
    batch = shop.land("till_1.csv", MONDAY, OLD)
    file = shop.home.batch("pos", "lines", batch).receipt
    file.write_text(json.dumps({**json.loads(file.read_text()), "business_date_max": KEPT}))
    done = tidy(shop)
    assert done.removed == ()
    assert [(each.what, each.count) for each in done.waiting] == [("batches of pos.lines", 1)]
    assert rows_of(shop, batch).exists()


def test_the_declared_column_decides_and_landing_where_none_does(shop: Shop) -> None:
    dated, undated = shop.land("till_1.csv", MONDAY, OLD), shop.land("till_2.csv", TUESDAY, day=None)
    file = shop.home.batch("pos", "lines", dated).receipt
    file.write_text(json.dumps({**json.loads(file.read_text()), "dated": [KEPT, KEPT]}))
    assert removed(shop) == {}
    assert find_due(shop.home, date(2019, 1, 2))[0].batches == (receipt_of(shop, dated),)
    assert len(find_due(shop.home, date(2019, 1, 3))[0].batches) == 2
    assert undated


def test_what_it_replaced_does_not_come_back(shop: Shop) -> None:
    """A correction of old days stays as long as the file that it corrects."""
    whole = shop.land("till_1.csv", MONDAY, OLD)
    file = shop.home.batch("pos", "lines", whole).receipt
    file.write_text(json.dumps({**json.loads(file.read_text()), "business_date_max": KEPT}))
    correction = shop.land("till_2.csv", TUESDAY, OLD)
    assert removed(shop) == {}
    file.write_text(json.dumps({**json.loads(file.read_text()), "business_date_max": OLD}))
    assert removed(shop) == {"batches of pos.lines": 2}
    assert not rows_of(shop, correction).exists()


def test_a_file_replaced_by_an_expired_one_stays_replaced(shop: Shop) -> None:
    before = shop.land("till_1.csv", TUESDAY, KEPT)
    after = shop.land("till_1.csv", [*MONDAY, *TUESDAY], OLD)
    shop.land("till_2.csv", [("R3", "4006381333931", "2.40")], KEPT)
    shop.refresh()
    tidy(shop)
    shop.refresh()
    assert (statuses(shop)[before], statuses(shop)[after]) == ("superseded", "expired")


def test_a_replay_keeps_its_origin(shop: Shop) -> None:
    origin = shop.land("till_1.csv", MONDAY, OLD)
    shop.land("till_1.csv", TUESDAY, KEPT, replay_of=origin)
    assert removed(shop) == {}


def test_a_killed_removal_is_found_and_finished(shop: Shop) -> None:
    old = shop.land("till_1.csv", MONDAY, OLD)
    content = rows_of(shop, old).read_bytes()
    expire(shop.home, [receipt_of(shop, old)], "1 years")
    rows_of(shop, old).write_bytes(content)
    (fault,) = warehouse.verify(shop.home).faults
    assert "left of an expired batch; `shopkeeper maintain`" in fault
    assert removed(shop) == {"batches of pos.lines, left by a killed run": 1}
    assert find_damage(shop.home, receipt_of(shop, old)) is not None
    assert warehouse.verify(shop.home).faults == ()


def test_a_refused_file_goes_after_the_retention(shop: Shop, tmp_path) -> None:
    refusal = {"system": "pos", "table": "lines", "batch_id": "1" * 64, "reason": "NOT_CSV", "detail": "torn"}
    for name, day in (("till_1.csv", OLD), ("till_2.csv", KEPT)):
        (tmp_path / name).write_text("torn")
        commit_refusal(shop.home, {**refusal, "file_name": name, "refused_at": day}, tmp_path / name)
    assert removed(shop) == {"refused files of pos.lines": 1}
    assert warehouse.verify(shop.home).refused_file_count == 1


def test_a_dry_run_removes_nothing(shop: Shop) -> None:
    old = shop.land("till_1.csv", MONDAY, OLD)
    assert tidy(shop, is_dry_run=True).removed[0].count == 1
    assert rows_of(shop, old).exists() and not shop.home.maintained.exists()


@pytest.mark.parametrize("lock", ["refresh_lock", "landing_lock", "publish_lock"])
def test_nothing_is_removed_beside_other_work(shop: Shop, lock: str) -> None:
    old = shop.land("till_1.csv", MONDAY, OLD)
    with exclusive(getattr(shop.home, lock), 0, is_shared=True), pytest.raises(Fenced, match="is under way"):
        tidy(shop)
    assert rows_of(shop, old).exists()


def test_a_build_between_two_steps_is_under_way(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    old = shop.land("till_1.csv", MONDAY, OLD)
    build = warehouse.begin(shop.home)
    with pytest.raises(Fenced, match=f"{build} was begun and may be under way"):
        tidy(shop)
    monkeypatch.setattr(failed_builds, "QUIET_SECONDS", -1.0)
    assert removed(shop) == {"batches of pos.lines": 1}
    assert not rows_of(shop, old).exists()
    with pytest.raises(Fenced, match=f"{build} gives way"):
        warehouse.publish(shop.home, build)


def test_data_of_the_past_ages_with_its_as_of_date(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    home = shop.home
    monkeypatch.setattr(retention, "retailer", lambda: shop_of(is_historical=True))
    assert today(home) is None
    shop.land("till_1.csv", MONDAY, OLD)
    shop.refresh()
    assert today(home) == date(2017, 1, 9)
    monkeypatch.setattr(retention, "retailer", lambda: shop_of(is_historical=False))
    assert today(home) > date(2020, 1, 1)


def shop_of(is_historical: bool):
    return retailer().model_copy(update={"is_historical": is_historical})


def test_old_logs_and_leftovers_go_with_empty_folders(shop: Shop, tmp_path) -> None:
    logs, spilt = tmp_path / "logs", shop.home.spill / "1234"
    for file in (logs / "dag" / "run" / "1.log", logs / "dag" / "2.log", spilt / "part.tmp"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("…")
    month_ago = TODAY.replace(year=2016)
    seconds = (month_ago - date(1970, 1, 1)).total_seconds()
    for path in (logs / "dag" / "run" / "1.log", spilt / "part.tmp", spilt):
        os.utime(path, (seconds, seconds))
    found = {each.what: each.count for each in maintain(shop.home, logs).removed}
    assert found == {"log files": 1, "temporary files": 1}
    assert [path.name for path in logs.rglob("*")] == ["dag", "2.log"]
    assert not spilt.exists()

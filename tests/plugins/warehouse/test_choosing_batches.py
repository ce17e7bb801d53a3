"""Which batches a refresh adds, removes or leaves held."""

from dataclasses import replace
from types import SimpleNamespace
from typing import get_args

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shop.versions import MONDAY, TILL_LINES, TUESDAY

from shopkeeper import warehouse
from shopkeeper.contracts.contract import Delivery
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.warehouse import batch_list, restatements, rollbacks


def lines(shop, version=None):
    sql = "select basket_id, product_id, sales_value::varchar as sales_value from input.transaction_lines order by all"
    return [tuple(row.values()) for row in warehouse.query(shop.home, sql, version).to_pylist()]


def test_a_first_refresh_takes_in_every_landed_batch(shop):
    shop.land("till_1.csv", MONDAY)
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    assert lines(shop) == sorted(MONDAY + TUESDAY)


def test_a_second_refresh_links_only_the_new_batch(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    new = shop.land("till_2.csv", TUESDAY)
    build_id = warehouse.begin(shop.home)
    landed = {path.name for path in (shop.home.build(build_id).landed / "pos" / "lines").iterdir()}
    assert landed == {"_none.parquet", f"{new}.parquet"}
    statuses = pq.read_table(shop.home.build(build_id).root / "batches.parquet").to_pylist()
    assert sorted(row["status"] for row in statuses) == ["kept", "new"]


def test_a_table_without_new_batches_has_an_empty_file(shop):
    shop.land("till_1.csv", MONDAY)
    empty = pq.read_table(shop.home.build(warehouse.begin(shop.home)).landed / "pos/lines/_none.parquet")
    assert empty.num_rows == 0
    assert empty.column_names == ["basket_id", "product_id", "sales_value", "_line_number"]


def test_case_29_nothing_new_publishes_nothing(shop):
    shop.land("till_1.csv", MONDAY)
    version = shop.refresh()
    shop.land("till_1.csv", MONDAY)
    assert shop.refresh() is None
    assert warehouse.current(shop.home) == version


def test_case_30_new_content_under_a_name_replaces_old(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    corrected = [("R1", "4006381333931", "1.25"), MONDAY[1]]
    shop.land("till_1.csv", corrected)
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    incremental = {name: content["content_hash"] for name, content in tables(shop).items()}
    assert lines(shop) == sorted(corrected + TUESDAY)
    shop.refresh(full=True)
    assert {name: content["content_hash"] for name, content in tables(shop).items()} == incremental


def tables(shop):
    return warehouse.manifest(shop.home)["tables"]


def test_a_restatement_replaces_the_old_files_replays_too(shop):
    original = shop.land("till_1.csv", MONDAY)
    replay = shop.land("till_1.csv", [("R9", "4006381333931", "9.99")], replay_of=original)
    shop.refresh()
    assert len(lines(shop)) == 3
    warehouse.release(shop.home, shop.land("till_1.csv", TUESDAY))
    shop.refresh()
    assert lines(shop) == TUESDAY
    assert warehouse.manifest(shop.home)["batches"]["withdrawn"] == sorted([original, replay])


def test_a_replay_is_no_restatement_of_its_file(shop):
    original = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.land("till_1.csv", TUESDAY, replay_of=original)
    shop.refresh()
    assert lines(shop) == sorted(MONDAY + TUESDAY)


def test_a_held_batch_leaves_the_warehouse_and_returns_when_released(shop):
    shop.land("till_1.csv", MONDAY)
    bad = shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    warehouse.hold(shop.home, bad[:12])
    shop.refresh()
    assert lines(shop) == MONDAY
    assert {batch.file_name: batch.status for batch in warehouse.batches(shop.home)} == {
        "till_1.csv": "kept",
        "till_2.csv": "held",
    }
    warehouse.release(shop.home, bad)
    shop.refresh()
    assert lines(shop) == sorted(MONDAY + TUESDAY)


def test_while_a_restatement_is_held_the_file_before_it_counts(shop):
    shop.land("till_1.csv", MONDAY)
    restated = shop.land("till_1.csv", TUESDAY)
    warehouse.hold(shop.home, restated)
    shop.refresh()
    assert lines(shop) == MONDAY


@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("delivery", get_args(Delivery))
def test_new_rows_under_an_old_name_do_not_displace_it(shop, monkeypatch, delivery, has_key):
    columns = tuple(replace(column, is_key=column.is_key and has_key) for column in TILL_LINES.columns)
    contract = replace(TILL_LINES, file=replace(TILL_LINES.file, delivery=delivery), columns=columns)
    monkeypatch.setattr(restatements, "catalog", lambda: SimpleNamespace(sources=(contract,)))
    shop.land("till.csv", MONDAY)
    shop.refresh()
    new = shop.land("till.csv", TUESDAY)
    assert shop.refresh() is None
    held = {batch.batch_id: batch.why_held for batch in warehouse.batches(shop.home) if batch.is_held}
    what = "the snapshot before" if delivery == "snapshots" else "the file that it would replace"
    assert held.keys() == {new}
    assert f"100% of the {'keys' if has_key else 'rows'} of {what}" in held[new]
    assert "release it if that is right" in held[new]
    warehouse.release(shop.home, new)
    shop.refresh()
    assert lines(shop) == TUESDAY


def test_each_equal_row_without_a_key_counts_as_lost(shop, monkeypatch):
    columns = tuple(replace(column, is_key=False) for column in TILL_LINES.columns)
    contract = replace(TILL_LINES, columns=columns)
    monkeypatch.setattr(restatements, "catalog", lambda: SimpleNamespace(sources=(contract,)))
    shop.land("till.csv", [TUESDAY[0], TUESDAY[0]])
    shop.refresh()
    shop.land("till.csv", TUESDAY)
    assert shop.refresh() is None
    assert lines(shop) == [TUESDAY[0], TUESDAY[0]]


def test_misnamed_content_stays_when_its_first_name_is_restated(shop):
    tuesday = shop.land("till_1.csv", TUESDAY)
    shop.refresh()
    shop.send_again(tuesday, "till_2.csv")
    assert shop.refresh() is None, "a second name of what is contained changes nothing"
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    assert lines(shop) == sorted(MONDAY + TUESDAY)
    shop.refresh(full=True)
    assert lines(shop) == sorted(MONDAY + TUESDAY)


def test_a_list_sent_again_is_taken_after_the_other(shop):
    first, second = shop.land("prices_1.csv", MONDAY), shop.land("prices_2.csv", TUESDAY)
    shop.refresh()
    shop.send_again(first, "prices_3.csv")
    statuses = {batch.batch_id: (batch.status, batch.is_contained) for batch in warehouse.batches(shop.home)}
    assert statuses == {second: ("kept", True), first: ("new", True)}
    build_id = shop.refresh()
    order = pq.read_table(shop.home.versions / build_id / "batches.parquet").sort_by("landed_sequence")
    assert order["batch_id"].to_pylist() == [second, first]
    assert lines(shop) == sorted(MONDAY + TUESDAY), "its rows are not doubled"
    assert shop.refresh() is None


def test_files_sent_again_in_the_order_they_had_change_nothing(shop):
    names = [
        (shop.land("prices_1.csv", MONDAY), "prices_1.csv"),
        (shop.land("prices_2.csv", TUESDAY), "x.csv"),
    ]
    shop.refresh()
    for batch_id, name in names:
        shop.send_again(batch_id, name)
    assert shop.refresh() is None


def test_a_replay_moves_with_the_file_that_is_sent_again(shop):
    first = shop.land("prices_1.csv", MONDAY)
    replay = shop.land("prices_1.csv", [("R9", "4006381333931", "9.99")], replay_of=first)
    second = shop.land("prices_2.csv", TUESDAY)
    shop.refresh()
    shop.send_again(first, "prices_3.csv")
    statuses = {batch.batch_id: batch.status for batch in warehouse.batches(shop.home)}
    assert statuses == {first: "new", replay: "new", second: "kept"}


def test_later_holds_leave_a_versions_content_unchanged(shop):
    """Landed later: a restatement, a new file, and a content of the version sent again under another name."""
    first, second = shop.land("prices_1.csv", MONDAY), shop.land("prices_2.csv", TUESDAY)
    version = shop.refresh()
    shop.land("prices_2.csv", [("R8", "1", "1.00")])
    shop.land("prices_4.csv", [("R9", "1", "1.00")])
    shop.send_again(first, "prices_5.csv")
    shop.refresh()
    rollbacks.hold_later(shop.home, version, "v000002")
    shop.refresh()
    contained = [batch.batch_id for batch in warehouse.batches(shop.home) if batch.status == "kept"]
    assert contained == [first, second] and lines(shop) == sorted(MONDAY + TUESDAY)
    warehouse.release(shop.home, first)
    assert {b.batch_id: b.status for b in warehouse.batches(shop.home)}[first] == "new"


def test_a_later_hold_does_not_release_a_manual_one(shop):
    shop.land("till_1.csv", MONDAY)
    held = shop.land("till_2.csv", TUESDAY)
    version = shop.refresh()
    warehouse.hold(shop.home, held)
    shop.send_again(held, "till_3.csv")
    rollbacks.hold_later(shop.home, version, "v000002")
    shop.refresh()
    assert lines(shop) == MONDAY


SENDINGS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("1234")), min_size=1, max_size=12)


@given(sendings=SENDINGS, refreshed_after=st.sets(st.integers(0, 11)))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_name_counts_as_its_last_content_in_order(shop, tmp_path_factory, sendings, refreshed_after):
    """The version's order of what it contains, brought up to date or made anew, is that of the last sendings."""
    shop = type(shop)(Home(tmp_path_factory.mktemp("home")))
    landed, known, last = {}, {}, {}
    for place, (name, content) in enumerate(sendings, 1):
        if content in landed:
            shop.send_again(landed[content], name)
        else:
            landed[content] = shop.land(name, [(content, "1", "1.00")])
        last.pop(name, None)
        last[name] = landed[content]
        surveyed = batch_list.survey(shop.home, known)
        in_order = [b.batch_id for b in surveyed if b.status in ("kept", "new")]
        expected = list(dict.fromkeys(reversed(last.values())))[::-1]
        assert in_order == expected
        kept = [b.batch_id for b in surveyed if b.status == "kept"]
        assert kept == [batch_id for batch_id in sorted(known, key=known.__getitem__) if batch_id in kept]
        if place in refreshed_after:
            known = {b.batch_id: b.landed_sequence for b in surveyed if b.status in ("kept", "new")}


def test_holding_a_batch_that_nobody_landed_says_where_to_look(shop):
    shop.land("till_1.csv", MONDAY)
    with pytest.raises(UserError, match=r"no batch starts with ffff.*batches list"):
        warehouse.hold(shop.home, "ffff")


def test_the_as_of_date_is_the_last_contained_date(shop):
    shop.land("till_1.csv", MONDAY, day="2017-01-07")
    shop.land("till_2.csv", TUESDAY, day="2017-01-14")
    late = shop.land("till_3.csv", [("R3", "1", "1.00")], day="2017-01-21")
    warehouse.hold(shop.home, late)
    build_id = warehouse.begin(shop.home)
    assert shop.as_of_date(build_id) == "2017-01-14"
    assert (
        str(pq.read_table(shop.home.build(build_id).root / "refresh.parquet")["as_of_date"][0])
        == "2017-01-14"
    )


def test_a_vanished_raw_batch_is_named_before_building(shop):
    lost = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    (shop.home.raw / "pos" / "lines" / f"{lost}.json").unlink()
    with pytest.raises(UserError, match=f"has lost 1 batches.*{lost}"):
        warehouse.begin(shop.home)


def test_nothing_is_built_before_a_business_date_has_landed(shop):
    shop.land("till_1.csv", MONDAY, day=None)
    with pytest.raises(UserError, match=r"no business date has landed of pos\.lines"):
        warehouse.begin(shop.home)
    assert not shop.home.builds.exists()

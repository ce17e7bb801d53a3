"""After a rollback, nothing that landed after the version comes back by itself."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shop.versions import MONDAY, TUESDAY, Shop

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.paths import Home


def sales_value(shop):
    found = warehouse.query(
        shop.home, "select sum(sales_value)::varchar as total from input.transaction_lines"
    )
    return found["total"][0].as_py()


def week(shop, amount, name="till_1.csv", **options):
    return shop.land(name, [("R1", "4006381333931", amount)], **options)


def hashes(shop):
    return {name: table["content_hash"] for name, table in warehouse.manifest(shop.home)["tables"].items()}


def test_of_a_week_restated_twice_neither_comes_back(shop):
    week(shop, "1.00")
    first = shop.refresh()
    for amount in ("2.00", "3.00"):
        week(shop, amount)
        shop.refresh()
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    assert sales_value(shop) == "1.00"


def test_what_landed_but_was_never_published_is_held_too(shop):
    week(shop, "1.00")
    first = shop.refresh()
    week(shop, "2.00")
    shop.refresh()
    waiting = week(shop, "4.00", name="till_9.csv")
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    assert sales_value(shop) == "1.00"
    warehouse.release(shop.home, waiting)
    shop.refresh()
    assert sales_value(shop) == "5.00"


def test_a_withdrawn_batch_and_its_replay_stay_out(shop):
    week(shop, "1.00")
    first = shop.refresh()
    withdrawn = week(shop, "2.00", name="till_2.csv")
    week(shop, "8.00", name="till_2.csv", replay_of=withdrawn)
    shop.refresh()
    warehouse.hold(shop.home, withdrawn)
    shop.refresh()
    warehouse.release(shop.home, withdrawn)
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    assert sales_value(shop) == "1.00"


def test_a_later_replay_of_a_versions_file_is_held(shop):
    origin = week(shop, "1.00")
    first = shop.refresh()
    replay = week(shop, "2.00", replay_of=origin)
    shop.refresh()
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    warehouse.release(shop.home, replay)
    shop.refresh()
    assert sales_value(shop) == "3.00"


def test_a_versions_content_renamed_later_displaces_nothing(shop):
    content = week(shop, "1.00")
    week(shop, "2.00", name="till_2.csv")
    first = shop.refresh()
    shop.send_again(content, "till_2.csv")
    shop.refresh()
    assert sales_value(shop) == "1.00"
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    assert sales_value(shop) == "3.00"


def test_what_lands_after_the_rollback_is_taken_in(shop):
    week(shop, "1.00")
    first = shop.refresh()
    week(shop, "2.00")
    shop.refresh()
    warehouse.roll_back(shop.home, first)
    week(shop, "4.00")
    shop.refresh()
    assert sales_value(shop) == "4.00"


def test_a_release_lets_in_what_was_rolled_back(shop):
    week(shop, "1.00")
    first = shop.refresh()
    bad, good = week(shop, "2.00"), week(shop, "4.00", name="till_2.csv")
    shop.refresh()
    warehouse.roll_back(shop.home, first)
    warehouse.release(shop.home, good)
    shop.refresh()
    assert sales_value(shop) == "5.00"
    assert {b.batch_id: b.why_held for b in warehouse.batches(shop.home) if b.is_held} == {
        bad: "rolled back from v000002 to v000001"
    }


def test_rolling_forward_lets_in_what_the_version_contained(shop):
    versions = []
    for amount in ("1.00", "2.00", "4.00"):
        week(shop, amount)
        versions.append(shop.refresh())
    for version, amount in ((0, "1.00"), (1, "2.00"), (2, "4.00"), (1, "2.00"), (0, "1.00")):
        warehouse.roll_back(shop.home, versions[version])
        assert shop.refresh() is None
        assert sales_value(shop) == amount


def held(shop):
    return {batch.batch_id for batch in warehouse.batches(shop.home) if batch.is_held}


def test_undoing_a_rollback_releases_just_what_it_held(shop):
    week(shop, "1.00")
    first = shop.refresh()
    week(shop, "2.00", name="till_2.csv")
    second = shop.refresh()
    week(shop, "4.00", name="till_4.csv")
    shop.refresh()
    warehouse.roll_back(shop.home, second)
    before = held(shop)
    waiting = week(shop, "8.00", name="till_8.csv")
    warehouse.roll_back(shop.home, first)
    corrected = week(shop, "16.00", name="till_16.csv")
    warehouse.undo_rollback(shop.home, second)
    assert held(shop) == before
    assert {b.batch_id for b in warehouse.batches(shop.home) if b.status == "new"} == {waiting, corrected}
    shop.refresh()
    assert sales_value(shop) == "27.00"


def test_what_came_between_a_rollback_and_its_undoing_counts(shop):
    week(shop, "1.00")
    first = shop.refresh()
    week(shop, "2.00", name="till_2.csv")
    second = shop.refresh()
    warehouse.roll_back(shop.home, first)
    week(shop, "4.00", name="till_4.csv")
    third = shop.refresh()
    assert sales_value(shop) == "5.00"
    warehouse.undo_rollback(shop.home, second)
    shop.refresh()
    assert sales_value(shop) == "7.00"
    warehouse.roll_back(shop.home, third)
    assert held(shop) == set()


def test_an_undone_rollback_is_done_again(shop):
    week(shop, "1.00")
    first = shop.refresh()
    restated = week(shop, "2.00")
    second = shop.refresh()
    warehouse.roll_back(shop.home, first)
    warehouse.undo_rollback(shop.home, second)
    warehouse.undo_rollback(shop.home, first)
    assert held(shop) == {restated}
    assert shop.refresh() is None
    assert sales_value(shop) == "1.00"


def test_only_the_last_rollback_is_undone(shop):
    versions = []
    for amount in ("1.00", "2.00", "4.00"):
        week(shop, amount)
        versions.append(shop.refresh())
    warehouse.roll_back(shop.home, versions[1])
    warehouse.roll_back(shop.home, versions[0])
    with pytest.raises(UserError, match="did not leave"):
        warehouse.undo_rollback(shop.home, versions[2])
    assert warehouse.current(shop.home) == versions[0]


def test_what_a_person_held_stays_held_through_rollbacks(shop):
    week(shop, "1.00")
    first = shop.refresh()
    doubtful = week(shop, "2.00", name="till_2.csv")
    warehouse.hold(shop.home, doubtful)
    week(shop, "4.00")
    second = shop.refresh()
    warehouse.roll_back(shop.home, first)
    warehouse.roll_back(shop.home, second)
    assert {b.batch_id: b.why_held for b in warehouse.batches(shop.home) if b.is_held} == {
        doubtful: "by hand"
    }
    assert shop.refresh() is None
    assert sales_value(shop) == "4.00"


def test_a_version_from_before_arrival_numbers_is_rolled_back(shop, monkeypatch):
    """Its list of batches has a place in the order of landing for each, and nothing else."""
    older = warehouse.builds.BATCHES
    for column in ("names", "is_contained"):
        older = older.remove(older.get_field_index(column))
    with monkeypatch.context() as patch:
        patch.setattr(warehouse.builds, "BATCHES", older)
        week(shop, "1.00")
        first = shop.refresh()
    for amount in ("2.00", "3.00"):
        week(shop, amount)
        shop.refresh()
    warehouse.roll_back(shop.home, first)
    assert shop.refresh() is None
    assert sales_value(shop) == "1.00"


def test_a_hold_whose_file_is_damaged_still_holds(shop):
    week(shop, "1.00")
    held = week(shop, "2.00", name="till_2.csv")
    warehouse.hold(shop.home, held)
    (shop.home.state / "held" / held).write_text("")
    shop.refresh()
    assert sales_value(shop) == "1.00"
    warehouse.release(shop.home, held)
    shop.refresh()
    assert sales_value(shop) == "3.00"


def test_a_hold_of_an_older_version_still_holds(shop):
    week(shop, "1.00")
    held = week(shop, "2.00", name="till_2.csv")
    file = shop.home.state / "held" / held
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"why": "rolled back from v000002 to v000001"}))
    shop.refresh()
    assert sales_value(shop) == "1.00"


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("land"), st.sampled_from("abc"), st.sampled_from("1234")),
        st.tuples(st.just("refresh"), st.none(), st.none()),
    ),
    min_size=3,
    max_size=10,
)


@pytest.mark.slow
@given(before=EVENTS, after=EVENTS, data=st.data())
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rollback_gives_the_version_and_keeps_it(shop, tmp_path_factory, before, after, data):
    shop = Shop(Home(tmp_path_factory.mktemp("home")))
    landed: dict[str, str] = {}

    def happen(events):
        for event, name, content in events:
            if event == "refresh":
                shop.refresh()
            elif content in landed:
                shop.send_again(landed[content], name)
            else:
                landed[content] = shop.land(name, [(content, "4006381333931", f"{content}.00")])

    shop.land("z", MONDAY + TUESDAY)
    happen(before)
    shop.refresh()
    version, published = warehouse.current(shop.home), hashes(shop)
    happen(after)
    shop.refresh()
    if warehouse.current(shop.home) == version:
        return
    kept = [each.name for each in warehouse.versions(shop.home)]
    if version not in kept:
        return
    warehouse.roll_back(shop.home, version)
    assert hashes(shop) == published
    assert shop.refresh() is None
    shop.refresh(full=True)
    lines = "input.transaction_lines"
    assert hashes(shop)[lines] == published[lines]

"""Each change is recorded with who, when, why and its undo; the work is that of the command line."""

import json
import shutil

import pytest
from tests.plugins.console.conftest import Console
from tests.shop.published import Grocer

from shopkeeper import warehouse
from shopkeeper.console.actions import read_actions, undoable
from shopkeeper.landing import quarantine, read_refusal
from shopkeeper.landing.quarantine import listing

WHY = {"why": "the till of store 330 was wrong"}


def test_rolling_back_is_recorded_and_can_be_undone(grocer: Grocer, console: Console) -> None:
    page = console(grocer.home, "operator")
    done = page.post("/shopkeeper/versions/v000001/rollback", data=WHY)
    assert (done.status_code, done.headers["location"]) == (303, "/shopkeeper/")
    assert warehouse.current(grocer.home) == "v000001"
    (action,) = read_actions(grocer.home)
    assert (action.by, action.role, action.verb, action.subject) == (
        "operator-ada",
        "operator",
        "roll back to",
        "v000001",
    )
    assert (action.why, action.outcome, action.undo) == (WHY["why"], "done", ("return to", "v000002"))
    assert "/versions/v000002/return" in page.get("/shopkeeper/").text
    page.post("/shopkeeper/versions/v000002/return", data=WHY)
    assert warehouse.current(grocer.home) == "v000002"
    assert warehouse.read_holds(grocer.home) == {}
    assert undoable(read_actions(grocer.home)) == {2}


def test_a_held_batch_names_who_held_it(grocer: Grocer, console: Console) -> None:
    page, batch_id = console(grocer.home, "operator"), warehouse.batches(grocer.home)[0].batch_id
    page.post(f"/shopkeeper/batches/{batch_id}/hold", data=WHY)
    (hold,) = warehouse.read_holds(grocer.home).values()
    assert hold.why == f"operator-ada: {WHY['why']}"
    assert WHY["why"] in page.get("/shopkeeper/").text
    page.post(f"/shopkeeper/batches/{batch_id}/release", data=WHY)
    assert warehouse.read_holds(grocer.home) == {}
    assert [action.undo for action in read_actions(grocer.home)] == [
        ("hold", batch_id),
        ("release", batch_id),
    ]


def test_no_reason_makes_a_persons_hold_a_rollbacks(grocer: Grocer, console: Console) -> None:
    batch_id = warehouse.batches(grocer.home)[0].batch_id
    console(grocer.home).post(
        f"/shopkeeper/batches/{batch_id}/hold", data={"why": "rolled back from v000001"}
    )
    (hold,) = warehouse.read_holds(grocer.home).values()
    assert not hold.is_of_a_rollback


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"why": ""}, "请说明理由"),
        ({"why": "   "}, "请说明理由"),
        ({}, "请说明理由"),
        ({"why": "x" * 2001}, "理由有 2,001 个字符"),
    ],
)
def test_a_change_without_a_fit_reason_is_refused(
    grocer: Grocer, console: Console, given: dict[str, str], said: str
) -> None:
    batch_id = warehouse.batches(grocer.home)[0].batch_id
    page = console(grocer.home)
    answer = page.post(f"/shopkeeper/batches/{batch_id}/hold", data=given, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert said in answer.text
    assert "xxx" not in answer.text
    assert warehouse.read_holds(grocer.home) == {}
    assert read_actions(grocer.home) == []


def test_an_unreadable_address_is_answered_with_a_page(published: Grocer, console: Console) -> None:
    page = console(published.home)
    for answer in (
        page.post("/shopkeeper/quarantine/ffff/lines/<b>two", data=WHY),
        page.get("/shopkeeper/versions/compare?before=v000001"),
    ):
        assert (answer.status_code, "is missing or not of its kind" in answer.text) == (422, True)
        assert "two" not in answer.text


def test_a_held_batch_keeps_its_first_reason(grocer: Grocer, console: Console) -> None:
    page, batch_id = console(grocer.home), warehouse.batches(grocer.home)[0].batch_id
    page.post(f"/shopkeeper/batches/{batch_id}/hold", data=WHY)
    answer = page.post(f"/shopkeeper/batches/{batch_id}/hold", data={"why": "again"})
    assert (answer.status_code, "is held already" in answer.text) == (422, True)
    (hold,) = warehouse.read_holds(grocer.home).values()
    assert hold.why == f"admin-ada: {WHY['why']}"


def test_no_operator_releases_what_a_steward_took_back(grocer: Grocer, console: Console) -> None:
    steward, operator = console(grocer.home, "steward"), console(grocer.home, "operator")
    (row,) = quarantine.show(grocer.home, grocer.refused_rows).to_pylist()
    place = f"/shopkeeper/quarantine/{grocer.refused_rows}/lines/{row['line_number']}"
    steward.post(place, data={**WHY, "column.product_id": "995249"})
    (_, batch_id) = read_actions(grocer.home)[0].undo or ("", "")
    steward.post(f"/shopkeeper/replays/{batch_id}/take-back", data=WHY)
    answer = operator.post(f"/shopkeeper/batches/{batch_id}/release", data=WHY)
    assert (answer.status_code, "quarantine put-back" in answer.text) == (422, True)
    assert batch_id in warehouse.read_holds(grocer.home)
    for page, has_put_back in ((operator, False), (steward, True)):
        told = page.get("/shopkeeper/").text
        assert f"/batches/{batch_id}/release" not in told
        assert (f'id="put-back-{batch_id}"' in told) == has_put_back


def test_a_change_that_fails_is_recorded_as_failed(grocer: Grocer, console: Console) -> None:
    answer = console(grocer.home).post("/shopkeeper/versions/v000009/rollback", data=WHY)
    assert answer.status_code == 422
    assert "there is no version v000009" in answer.text
    (action,) = read_actions(grocer.home)
    assert (action.outcome, action.undo) == ("failed", None)


def test_a_damaged_record_hides_no_other(grocer: Grocer, console: Console) -> None:
    batch_id = warehouse.batches(grocer.home)[0].batch_id
    page = console(grocer.home)
    page.post(f"/shopkeeper/batches/{batch_id}/hold", data=WHY)
    grocer.home.action(2).write_text("{")
    page.post(f"/shopkeeper/batches/{batch_id}/release", data=WHY)
    assert [action.number for action in read_actions(grocer.home)] == [3, 1]


def test_a_corrected_row_lands_as_a_batch_of_its_own(grocer: Grocer, console: Console) -> None:
    page, key = console(grocer.home, "steward"), grocer.refused_rows
    (row,) = quarantine.show(grocer.home, key).to_pylist()
    place = f"/shopkeeper/quarantine/{key}/lines/{row['line_number']}"
    wrong = page.post(place, data={**WHY, "column.product_id": "<b>"})
    assert (wrong.status_code, "still refused: 1" in wrong.text) == (422, True)
    assert "line 9: BAD_PATTERN in product_id; product_id must be" in wrong.text
    strange = page.post(place, data={**WHY, "column.colour": "red"})
    assert (strange.status_code, "has no column colour" in strange.text) == (422, True)
    assert str(grocer.home.root) not in strange.text
    done = page.post(place, data={**WHY, "column.product_id": "995249"})
    assert done.status_code == 303
    assert key not in {entry.key for entry in quarantine.refusals(grocer.home)}
    (added,) = (batch for batch in warehouse.batches(grocer.home) if batch.replay_of == key)
    assert (added.accepted_count, added.status) == (1, "new")
    action = read_actions(grocer.home)[0]
    assert action.undo == ("take back", added.batch_id)
    assert "995249" not in json.dumps(action.__dict__)


def test_a_steward_undoes_and_repeats_his_correction(grocer: Grocer, console: Console) -> None:
    page, key = console(grocer.home, "steward"), grocer.refused_rows
    (row,) = quarantine.show(grocer.home, key).to_pylist()
    place = f"/shopkeeper/quarantine/{key}/lines/{row['line_number']}"
    page.post(place, data={**WHY, "column.product_id": "995249"})
    (_, batch_id) = read_actions(grocer.home)[0].undo or ("", "")
    assert f"/shopkeeper/replays/{batch_id}/take-back" in page.get("/shopkeeper/").text

    def counting() -> set[str]:
        return {each.batch_id for each in warehouse.batches(grocer.home) if each.status == "new"}

    assert page.post(f"/shopkeeper/replays/{batch_id}/take-back", data=WHY).status_code == 303
    assert counting() == set()
    assert quarantine.show(grocer.home, key).to_pylist() == [row]
    assert f"steward-ada: {WHY['why']}" in page.get("/shopkeeper/").text
    page.post(f"/shopkeeper/replays/{batch_id}/put-back", data=WHY)
    assert (counting(), quarantine.show(grocer.home, key).num_rows) == ({batch_id}, 0)
    page.post(f"/shopkeeper/replays/{batch_id}/take-back", data=WHY)
    page.post(place, data={**WHY, "column.product_id": "995250"})
    (second,) = counting()
    assert second != batch_id
    both = page.post(f"/shopkeeper/replays/{batch_id}/put-back", data=WHY)
    assert (both.status_code, "take that back first" in both.text) == (422, True)
    page.post(f"/shopkeeper/replays/{second}/take-back", data=WHY)
    page.post(place, data={**WHY, "column.product_id": "995249"})
    assert counting() == {batch_id}


def test_a_refusals_page_says_what_was_done_to_it(grocer: Grocer, console: Console) -> None:
    page, key = console(grocer.home, "steward"), grocer.refused_rows
    (row,) = quarantine.show(grocer.home, key).to_pylist()
    place = f"/shopkeeper/quarantine/{key}"
    vain = page.post(f"{place}/replay", data=WHY)
    assert (vain.status_code, f'href="{place}"' in vain.text) == (422, True)
    correction = {**WHY, "column.product_id": "995249"}
    done = page.post(f"{place}/lines/{row['line_number']}", data=correction)
    (_, batch_id) = read_actions(grocer.home)[0].undo or ("", "")
    for undo, why, way_back in (("", WHY["why"], "take-back"), ("take-back", "another product", "put-back")):
        if undo:
            done = page.post(f"/shopkeeper/replays/{batch_id}/{undo}", data={"why": why})
        assert done.headers["location"] == f"{place}#actions"
        told = page.get(place).text.split('<section id="actions">')[1]
        assert all(each in told for each in ("steward-ada", why, " UTC</td>", f"/{batch_id}/{way_back}"))
    for role in ("viewer", "analyst"):
        told = console(grocer.home, role).get(place).text
        assert "another product" in told
        assert "steward may undo it" in told
        assert '<form method="post"' not in told


def test_only_a_replay_is_taken_back(grocer: Grocer, console: Console) -> None:
    (batch, *_) = warehouse.batches(grocer.home)
    answer = console(grocer.home, "steward").post(f"/shopkeeper/replays/{batch.batch_id}/take-back", data=WHY)
    assert (answer.status_code, "hold its batch instead" in answer.text) == (422, True)
    assert warehouse.read_holds(grocer.home) == {}


@pytest.mark.parametrize("why", [None, "a shopper called"])
def test_a_page_of_quarantine_reads_its_refused_rows_once(
    grocer: Grocer, console: Console, monkeypatch: pytest.MonkeyPatch, why: str | None
) -> None:
    read: list[str] = []
    damage_of = listing.find_damage_of_file
    monkeypatch.setattr(
        listing, "find_damage_of_file", lambda path, *facts: read.append(path.stem) or damage_of(path, *facts)
    )
    page, place = console(grocer.home, "steward"), f"/shopkeeper/quarantine/{grocer.refused_rows}"
    answer = page.get(place) if why is None else page.post(f"{place}/reveal", data={"why": why})
    assert answer.status_code == 200
    assert read == [grocer.refused_rows]


def test_what_a_person_settles_stays_settled_until_reopened(grocer: Grocer, console: Console) -> None:
    page = console(grocer.home, "steward")
    for key in (grocer.refused_rows, grocer.refused_file):
        page.post(f"/shopkeeper/quarantine/{key}/settle", data=WHY)
        assert key not in {entry.key for entry in quarantine.refusals(grocer.home)}
        assert key in {entry.key for entry in quarantine.refusals(grocer.home, with_settled=True)}
        assert WHY["why"] in page.get(f"/shopkeeper/quarantine/{key}").text
        page.post(f"/shopkeeper/quarantine/{key}/reopen", data=WHY)
        assert key in {entry.key for entry in quarantine.refusals(grocer.home)}


def test_a_refused_row_is_masked_until_somebody_says_why(grocer: Grocer, console: Console) -> None:
    page, key = console(grocer.home, "steward"), grocer.refused_rows
    (row,) = quarantine.show(grocer.home, key).to_pylist()
    household = ">" + row["record"].decode().split(",")[0] + ","
    assert household.startswith(">77")
    masked = page.get(f"/shopkeeper/quarantine/{key}").text
    assert household not in masked
    assert '<pre class="record">***,' in masked.split('<dialog id="correct-')[1]
    assert page.post(f"/shopkeeper/quarantine/{key}/reveal", data={"why": " "}).status_code == 422
    assert household in page.post(f"/shopkeeper/quarantine/{key}/reveal", data=WHY).text
    assert read_actions(grocer.home)[0].verb == "reveal"


def test_a_file_refused_whole_shows_what_is_known(grocer: Grocer, console: Console) -> None:
    place, hidden = f"/shopkeeper/quarantine/{grocer.refused_file}", "&lt;b&gt;nothing&lt;/b&gt;"
    looked = console(grocer.home, "viewer").get(place).text
    assert (
        "It lacks" in looked
        and "<code>product_id</code>" in looked
        and "names that no column has: 1" in looked
    )
    assert "/reveal" not in looked and hidden not in looked
    page = console(grocer.home, "steward")
    assert f"{grocer.refused_file}/reveal" in page.get(place).text
    assert hidden in page.post(f"{place}/reveal", data=WHY).text
    assert read_actions(grocer.home)[0].verb == "reveal"


def test_a_home_that_may_only_be_read_is_read(grocer: Grocer, console: Console) -> None:
    page = console(grocer.home)
    for folder in (grocer.home.actions, grocer.home.spill):
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("nothing can be written below a file")
    assert page.get("/shopkeeper/pages/segments/customers?segment_id=1").status_code == 200
    answer = page.post("/shopkeeper/versions/v000001/rollback", data=WHY)
    assert (answer.status_code, "may not be written from here" in answer.text) == (422, True)
    assert warehouse.current(grocer.home) == "v000002"


def test_only_what_stands_can_be_undone(grocer: Grocer, console: Console) -> None:
    page, (first, second) = console(grocer.home), [each.batch_id for each in warehouse.batches(grocer.home)]
    for path in (f"batches/{first}/hold", f"batches/{second}/hold", f"batches/{first}/release"):
        page.post(f"/shopkeeper/{path}", data=WHY)
    assert undoable(read_actions(grocer.home)) == {2, 3}
    page.post(f"/shopkeeper/quarantine/{grocer.refused_file}/settle", data=WHY)
    page.post("/shopkeeper/versions/v000009/rollback", data=WHY)
    assert undoable(read_actions(grocer.home)) == {2, 3, 4}


def test_a_vain_replay_leaves_a_refusal_with_its_landing(grocer: Grocer, console: Console) -> None:
    before = read_refusal(grocer.home, grocer.refused_file)["refused_at"]
    page = console(grocer.home, "steward")
    assert page.post(f"/shopkeeper/quarantine/{grocer.refused_file}/replay", data=WHY).status_code == 422
    assert read_refusal(grocer.home, grocer.refused_file)["refused_at"] == before

"""The last content under each file name counts, even if that content also had other names."""

import json
import os
import random
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.shop.files import HEADER, LINES, Shop, contract, csv_text, lines

from shopkeeper.errors import UserError
from shopkeeper.landing import read_receipts, receipts
from shopkeeper.landing.inbox import dropped_files
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.landing.quarantine.replay import replay
from shopkeeper.warehouse.batch_list import survey


def list_of(*products: int) -> str:
    return csv_text(lines(*products))


def send(shop: Shop, name: str, content: str) -> str:
    """Land one file and return its batch id."""
    landed = shop.take(content, name)
    assert landed.result in ("accepted", "duplicate") and landed.batch_id
    return landed.batch_id


def counting(shop: Shop) -> dict[str, str]:
    """Return batch id → file name of what the next version contains, in the order in which it counts."""
    return {batch.batch_id: batch.file_name for batch in survey(shop.home, {}) if batch.status == "new"}


def test_content_first_sent_under_a_wrong_name_outlives_restatement(shop: Shop) -> None:
    week_5 = send(shop, "lines_week_06.csv", list_of(5))
    assert send(shop, "lines_week_05.csv", list_of(5)) == week_5
    week_6 = send(shop, "lines_week_06.csv", list_of(6))
    assert counting(shop) == {week_5: "lines_week_05.csv", week_6: "lines_week_06.csv"}


def test_a_content_without_a_latest_name_does_not_count(shop: Shop) -> None:
    wrong = send(shop, "lines_1.csv", list_of(9))
    send(shop, "lines_2.csv", list_of(9))
    first, second = send(shop, "lines_1.csv", list_of(1)), send(shop, "lines_2.csv", list_of(2))
    assert counting(shop) == {first: "lines_1.csv", second: "lines_2.csv"}
    assert send(shop, "lines_3.csv", list_of(9)) == wrong
    assert list(counting(shop)) == [first, second, wrong]


def test_names_that_name_persons_are_kept_without_them(shop: Shop) -> None:
    for number, value in enumerate(("07911123456", "zoe@mail.example", "07912 345678 王小芳", "2017"), 1):
        send(shop, f"lines_{value}.csv", list_of(number))
    names = list(counting(shop).values())
    assert len(set(names)) == 4
    kinds = [re.sub("-[0-9a-f]{16}", "", name) for name in names]
    assert kinds == ["lines_[phone].csv", "lines_[email].csv", "lines_[phone] [name].csv", "lines_2017.csv"]
    again = send(shop, "lines_07911123456.csv", list_of(9))
    assert counting(shop)[again] == names[0]
    assert len(counting(shop)) == 4


@pytest.mark.parametrize(
    "names",
    [
        ("lines_04-01.csv", "lines_04-02.csv", "lines_04-03.csv"),
        ("lines_now.csv", "lines_now.csv", "lines_now.csv"),
        ("lines_now.csv", "lines_extra.csv", "lines_now.csv"),
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_a_list_that_goes_back_ends_as_it_began(
    shop: Shop, names: tuple[str, str, str], at_once: bool
) -> None:
    if at_once and len(set(names)) < 3:
        names = ("lines_1.csv", "lines_2.csv", "lines_10.csv")
    for name, content in zip(names, (list_of(1), list_of(2), list_of(1)), strict=True):
        shop.drop(name, content)
        if not at_once:
            shop.land()
    shop.land()
    last = list(survey(shop.home, {}))[-1]
    assert (last.record_count, last.status, last.file_name) == (1, "new", names[2])
    assert shop.raw()[-1]["line_number"] == "1"


def test_content_counts_at_the_place_of_its_current_name(shop: Shop) -> None:
    spring = send(shop, "lines_spring.csv", list_of(1))
    summer = send(shop, "lines_summer.csv", list_of(2))
    send(shop, "lines_autumn.csv", list_of(1))
    assert list(counting(shop)) == [summer, spring]
    autumn = send(shop, "lines_autumn.csv", list_of(3))
    assert list(counting(shop)) == [spring, summer, autumn]


def test_files_land_in_the_order_of_their_numbers(shop: Shop) -> None:
    names = [
        "lines_9.csv",
        "lines_11.csv",
        "lines_100_part_2.csv",
        "lines_100_part_10.csv",
        "lines_2017-2-9.csv",
        "lines_2017-10-1.csv",
        "lines_a.csv",
    ]
    for number, name in enumerate(reversed(names), 1):
        shop.drop(name, list_of(number))
    assert [file.file_name for file in shop.land().files] == names
    landed = sorted(read_receipts(shop.home), key=lambda receipt: receipt.landed_sequence)
    assert [receipt.file_name for receipt in landed] == names


def test_systems_with_numbers_in_their_names_are_in_order_too(shop: Shop) -> None:
    for system in ("till_10", "till_9", "pos"):
        shop.drop("lines_1.csv", list_of(1), system)
    assert [file.system for file in dropped_files.dropped_files(shop.home)] == ["pos", "till_9", "till_10"]


def test_an_older_receipt_keeps_its_name(shop: Shop) -> None:
    first = send(shop, "lines_1.csv", list_of(1))
    make_older(shop)
    assert counting(shop) == {first: "lines_1.csv"}
    second = send(shop, "lines_1.csv", list_of(2))
    assert counting(shop) == {second: "lines_1.csv"}
    assert send(shop, "lines_2.csv", list_of(1)) == first
    assert counting(shop) == {second: "lines_1.csv", first: "lines_2.csv"}


def make_older(shop: Shop) -> None:
    """Leave in each receipt and each file of state what the version before this one wrote."""
    for path in shop.home.raw.rglob("*.json"):
        stored = json.loads(path.read_text())
        for name in ("names", "raw_sha256", "quarantine_sha256"):
            del stored[name]
        path.write_text(json.dumps(stored))
    for path in shop.home.state.glob("*.json"):
        path.unlink()


def test_a_damaged_receipt_is_one_line_and_can_be_repaired(shop: Shop) -> None:
    batch_id = send(shop, "lines_1.csv", list_of(1))
    (path,) = shop.home.raw.rglob("*.json")
    for content in (
        "",
        "{",
        "[]",
        '{"batch_id": "x"}',
        path.read_text().replace('"record_count": 1', '"record_count": 2'),
    ):
        path.write_text(content)
        with pytest.raises(UserError, match="drop its file into the inbox again") as error:
            list(read_receipts(shop.home))
        assert "\n" not in str(error.value) and str(path) in str(error.value)
        assert shop.take(list_of(1)).result == "accepted"
        assert counting(shop) == {batch_id: "lines_1.csv"}


def test_a_landing_reads_equally_many_receipts_in_any_home(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        send(shop, f"lines_{number}.csv", list_of(number))
    (example, *_) = shop.home.raw.rglob("*.json")
    stored = json.loads(example.read_text())
    for number in range(500):
        batch_id = f"{number:064x}"
        names = {f"lines_old_{number}.csv": [1, 1]}
        (example.parent / f"{batch_id}.json").write_text(
            json.dumps({**stored, "batch_id": batch_id, "names": names})
        )
    shop.land()
    send(shop, "lines_first.csv", list_of(90))
    read: list[Path] = []
    real = receipts.read_receipt
    monkeypatch.setattr(receipts, "read_receipt", lambda path: read.append(path) or real(path))
    for number in (1, 2, 3):
        shop.drop(f"lines_again_{number}.csv", list_of(number))
        shop.drop(f"lines_new_{number}.csv", list_of(50 + number))
    assert len(shop.land().files) == 6
    assert len(read) <= 6


def test_a_refused_file_that_was_sent_corrected_is_settled(shop: Shop) -> None:
    refused = shop.take(csv_text(lines(1), header=HEADER.replace("note", "remark")))
    correct = send(shop, "lines_1.csv", list_of(1))
    assert refused.result == "refused" and quarantine.refusals(shop.home) == []
    assert replay(shop.home, str(refused.batch_id), None, shop.catalog).detail == "nothing of it is open"
    assert counting(shop) == {correct: "lines_1.csv"}


def test_a_refused_file_replayed_late_stands_where_it_came(shop: Shop) -> None:
    sound = shop.contracts
    shop.contracts = (contract(minimum_rows=2),)
    monday = shop.take(list_of(1), "lines_monday.csv")
    tuesday = send(shop, "lines_tuesday.csv", list_of(2, 3))
    shop.contracts = sound
    assert monday.result == "refused" and replay(shop.home, str(monday.batch_id), None, shop.catalog).batch_id
    assert list(counting(shop)) == [monday.batch_id, tuesday]


@pytest.mark.usefixtures("without_leases")
@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 300), marks=pytest.mark.soak)])
def test_each_name_ends_as_its_last_content(shop: Shop, tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        story = Shop(type(shop.home)(tmp_path / f"seed_{seed}"), shop.parsers)
        expected = send_at_random(story, random.Random(seed))
        found = {batch.batch_id: batch for batch in survey(story.home, {}) if batch.status == "new"}
        told = [[batch.file_name, batch_id] for batch_id, batch in found.items()]
        assert told == expected, f"seed {seed}"


def send_at_random(shop: Shop, chance: random.Random) -> list[list[str]]:
    """Send whole files, some of them stalled uploads, under few names with few contents; land after each few.

    Returns file name and sha256 of what should count, in the order in which it should.
    """
    sent: dict[str, tuple[int, str]] = {}
    stalled: list[tuple[str, int, BinaryIO, str]] = []
    place = 0
    for _ in range(chance.randint(4, 8)):
        for name in sorted(chance.sample(range(8, 13), chance.randint(1, 3))):
            place += 1
            content = list_of(*chance.choice([(1, 2), (3, 4), (5, 6)]))
            path = shop.drop(f"lines_{name}.csv", content)
            if chance.random() < 0.4:
                content = content[: content.rindex("3119857")]
                path.write_text(content)
                rest = list_of(*range(7, 9 + place))[len(list_of()) :]
                stalled.append((path.name, place, path.open("ab"), content + rest))
            sent[path.name] = place, content
        shop.land()
        if stalled and chance.random() < 0.5:
            name, came_at, upload, content = stalled.pop(chance.randrange(len(stalled)))
            upload.write(content.encode()[os.fstat(upload.fileno()).st_size :])
            upload.close()
            shop.land()
            if sent[name][0] == came_at:
                sent[name] = came_at, content
    for *_, upload, _ in stalled:
        upload.close()
    last: dict[str, tuple[int, str]] = {}
    for name, (came_at, content) in sorted(sent.items(), key=lambda item: item[1]):
        last[sha256(content.encode()).hexdigest()] = came_at, name
    return [[name, digest] for digest, (_, name) in sorted(last.items(), key=lambda item: item[1])]


WEB = replace(LINES, system="web")


@pytest.mark.parametrize("text", ["", list_of(5)], ids=["empty", "a row"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_content_of_two_tables_counts_in_each(shop: Shop, at_once: bool, text: str) -> None:
    shop.contracts = tuple(
        replace(each, file=replace(each.file, minimum_rows=0)) for each in (LINES, WEB) if each.file
    )
    for system in ("pos", "web"):
        shop.drop("lines_1.csv", text, system)
        if not at_once:
            shop.land()
    shop.land()
    batches = survey(shop.home, {})
    assert sorted(batch.system for batch in batches if batch.status == "new") == ["pos", "web"]
    assert len({batch.batch_id for batch in batches}) == 2
    for system in ("web", "pos"):
        shop.drop("lines_2.csv", text, system)
    assert {file.result for file in shop.land().files} == {"duplicate"}
    assert len(survey(shop.home, {})) == 2


def test_a_content_refused_for_two_tables_is_replayed_into_each(shop: Shop) -> None:
    shop.contracts = contract(minimum_rows=2), replace(contract(minimum_rows=2), system="web")
    for system in ("pos", "web"):
        shop.drop("lines_1.csv", list_of(5), system)
    shop.land()
    shop.contracts = LINES, WEB
    for entry in quarantine.refusals(shop.home):
        assert replay(shop.home, entry.key, None, shop.catalog).accepted_count == 1
    assert quarantine.refusals(shop.home) == []
    assert sorted(batch.system for batch in survey(shop.home, {})) == ["pos", "web"]


def test_one_id_in_two_tables_is_one_line(shop: Shop) -> None:
    week = send(shop, "lines_1.csv", list_of(5))
    shutil.copytree(shop.home.raw / "pos", shop.home.raw / "web")
    place = shop.home.batch("web", "lines", week).receipt
    place.write_text(place.read_text().replace('"pos"', '"web"'))
    with pytest.raises(UserError, match=rf"{place} have one id.*delete the second"):
        survey(shop.home, {})

"""Requests are honoured once, each with an outcome; an export holds all that is held of a person."""

import csv
import json
import stat
from pathlib import Path

import pytest
from tests.plugins.privacy.corner_shop import ANNA, ANNAS, PAUL, SHARED, CornerShop
from tests.shop.leaks import Planted, leaks

from shopkeeper import privacy
from shopkeeper.errors import UserError
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy import Named
from shopkeeper.vault import read_status

HEADER = "request_id,kind,system,number,token,requested_at,reason"


def request(home: Home, *lines: str) -> Path:
    file = PrivacyPaths(home.privacy).requests / "monday.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join((HEADER, *lines)) + "\n")
    return file


def test_each_request_is_done_once_and_its_file_goes(town: CornerShop) -> None:
    lines = (
        "Q1,export,crm,M-1042,,2025-01-03,she asked",
        "Q2,erase,crm,M-1043,,2025-01-03,he asked",
        "Q3,erase,crm,M-9,,2025-01-03,nobody knows him",
    )
    file = request(town.home, *lines)
    assert [each.request_id for each in privacy.waiting(town.home)] == ["Q1", "Q2", "Q3"]
    outcomes = privacy.honour(town.home, "a steward")
    assert [each.result for each in outcomes] == ["exported", "erased", "refused"]
    assert not file.exists()
    request(town.home, *lines)
    assert privacy.honour(town.home, "a steward") == []
    assert len(privacy.read_erasures(town.home)) == 1
    kept = PrivacyPaths(town.home.privacy).outcome("Q2").read_text()
    assert json.loads(kept)["erasure"] == 1
    assert "M-1043" not in kept


def test_a_receipt_without_outcome_is_not_erased_again(town: CornerShop) -> None:
    request(town.home, "Q2,erase,crm,M-1043,,2025-01-03,he asked")
    (waiting,) = privacy.waiting(town.home)
    privacy.erase(town.home, waiting.named, "a steward", "request Q2: he asked")
    (outcome,) = privacy.honour(town.home, "a steward")
    assert (outcome.result, outcome.erasure) == ("erased", 1)


def test_requests_to_erase_are_one_erasure(town: CornerShop) -> None:
    town.land(
        "crm",
        "members_2.csv",
        "member_no,full_name,phone,birth_year,remark",
        f"M-7,Mary Stone,{SHARED},1950,",
    )
    request(
        town.home,
        "Q1,erase,crm,M-1043,,2025-01-03,he asked",
        "Q2,erase,crm,M-9,,2025-01-03,nobody knows him",
        "Q3,erase,crm,M-7,,2025-01-03,she asked",
        "Q4,erase,web,W-9-Anna,,2025-01-03,she asked",
        "Q5,erase,crm,M-1042,,2025-01-03,she asked twice",
    )
    outcomes = privacy.honour(town.home, "a steward")
    erased = [("erased", 1), ("refused", None), ("erased", 1), ("erased", 1), ("erased", 1)]
    assert [(each.result, each.erasure) for each in outcomes] == erased
    (receipt,) = privacy.read_erasures(town.home)
    assert (receipt.person_count, "Q2" in receipt.why) == (3, False)
    assert {row["phone"] for row in town.raw("members")} == {None}
    everybody = Planted([ANNA, PAUL, ANNAS, SHARED, "M-1042", "M-1043", "W-9-Anna"])
    assert leaks(town.home.root, everybody) == {}
    assert town.faults() == ()


def test_a_killed_honouring_erases_whom_it_had_not(town: CornerShop) -> None:
    request(town.home, "Q2,erase,crm,M-1043,,,he asked", "Q3,erase,crm,M-1042,,,she asked")
    him, _ = privacy.waiting(town.home)
    privacy.erase(town.home, him.named, "a steward", "request Q2: he asked")
    outcomes = privacy.honour(town.home, "a steward")
    assert [(each.request_id, each.erasure) for each in outcomes] == [("Q2", 1), ("Q3", 2)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("../Q,erase,crm,M-1042,,,x", "request_id has letters"),
        ("Q1,forget,crm,M-1042,,,x", "kind is erase or export"),
        ("Q1,erase,crm,,,,x", "give a token, or a system and a number"),
        ("Q1,erase,crm,M-1042,,,", "a reason is needed"),
    ],
)
def test_a_line_that_is_no_request_stops_all(town: CornerShop, line: str, said: str) -> None:
    file = request(town.home, "Q0,erase,crm,M-1043,,,he asked", line)
    with pytest.raises(UserError, match=f"line 3 of .*{said}") as raised:
        privacy.honour(town.home, "a steward")
    assert "M-1042" not in str(raised.value)
    assert file.exists() and privacy.read_erasures(town.home) == []


def test_an_export_holds_rows_and_opened_values(town: CornerShop) -> None:
    folder = privacy.export(town.home, Named(system="crm", number="M-1042"), "a steward", "she asked", "hers")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    tables = json.loads((folder / "person.json").read_text())["tables"]
    (member,) = tables["raw.crm.members"]
    assert (member["full_name"], member["phone"]) == (ANNA, f"{ANNAS} | 07911 123456")
    assert member["remark"] == f"Anna Quintana called from {ANNAS}"
    assert [row["receipt"] for row in tables["raw.pos.sales"]] == ["R1", "R3"]
    assert [row["amount"] for row in tables["core.dim_customers"]] == ["6.50"]
    with (folder / "raw.pos.sales.csv").open() as lines:
        assert [row["amount"] for row in csv.DictReader(lines)] == ["4.50", "2.00"]
    status = read_status(town.home)
    assert status is not None and status.last_accesses[-1].why == "she asked"
    assert "Paul" not in (folder / "person.json").read_text()


def test_an_erasure_removes_what_was_handed_out(town: CornerShop) -> None:
    hers = Named(system="crm", number="M-1042")
    folder = privacy.export(town.home, hers, "a steward", "she asked", "hers")
    privacy.erase(town.home, hers, "a steward", "she asked")
    assert not folder.exists()

"""A person who was erased is nowhere, what was bought stays, and everything that proves itself still does."""

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.plugins.privacy.corner_shop import ANNA, ANNAS, PAUL, SHARED, CornerShop, source
from tests.shop.files import column
from tests.shop.leaks import Planted, leaks

from shopkeeper import privacy, warehouse
from shopkeeper.errors import UserError
from shopkeeper.landing import Anonymous, anonymized
from shopkeeper.paths import PrivacyPaths
from shopkeeper.privacy import Named
from shopkeeper.privacy.work import Work
from shopkeeper.vault import open_vault

BY_NUMBER = Named(system="crm", number="M-1042")
VERSIONS = ("v000001", "v000002")


def erase(town: CornerShop, named: Named = BY_NUMBER) -> privacy.Erasure:
    return privacy.erase(town.home, named, "a steward", "she asked for it")


def held_of_anna(town: CornerShop, *tokens: str) -> dict[str, set[str]]:
    named = [ANNA, ANNAS, "07911 123456", "M-1042", "W-9-Anna", *tokens]
    return leaks(town.home.root, Planted(named))


def amounts(town: CornerShop) -> list[Any]:
    sums = "select sum(amount), count(*) from input.transactions"
    return [town.asks(version, sums) for version in VERSIONS]


def test_nothing_names_her_and_amounts_stay(town: CornerShop) -> None:
    token, before = town.token_of_anna(), amounts(town)
    assert len(held_of_anna(town, token)) > 4
    done = erase(town)
    assert held_of_anna(town, token) == {}
    assert amounts(town) == before
    assert {place.split(" ")[0] for place in done.places} >= {"raw", "vault", *VERSIONS}
    assert open_vault(town.home).reveal([], "a steward", "a look") == {}


def test_the_one_anonymous_id_is_everywhere(town: CornerShop) -> None:
    erase(town)
    (her,) = {row["member"] for row in town.raw("sales") if row["receipt"] in ("R1", "R3")}
    assert her.startswith("anonymous-")
    assert town.raw("members")[0]["member_no"] == her
    for version in VERSIONS:
        found = town.asks(
            version, "select amount from core.dim_customers where customer_id like 'anonymous%'"
        )
        assert found == [(Decimal("6.50"),)]
        assert town.asks(version, f"select count(*) from input.transactions where identifier_value = '{her}'")


def test_identifiers_and_free_text_become_null_with_a_reason(town: CornerShop) -> None:
    erase(town)
    anna, paul = town.raw("members")
    assert [anna[name] for name in ("full_name", "phone", "remark", "remark__token")] == [None] * 4
    assert (anna["full_name__reason"], anna["phone__reason"]) == ("ERASED", "ERASED")
    assert anna["birth_year"] == "1984"
    assert (paul["member_no"], paul["remark"], paul["phone__reason"]) == ("M-1043", "Likes tea", None)


def test_what_models_read_of_a_text_stays_without_its_original() -> None:
    texts = (
        column("page", classification="personal", is_url=True),
        column("query", classification="personal", is_free_text=True, stays_when_erased=True),
        column("note", classification="personal", is_free_text=True),
    )
    visits = source("web", "visits", (column("member", classification="personal"), *texts))
    her = {
        "member": "M-1042",
        "page": "/u/[name]?utm_source=mail",
        "query": "tea for [name]",
        "note": "[name]",
    }
    tokens = {f"{each.name}__token": f"t1_{each.name}" for each in texts}
    rows = pa.Table.from_pylist([her | tokens, her | tokens | {"member": "M-1043"}])
    hers = Anonymous({"member": {"M-1042": "anonymous-1"}}, pa.array([], pa.string()))
    changed, count = anonymized(rows, visits, hers)
    first, second = changed.to_pylist()
    assert count == 1
    assert first == her | {"member": "anonymous-1", "note": None} | dict.fromkeys(tokens)
    assert second == rows.to_pylist()[1]


def test_a_product_with_her_number_stays(town: CornerShop) -> None:
    erase(town)
    assert town.raw("sales")[0]["article"] == "1042"


def test_her_account_elsewhere_is_found_by_name_and_phone(town: CornerShop) -> None:
    erase(town)
    (account,) = town.raw("accounts")
    assert account["account"].startswith("anonymous-")
    assert account["full_name"] is None


def test_a_shared_phone_stays_with_the_other(town: CornerShop) -> None:
    town.land(
        "crm",
        "members_2.csv",
        "member_no,full_name,phone,birth_year,remark",
        f"M-7,Mary Stone,{SHARED},1950,",
    )
    erase(town, Named(system="crm", number="M-7"))
    rows = {row["member_no"]: row for row in town.raw("members")}
    token = rows["M-1043"]["phone"]
    assert open_vault(town.home).reveal([token], "a steward", "a look") == {token: [SHARED]}
    assert "M-7" not in rows


def test_checks_and_rollback_hold_afterwards(town: CornerShop) -> None:
    erase(town)
    assert town.faults() == ()
    assert town.erasures_of_receipts() == {"members": (1,), "accounts": (1,), "sales": (1,)}
    warehouse.roll_back(town.home, "v000001")
    assert warehouse.current(town.home) == "v000001"
    assert held_of_anna(town) == {}
    assert warehouse.manifest(town.home)["erasures"] == [1]


def test_who_is_sent_again_lands_anonymous(town: CornerShop) -> None:
    erase(town)
    (before,) = {row["member"] for row in town.raw("sales") if row["receipt"] == "R1"}
    town.land("pos", "sales_2.csv", "receipt,member,article,amount", "R9,M-1042,7,3.00", "R8,M-1043,7,1.00")
    town.land(
        "crm",
        "members_2.csv",
        "member_no,full_name,phone,birth_year,remark",
        f"M-1042,{ANNA},{ANNAS},1984,Anna Quintana again",
        f"M-2000,Anna Q,{ANNAS},1984,",
        f"M-1043,{PAUL},{SHARED},1982,",
    )
    sales = {row["receipt"]: row for row in town.raw("sales")}
    assert (sales["R9"]["member"], sales["R9"]["amount"]) == (before, "3.00")
    assert sales["R8"]["member"] == "M-1043"
    again = town.raw("members")[-3:]
    assert [row["member_no"] for row in again] == [before, "M-2000", "M-1043"]
    assert [row["phone"] is None for row in again] == [True, True, False]
    assert held_of_anna(town) == {}
    assert town.faults() == ()


def test_a_number_in_a_refused_record_is_emptied(town: CornerShop) -> None:
    town.land(
        "crm",
        "members_3.csv",
        "member_no,full_name,phone,birth_year,remark",
        f"M-1042,{ANNA},{ANNAS},unknown,",
        f"M-1043,{PAUL},{SHARED},unknown,",
    )
    erase(town)
    assert sorted(row["is_truncated"] for row in town.shop.quarantined()) == [False, True]
    assert town.faults() == ()


def test_a_refused_file_that_names_her_is_emptied(town: CornerShop) -> None:
    town.land("crm", "members_3.csv", "member_no,what", f"M-1042,{ANNAS}")
    (folder,) = town.home.quarantined_files.iterdir()
    assert (folder / "members_3.csv").stat().st_size
    erase(town)
    assert not (folder / "members_3.csv").stat().st_size
    assert town.faults() == ()


def test_the_access_log_forgets_her_tokens_and_stays_whole(town: CornerShop) -> None:
    token, opened = town.token_of_anna(), open_vault(town.home)
    assert opened.reveal([token], "a steward", "she called")
    erase(town)
    assert token not in opened.paths.access_log.read_text()
    assert opened.verify_log() == []
    assert opened.reveal([token], "a steward", "is it gone?") == {}


@pytest.mark.parametrize("moved", (0, 3, 9))
def test_a_killed_erasure_is_finished_by_the_next_command(
    town: CornerShop, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    token, before = town.token_of_anna(), amounts(town)
    with monkeypatch.context() as killed:
        kill_after(killed, moved)
        with pytest.raises(KeyboardInterrupt):
            erase(town)
    assert privacy.finish(town.home)
    assert not privacy.finish(town.home)
    assert held_of_anna(town, token) == {}
    assert amounts(town) == before
    assert town.faults() == ()
    assert [each.number for each in privacy.read_erasures(town.home)] == [1]


def kill_after(monkeypatch: pytest.MonkeyPatch, moved: int) -> None:
    """End the process, so to speak, before anything moves or after so many files have."""
    left = [moved]

    def place_one(work: Work) -> None:
        files = sorted(path for path in work.paths.written.rglob("*") if path.is_file())
        for path in files[: left[0]]:
            path.replace(work.home.root / path.relative_to(work.paths.written))
        raise KeyboardInterrupt

    monkeypatch.setattr(Work, "apply" if moved else "flush", place_one)


def test_a_restored_backup_is_erased_again(town: CornerShop) -> None:
    backup = town.copied(town.home.root.with_name("backup"))
    erase(town)
    kept = PrivacyPaths(town.home.privacy).suppressed.read_bytes()
    town.home.root.rename(town.home.root.with_name("lost"))
    backup.rename(town.home.root)
    town.home.privacy.mkdir()
    PrivacyPaths(town.home.privacy).suppressed.write_bytes(kept)
    assert held_of_anna(town)
    assert privacy.replay(town.home.root) == 1
    assert held_of_anna(town) == {}
    assert town.faults() == ()
    assert privacy.replay(town.home) == 0


def test_receipts_are_chained_and_name_nobody(town: CornerShop) -> None:
    erase(town)
    erase(town, Named(system="crm", number="M-1043"))
    first, second = privacy.read_erasures(town.home)
    assert (first.number, second.number, len(second.before)) == (1, 2, 64)
    file = PrivacyPaths(town.home.privacy).erasures
    assert "M-1042" not in file.read_text()
    lines = file.read_text().splitlines()
    file.write_text("\n".join([json.dumps({**json.loads(lines[0]), "why": "another"}), *lines[1:]]) + "\n")
    with pytest.raises(UserError, match=r"line 2 of .* is not what was written"):
        privacy.read_erasures(town.home)


def test_a_token_names_one_person_or_is_refused(town: CornerShop) -> None:
    shared = town.raw("members")[1]["phone"]
    town.land(
        "crm",
        "members_2.csv",
        "member_no,full_name,phone,birth_year,remark",
        f"M-7,Mary Stone,{SHARED},1950,",
    )
    with pytest.raises(UserError, match="rows of several persons hold that token"):
        erase(town, Named(token=shared))
    erase(town, Named(token=town.token_of_anna()))
    assert held_of_anna(town) == {}


@pytest.mark.parametrize(
    ("named", "why", "said"),
    [
        (Named(system="crm", number="M-9"), "she asked", "nothing is held of that number of crm"),
        (Named(system="erp", number="M-9"), "she asked", "no table of erp holds numbers of persons"),
        (Named(token="Anna"), "she asked", "that is no token"),
        (BY_NUMBER, " ", "say why"),
    ],
)
def test_nobody_is_erased_by_mistake(town: CornerShop, named: Named, why: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        privacy.erase(town.home, named, "a steward", why)
    assert town.faults() == ()
    assert privacy.read_erasures(town.home) == []

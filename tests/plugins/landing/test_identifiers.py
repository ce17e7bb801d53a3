"""Names, phones and e-mails of customers become tokens as they land; only the vault gives them back."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from tests.shop.files import Shop, column
from tests.shop.leaks import Planted, leaks

from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.errors import UserError
from shopkeeper.landing import land, read_receipts
from shopkeeper.landing.quarantine import masked, replay, show
from shopkeeper.paths import VaultPaths
from shopkeeper.vault import is_token, open_vault

HEADER = "customer_id,full_name,phone,email\n"
MEMBERS = Contract(
    layer="sources",
    system="crm",
    table="members",
    version="1.0.0",
    description="One row per member.",
    description_zh="每位会员一行。",
    columns=(
        column("customer_id", is_required=True, is_key=True, pattern="C[0-9]+"),
        column("full_name", classification="direct_identifier", identifier_kind="name"),
        column("phone", classification="direct_identifier", identifier_kind="phone", regions=("CN", "GB")),
        column("email", classification="direct_identifier", identifier_kind="email", is_required=True),
    ),
    file=FileFormat(pattern="members_*", format="csv", maximum_refused_rate=0.7, person_column="customer_id"),
)
PLAIN = ("Quintana", "quintana@", "7911123456", "7911 123456")


@pytest.fixture
def crm(shop: Shop) -> Shop:
    return replace(shop, contracts=(MEMBERS,))


def members(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


def raw(shop: Shop) -> list[dict[str, str | None]]:
    """Return the rows of raw, file by file in the order of landing."""
    landed = sorted(read_receipts(shop.home), key=lambda receipt: receipt.landed_sequence)
    files = [shop.home.batch("crm", "members", each.batch_id).rows for each in landed]
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def plain_texts(home: Path) -> list[str]:
    """Return the files outside vault and inbox that hold a planted value, in whatever format."""
    found = []
    for path in (each for each in home.rglob("*") if each.is_file()):
        if path.relative_to(home).parts[0] in ("vault", "inbox"):
            continue
        is_table = path.suffix == ".parquet"
        content = (
            str(pq.ParquetFile(path).read().to_pylist()) if is_table else path.read_bytes().decode("latin-1")
        )
        found += [str(path) for planted in PLAIN if planted in content]
    return found


def test_raw_holds_tokens_that_the_vault_gives_back(crm: Shop) -> None:
    crm.drop("members_1.csv", members("C1,Zoë Quintana,07911 123456,Quintana@Example.com"), "crm")
    crm.land()
    (row,) = raw(crm)
    assert row["customer_id"] == "C1"
    tokens = [str(row[name]) for name in ("full_name", "phone", "email")]
    assert all(is_token(token) for token in tokens)
    assert not plain_texts(crm.home.root)
    found = open_vault(crm.home).reveal(tokens, "a steward", "a customer asked")
    assert [found[token] for token in tokens] == [
        ["Zoë Quintana"],
        ["07911 123456"],
        ["Quintana@Example.com"],
    ]


def test_one_phone_is_one_token_however_it_is_written(crm: Shop) -> None:
    crm.drop("members_1.csv", members("C1,,07911 123456,a@example.com"), "crm")
    crm.drop("members_2.csv", members("C2,,+44 (0)7911-123456,b@example.com"), "crm")
    crm.land()
    assert len({row["phone"] for row in raw(crm)}) == 1


def test_what_has_no_standard_form_keeps_its_reason(crm: Shop) -> None:
    crm.drop("members_1.csv", members("C1,,12,a@example.com", "C2,,07911 123456,b@example.com"), "crm")
    crm.land()
    first, second = raw(crm)
    assert is_token(str(first["phone"])) and first["phone__reason"] is not None
    assert second["phone__reason"] is None and second["full_name__reason"] is None


def test_refused_rows_are_sealed_shown_masked_and_replayed(crm: Shop, tmp_path: Path) -> None:
    rows = ["C1,A,,a@example.com", "X,Zoë Quintana,07911 123456,quintana@example.com"]
    crm.drop("members_1.csv", members(*rows), "crm")
    crm.land()
    assert not plain_texts(crm.home.root)
    (receipt,) = read_receipts(crm.home)
    shown = show(crm.home, receipt.batch_id)
    assert b"Quintana" in shown["record"][0].as_py()
    assert masked(crm.home, shown, MEMBERS)["record"][0].as_py() == "***,***,***,***"
    corrections = tmp_path / "corrections.csv"
    corrections.write_text("_line_number,customer_id\n3,C7\n")
    assert replay(crm.home, receipt.batch_id, corrections, crm.catalog).accepted_count == 1
    assert not plain_texts(crm.home.root)
    token = next(str(row["email"]) for row in raw(crm) if row["customer_id"] == "C7")
    assert open_vault(crm.home).reveal([token], "a steward", "to see")[token] == ["quintana@example.com"]


def test_a_refused_file_is_sealed_and_can_be_landed(crm: Shop) -> None:
    strict = replace(MEMBERS, columns=(*MEMBERS.columns, column("points", "integer", is_required=True)))
    text = members("C1,Zoë Quintana,07911 123456,quintana@example.com")
    crm.drop("members_1.csv", text, "crm")
    replace(crm, contracts=(strict,)).land()
    (folder,) = crm.home.quarantined_files.iterdir()
    assert not plain_texts(crm.home.root)
    assert replay(crm.home, folder.name, catalog=crm.catalog).accepted_count == 1
    assert not plain_texts(crm.home.root)


def test_identifiers_named_later_land_anew_as_tokens(crm: Shop) -> None:
    text = members("C1,Zoë Quintana,07911 123456,quintana@example.com")
    named = [replace(each, classification="personal") for each in MEMBERS.columns]
    crm.drop("members_1.csv", text, "crm")
    replace(crm, contracts=(replace(MEMBERS, columns=tuple(named)),)).land()
    assert plain_texts(crm.home.root)
    crm.drop("members_1.csv", text, "crm")
    crm.land()
    assert not plain_texts(crm.home.root)
    (row,) = raw(crm)
    assert is_token(str(row["email"]))


def test_without_the_key_nothing_is_taken(crm: Shop) -> None:
    crm.drop("members_1.csv", members("C1,,,a@example.com"), "crm")
    crm.land()
    key = VaultPaths(crm.home.vault).own_key
    key.rename(key.with_suffix(".away"))
    dropped = crm.drop("members_2.csv", members("C2,,,b@example.com"), "crm")
    with pytest.raises(UserError, match="key"):
        land(crm.home, crm.catalog, parsers=crm.parsers)
    assert dropped.exists() and len(list(read_receipts(crm.home))) == 1


def test_free_text_lands_without_what_names_a_person(crm: Shop) -> None:
    note = column("note", classification="personal", is_free_text=True, regions=("GB",))
    noted = replace(MEMBERS, columns=(MEMBERS.columns[0], note))
    rows = ["C1,My name is Zoë Quintana: ring 07911 123456 or quintana@mail.example.", "C2,Lovely bread."]
    crm.drop("members_1.csv", "customer_id,note\n" + "\n".join(rows) + "\n", "crm")
    replace(crm, contracts=(noted,)).land()
    first, second = raw(crm)
    assert not plain_texts(crm.home.root)
    assert "ring [phone] or [email]" in str(first["note"]) and second["note"] == "Lovely bread."
    token = str(first["note__token"])
    found = open_vault(crm.home).reveal([token], "a steward", "a complaint")
    assert found[token] == [rows[0].removeprefix("C1,")]
    assert second["note__token"] is None


VISITS = replace(
    MEMBERS,
    system="clicks",
    table="visits",
    columns=(
        column("visit_id", is_required=True, is_key=True),
        column("landing_page", classification="personal", is_url=True, regions=("GB",)),
        column("query", classification="personal", is_free_text=True, regions=("GB",)),
    ),
    file=FileFormat(pattern="visits_*", format="csv", maximum_refused_rate=0.7),
)
URL_VALUES = ("zoe.quintana@mail.example", "+44 7911 123456", "王小芳", "Zoë Quintana")


def visits() -> str:
    """Return visits whose URLs and search terms hold each value, plain and percent-encoded up to twice."""
    rows = ["visit_id,landing_page,query", "V0,/en/?utm_source=email&utm_campaign=7,pasta sauce"]
    for value in URL_VALUES:
        for written in (value, quote(value), quote(quote(value))):
            for page in (f"/checkout?who={written}&utm_source=mail", f"/u/{written}/", f"/en/?q=1#{written}"):
                rows.append(f"V{len(rows)},{page},tea for {written}")
    return "".join(f"{row}\n" for row in rows)


def test_no_url_and_no_search_term_lands_with_an_identifier(shop: Shop) -> None:
    clicks = replace(shop, contracts=(VISITS,))
    clicks.drop("visits_1.csv", visits(), "clicks")
    clicks.land()
    assert leaks(shop.home.root, Planted(URL_VALUES)) == {}
    first, second, *_ = clicks.raw("visits")
    assert (first["landing_page"], first["landing_page__token"]) == (
        "/en/?utm_source=email&utm_campaign=7",
        None,
    )
    assert (first["query"], first["query__token"]) == ("pasta sauce", None)
    assert second["landing_page"] == "/checkout?who=[value]&utm_source=mail"
    token = str(second["landing_page__token"])
    found = open_vault(shop.home).reveal([token], "a steward", "a complaint")
    assert found == {token: [f"/checkout?who={URL_VALUES[0]}&utm_source=mail"]}


@pytest.mark.parametrize("name", ["landing_page", "query"])
def test_a_url_that_is_not_marked_would_leak(shop: Shop, name: str) -> None:
    unmarked = (
        replace(each, is_url=False, is_free_text=False) if each.name == name else each
        for each in VISITS.columns
    )
    clicks = replace(shop, contracts=(replace(VISITS, columns=tuple(unmarked)),))
    clicks.drop("visits_1.csv", visits(), "clicks")
    clicks.land()
    (held,) = leaks(shop.home.root, Planted(URL_VALUES)).values()
    assert held == set(URL_VALUES)


def test_a_contract_says_which_parameters_may_land(shop: Shop) -> None:
    allowing = [replace(each, allowed_parameters=("q",)) for each in VISITS.columns]
    clicks = replace(shop, contracts=(replace(VISITS, columns=tuple(allowing)),))
    page = "https://tea.example/s?q=07911+123456+oolong&utm_source=mail"
    clicks.drop("visits_1.csv", f"visit_id,landing_page,query\nV1,{page},\n", "clicks")
    clicks.land()
    (row,) = clicks.raw("visits")
    assert row["landing_page"] == "https://tea.example/s?q=[phone]+oolong&utm_source=[value]"


def test_tables_without_identifiers_need_no_vault(shop: Shop) -> None:
    from tests.shop.files import csv_text, lines

    shop.drop("lines_1.csv", csv_text(lines(1, 2)))
    shop.land()
    assert not VaultPaths(shop.home.vault).keyring.exists()

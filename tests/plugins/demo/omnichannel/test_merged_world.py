"""Two retailers merge: their files until then, what comes again afterwards, and who is one person."""

import csv
import gzip
import json
import re
from pathlib import Path

import duckdb
import pytest
from tests.plugins.demo.omnichannel.conftest import Shop

from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.files import spelling
from shopkeeper.demo.omnichannel.files.described import described
from shopkeeper.demo.omnichannel.oracles.numbers import numbered_accounts
from shopkeeper.demo.omnichannel.oracles.practice import from_truth
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.paths import Home

MERGED_FROM, DAYS = 6, 9
MERGER = f"{date_of(MERGED_FROM):%Y%m%d}"
SYSTEMS = ("crm", "loyalty", "web_shop", "pos", "clickstream", "consents")


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root: Path = tmp_path_factory.mktemp("merged") / "home"
    file = root.with_name("two.yml")
    rates = f"merged_share: 0.5, merged_both: 0.4, merged_from_day: {MERGED_FROM}"
    file.write_text(f"dirt: {{scale: 0, {rates}}}\n")
    drop(Home(root), read(str(file)), 26, 400, date_of(DAYS - 1))
    return Shop(Home(root), TruthFolder(root))


@pytest.fixture(scope="module")
def truth(merged: Shop) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in ("accounts", "orders", "receipts", "refunds"):
        connection.register(name, merged.truth.read(name))
    connection.register("records", merged.truth.read("file_records"))
    return connection


def lines(merged: Shop, pattern: str) -> list[dict]:
    files = sorted(merged.home.inbox.glob(pattern))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def ids(connection: duckdb.DuckDBPyConnection, query: str) -> set[int]:
    return {row[0] for row in connection.execute(query).fetchall()}


def told(merged: Shop, kind: str) -> list[dict[str, str]]:
    """Return the rows of the second retailer's tills."""
    files = sorted(merged.home.inbox.glob(f"second_pos/{kind}_[0-9]*.csv"))
    return [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"), delimiter=";")]


def test_the_second_retailers_tills_have_their_own_habits(merged: Shop) -> None:
    bons, bon_lines = told(merged, "bons"), told(merged, "bon_lines")
    assert all(re.fullmatch(r"\d\d\.01\.2025", bon["day"]) for bon in bons)
    assert {line["money"] for line in bon_lines} == {"RMB", "GBP"}
    totals = {bon["bon"]: float(bon["total"].replace(",", ".")) for bon in bons}
    amounts = dict.fromkeys(totals, 0.0)
    for line in bon_lines:
        amounts[line["bon"]] += float(line["amount"].replace(",", "."))
    assert amounts == pytest.approx(totals)
    assert not list(merged.home.inbox.glob("second_pos/receipt*"))


def test_the_document_describes_the_second_retailers_own_files(merged: Shop) -> None:
    text = (spelling.WORDS.parents[5] / "docs/demo_world.md").read_text("utf-8")
    found = described(merged.home.inbox, merged.truth.root / "records")
    own = {place: columns for place, (columns, _) in found.items() if "second_" in place}
    assert len(own) == 4
    for place, columns in own.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{place}` |"))
        assert f"| {', '.join(columns)} |" in row, place


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_retailer_has_his_systems_until_they_merge(merged: Shop, system: str) -> None:
    days = {path.name.rpartition("_")[2][:8] for path in (merged.home.inbox / f"second_{system}").iterdir()}
    assert days
    assert max(days) < MERGER
    after = [
        path for path in (merged.home.inbox / system).iterdir() if path.name.rpartition("_")[2][:8] >= MERGER
    ]
    assert after


def test_customers_of_both_have_two_records_in_each_system(truth: duckdb.DuckDBPyConnection) -> None:
    found = truth.execute("""
        select system, count(*) filter (n = 2), max(n) from (
            select person_id, system, count(*) as n from accounts where not is_second group by all
        ) where system <> 'social' group by system
    """).fetchall()
    assert len(found) == 5
    assert all(twice > 5 and most == 2 for _, twice, most in found), found


def test_two_records_of_one_person_have_two_numbers(merged: Shop) -> None:
    numbered = numbered_accounts(from_truth(merged.truth)).to_pandas()
    known = {line["uid"] for line in lines(merged, "web_shop/accounts_*.jsonl")}
    crm = [
        row.split(",")[0].strip('"')
        for file in merged.home.inbox.glob("crm/customers_*.csv")
        for row in file.read_text("gb18030").splitlines()[1:]
    ]
    assert (known | set(crm)) <= set(numbered["account"])
    in_crm = numbered[numbered["account"].isin(crm) & (numbered["system"] == "crm")].drop_duplicates(
        "account_id"
    )
    assert len(set(crm)) == len(in_crm)
    assert (in_crm[~in_crm["account_id"].duplicated()].groupby("person_id").size() > 1).sum() > 10


def test_the_same_number_is_another_basket_elsewhere(merged: Shop) -> None:
    first = {
        line.split(",")[0]
        for file in merged.home.inbox.glob("pos/receipts_*")
        for line in gzip.decompress(file.read_bytes()).decode().splitlines()[1:]
    }
    second = {bon["bon"] for bon in told(merged, "bons")}
    assert len(first & second) > 5


def test_orders_come_again_under_new_numbers(merged: Shop, truth: duckdb.DuckDBPyConnection) -> None:
    before = ids(truth, "select row_id from records where place::varchar like 'second_web_shop/orders_%'")
    again = ids(
        truth,
        "select row_id from records where \"table\" = 'orders' and list_contains(dirt, 'merged_retailer') "
        f"and place::varchar like 'web_shop/orders_{MERGER}%'",
    )
    assert before == again != set()
    old = {line["order_id"] for line in lines(merged, "second_web_shop/orders_*")}
    new = {line["order_id"] for line in lines(merged, f"web_shop/orders_{MERGER}*")}
    assert not old & new
    assert len(new) >= len(old)


def test_a_list_tells_most_new_numbers_of_customers(merged: Shop) -> None:
    known = {row.split(";")[0] for file in merged.home.inbox.glob("second_crm/members_*")
             for row in file.read_text("gb18030").splitlines()[1:]}  # fmt: skip
    (file,) = merged.home.inbox.glob("crm/second_numbers_*")
    listed = [row.split(",") for row in file.read_text("gb18030").splitlines()[1:]]
    assert {old for old, _ in listed} < known
    assert len(listed) > 0.9 * len(known)


@pytest.mark.parametrize(("table", "key"), [("accounts", "account_id"), ("receipts", "receipt_id"),
                                            ("orders", "order_id"), ("refunds", "refund_id")])  # fmt: skip
def test_nothing_is_lost_between_two_retailers(
    truth: duckdb.DuckDBPyConnection, table: str, key: str
) -> None:
    found = ids(truth, f"select distinct row_id from records where \"table\" = '{table}'")
    assert found == ids(truth, f"select {key} from {table}")

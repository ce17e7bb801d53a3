"""The demo's inbox is the grocer's year as its systems would export it: whole, in contract, always the same."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from shopkeeper import contracts
from shopkeeper.contracts.casts import cast_sql, clean_sql
from shopkeeper.contracts.contract import Contract
from shopkeeper.contracts.faults import faults
from shopkeeper.demo import complete_journey
from shopkeeper.demo.complete_journey import Drop
from shopkeeper.engine import identifier
from shopkeeper.errors import UserError
from shopkeeper.paths import Home

AS_OF = datetime(2018, 1, 2, tzinfo=UTC)
PLACES = {
    "pos.transaction_lines": "pos/transaction_lines_*.csv.gz",
    "pos.products": "pos/products_*.csv",
    "crm.households": "crm/households_*.csv",
    "marketing.promotions": "marketing/promotions_*.parquet",
    "marketing.campaigns": "marketing/campaigns_*.jsonl",
    "marketing.campaign_mailings": "marketing/campaign_mailings_*.jsonl",
    "marketing.coupons": "marketing/coupons_*.jsonl",
    "marketing.coupon_redemptions": "marketing/coupon_redemptions_*.jsonl",
}
ROWS = {
    "pos.transaction_lines": 1_469_307,
    "pos.products": 92_331,
    "crm.households": 801,
    "marketing.promotions": 20_940_529,
    "marketing.campaigns": 27,
    "marketing.campaign_mailings": 6_589,
    "marketing.coupons": 116_204,
    "marketing.coupon_redemptions": 2_102,
}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Drop]:
    home = Home(tmp_path_factory.mktemp("year"))
    return home, complete_journey.drop(home)


def digests(home: Home) -> dict[str, str]:
    files = sorted(path for path in home.inbox.rglob("*") if path.is_file())
    return {str(path.relative_to(home.inbox)): sha256(path.read_bytes()).hexdigest() for path in files}


def scan(home: Home, contract: Contract) -> str:
    """Return SQL that reads a table's files as landing would: text as it came, Parquet by its own types."""
    files = str(home.inbox / PLACES[contract.name])
    names = {column.name: "VARCHAR" for column in contract.columns if not column.is_optional_in_file}
    if contract.file is None or contract.file.format == "parquet":
        return f"select * from read_parquet('{files}')"
    reader = "read_csv" if contract.file.format == "csv" else "read_json"
    missing = [f"null::varchar as {c.name}" for c in contract.columns if c.is_optional_in_file]
    cleaned = [
        f"{clean_sql(contract.column(name), identifier(name))} as {identifier(name)}" for name in names
    ]
    return f"select {', '.join(cleaned + missing)} from {reader}('{files}', columns = {names})"


@pytest.mark.slow
def test_the_year_is_weeks_months_and_five_lists(
    year: tuple[Home, Drop],
) -> None:
    _, drop = year
    kinds = {
        name: sum(Path(place).match(pattern) for place in drop.files) for name, pattern in PLACES.items()
    }
    assert kinds["pos.transaction_lines"] == 53
    assert kinds["marketing.promotions"] == kinds["marketing.coupon_redemptions"] == 12
    assert len(drop.files) == 53 + 12 + 12 + 5
    assert drop.row_count == sum(ROWS.values()) == 22_627_890


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_the_year_keeps_its_contract(year: tuple[Home, Drop], name: str) -> None:
    home, _ = year
    contract = contracts.catalog().contract(*name.split("."))
    counts = ", ".join(f"count({fault})" for fault in faults(contract, AS_OF).values())
    with duckdb.connect() as connection:
        rows, *found = connection.execute(
            f"select count(*), {counts} from ({scan(home, contract)})"
        ).fetchall()[0]
    assert rows == ROWS[name]
    assert dict(zip(faults(contract, AS_OF), found, strict=True)) == {c.name: 0 for c in contract.columns}


def test_the_sales_of_the_year_add_up_to_the_cent(year: tuple[Home, Drop]) -> None:
    home, _ = year
    contract = contracts.catalog().contract("pos", "transaction_lines")
    value = cast_sql(contract.column("sales_value"), "sales_value")
    with duckdb.connect() as connection:
        (total,) = connection.execute(
            f"select sum({value})::varchar from ({scan(home, contract)})"
        ).fetchall()[0]
    assert total == "4596039.58"


def test_a_till_writes_the_stores_offset_all_year(year: tuple[Home, Drop]) -> None:
    home, _ = year
    lines = scan(home, contracts.catalog().contract("pos", "transaction_lines"))
    with duckdb.connect() as connection:
        seasons = connection.execute(
            f"""
            select substr(transaction_timestamp, 1, 19) between '2017-03-12T02' and '2017-11-05T01' as is_summer,
                list(distinct right(transaction_timestamp, 6)) as offsets
            from ({lines}) where substr(transaction_timestamp, 1, 13) <> '2017-11-05T01'
            group by is_summer order by is_summer
            """
        ).fetchall()
    assert seasons == [(False, ["-05:00"]), (True, ["-04:00"])]


def test_any_split_of_the_year_gives_the_same_bytes(year: tuple[Home, Drop], tmp_path: Path) -> None:
    whole, split = digests(year[0]), Home(tmp_path)
    first, second = complete_journey.drop(split, (1, 4)), complete_journey.drop(split, (5, 9))
    assert not set(first.files) & set(second.files)
    assert digests(split) == {place: whole[place] for place in (*first.files, *second.files)}
    assert {place for place in second.files if "transaction_lines" not in place} == {
        "marketing/coupon_redemptions_2017-01.jsonl",
        "marketing/promotions_2017-02.parquet",
    }


def test_a_dropped_file_is_never_dropped_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    complete_journey.drop(home, (53, 53))
    for file in home.inbox.rglob("*.*"):
        file.unlink()
    assert complete_journey.drop(home, (53, 53)) == Drop((), 0)
    assert not list(home.inbox.rglob("*.*"))


def test_every_dropped_file_is_whole_and_has_a_contract(
    year: tuple[Home, Drop],
) -> None:
    home, drop = year
    for place in drop.files:
        system, name = place.split("/")
        assert contracts.catalog().for_file(system, name) is not None, place
    assert set(digests(home)) == set(drop.files)


@pytest.mark.parametrize("weeks", [(0, 5), (5, 4), (50, 54)])
def test_weeks_outside_the_year_are_refused_in_one_line(tmp_path: Path, weeks: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="not in the year"):
        complete_journey.drop(Home(tmp_path), weeks)

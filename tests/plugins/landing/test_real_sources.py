"""The project's own contracts and the real year that they describe."""

import gzip
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.files import Shop

from shopkeeper.contracts import Column, Contract, catalog
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.demo import complete_journey
from shopkeeper.landing import read_receipts
from shopkeeper.paths import RETAILERS, RetailerPaths

SOURCES = catalog().sources


def example(column: Column) -> str:
    return column.examples[0] if column.examples else ""


def write_example(shop: Shop, contract: Contract) -> None:
    """Drop a file of one row that is made of the examples in its contract."""
    assert contract.file is not None
    name = contract.file.pattern.replace("*", "2017")
    values = {column.name: example(column) for column in contract.columns}
    if contract.file.format == "csv":
        text = f"{','.join(values)}\n{','.join(values.values())}\n".encode()
        shop.drop(name, gzip.compress(text) if name.endswith(".gz") else text, contract.system)
    elif contract.file.format == "jsonl":
        shop.drop(name, json.dumps(values) + "\n", contract.system)
    else:
        read = {"integer": int, "decimal": Decimal, "date": date.fromisoformat}
        row = {column.name: read.get(column.type, str)(values[column.name]) for column in contract.columns}
        path = shop.drop(name, b"", contract.system)
        pq.write_table(pa.Table.from_pylist([row]), path)


@pytest.mark.parametrize("contract", SOURCES, ids=[contract.name for contract in SOURCES])
def test_a_row_of_the_examples_in_a_contract_lands(shop: Shop, contract: Contract) -> None:
    shop = replace(shop, contracts=SOURCES)
    write_example(shop, contract)
    (landed,) = shop.land().files
    assert (landed.result, landed.accepted_count) == ("accepted", 1), landed.detail
    (row,) = shop.raw(contract.table)
    given = {column.name: example(column) or None for column in contract.columns}
    assert {name: None if value is None else str(value) for name, value in row.items()} == {
        **given,
        **({"_line_number": str(row["_line_number"])} if "_line_number" in row else {}),
    }


def test_the_first_weeks_of_the_real_year_land_whole(shop: Shop) -> None:
    shop = replace(shop, contracts=SOURCES)
    drop = complete_journey.drop(shop.home, (1, 2))
    report = shop.land()
    assert Counter(file.result for file in report.files) == {"accepted": len(drop.files)}
    assert report.accepted_row_count + report.quarantined_row_count == drop.row_count
    reasons: Counter[str] = Counter()
    for receipt in read_receipts(shop.home):
        reasons.update(receipt.reasons)
    assert set(reasons) <= {"DUPLICATE"}, "only exact copies of coupon lines are set aside in this year"


def test_two_viewers_of_one_device_are_two_impressions(shop: Shop) -> None:
    """Who sees an advertisement first at another time is somebody else; the same row again is the same impression."""
    shop = replace(shop, contracts=read_catalog(RetailerPaths(RETAILERS / "omnichannel").contracts).sources)
    header = "date,anonymous_id,market,channel,first_at,view_count,click_count\n"
    morning = "2025-01-05,18250432138916917517,GB,social,2025-01-05 08:01:52.258000Z,2,0\n"
    evening = morning.replace(" 08:", " 20:")
    shop.drop("impressions_20250105.csv", header + morning + evening + morning, "advertising")
    (landed,) = shop.land().files
    assert landed.result == "accepted", landed.detail
    assert [row["first_at"][11:13] for row in shop.raw("impressions")] == ["08", "20"]
    assert shop.reasons() == ["DUPLICATE"]

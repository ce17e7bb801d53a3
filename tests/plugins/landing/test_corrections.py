"""A correction names what changes in a refused row; the rest of the row stays as its producer sent it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.files import HEADER, Shop, column, contract, csv_text, line
from typer.testing import CliRunner

from shopkeeper.cli.commands import app
from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.errors import UserError
from shopkeeper.landing.quarantine.replay import Replay, replay

NOTED = {"note": "paid in SPRING24", "returned_basket_id": "R-77"}


def correct(shop: Shop, folder: Path, batch_id: str | None, text: str, name: str) -> Replay:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return replay(shop.home, str(batch_id), path, shop.catalog)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("_line_number,quantity\n3,3\n", "rows.csv"),
        ("quantity,_line_number\n3,3\n", "rows.csv"),
        ('{"_line_number": 3, "quantity": 3}\n', "rows.jsonl"),
        ('{"quantity": "3", "_line_number": "3"}\n\n', "rows.jsonl"),
    ],
)
def test_what_a_correction_does_not_name_stays(shop: Shop, tmp_path: Path, text: str, name: str) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="three", **NOTED)])).batch_id
    assert correct(shop, tmp_path, origin, text, name).accepted_count == 1
    corrected = shop.raw()[1]
    assert corrected.items() >= {"quantity": "3", "product_id": "900002", "_line_number": 3, **NOTED}.items()


def test_each_correction_in_json_lines_names_its_own_columns(shop: Shop, tmp_path: Path) -> None:
    rows = [line(1), line(2, quantity="x", **NOTED), line(3, sales_value="9.999", note="gift")]
    origin = shop.take(csv_text(rows)).batch_id
    text = '{"_line_number": 3, "quantity": 3, "note": null}\n{"_line_number": 4, "sales_value": "10.00"}\n'
    assert correct(shop, tmp_path, origin, text, "rows.jsonl").accepted_count == 2
    told = [
        (row["quantity"], row["sales_value"], row["note"], row["returned_basket_id"]) for row in shop.raw()
    ]
    assert told[1:] == [("3", "1.50", None, "R-77"), ("1", "10.00", "gift", None)]


def test_json_corrections_may_contain_any_line_separator(shop: Shop, tmp_path: Path) -> None:
    shop.contracts = (contract({"note": {"allows_newline": True}}, format="jsonl"),)
    sound = dict(zip(HEADER.split(","), line(2, quantity="x").split(","), strict=True))
    origin = shop.take(
        json.dumps(sound) + "\n" + json.dumps(sound | {"line_number": "1", "quantity": "1"}) + "\n"
    )
    text = json.dumps({"_line_number": 1, "quantity": 2, "note": "one\u2028two"}, ensure_ascii=False)
    assert correct(shop, tmp_path, origin.batch_id, text, "rows.jsonl").accepted_count == 1
    assert [row["note"] for row in shop.raw()][-1] == "one\u2028two"


def test_a_row_that_cannot_be_read_is_corrected_whole(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(1), line(2, note='"open'), line(3)])).batch_id
    with pytest.raises(
        UserError, match=r"line 3 of lines_1\.csv cannot be read \(UNBALANCED_QUOTE\)"
    ) as error:
        correct(shop, tmp_path, origin, "_line_number,note\n3,open\n", "rows.csv")
    assert "must name basket_id, line_number, product_id, quantity, sales_value, sold_at too" in str(
        error.value
    )
    assert "\n" not in str(error.value)
    whole = HEADER.replace(",returned_basket_id", "")
    row = line(2, note="open").removesuffix(",")
    assert correct(shop, tmp_path, origin, f"_line_number,{whole}\n3,{row}\n", "rows.csv").accepted_count == 1
    assert shop.raw()[2]["note"] == "open"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("_line_number,cashier\n3,Wang\n", "rows.csv", "column 2 is not in the contract"),
        ("3,5550001\n", "rows.csv", "column 1 is not in the contract"),
        ("quantity\n3\n", "rows.csv", "its header lacks _line_number"),
        ("_line_number,quantity,quantity\n3,1,1\n", "rows.csv", "names a column twice"),
        ("_line_number,quantity\n3,1,1\n", "rows.csv", "row 1 has more or fewer fields"),
        (
            "_line_number,quantity\nfive,1\n",
            "rows.csv",
            "_line_number in row 1 is not a number or occurs twice",
        ),
        ('{"line_number": 3, "quantity": 3}\n', "rows.jsonl", "_line_number in line 1 is not a number"),
        ('{"_line_number": 3, "cashier": "Wang"}\n', "rows.jsonl", "cannot read"),
        (
            '{"_line_number": 3}\n{"_line_number": 3}\n',
            "rows.jsonl",
            "in line 2 is not a number or occurs twice",
        ),
    ],
)
def test_a_wrong_correction_is_one_line_without_values(
    shop: Shop, tmp_path: Path, text: str, name: str, words: str
) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="x")])).batch_id
    with pytest.raises(UserError, match="its columns must be _line_number and those that change") as error:
        correct(shop, tmp_path, origin, text, name)
    assert words in str(error.value)
    assert not [value for value in ("\n", "5550001", "Wang", "five") if value in str(error.value)]


def test_the_help_names_the_key_of_a_correction() -> None:
    told = CliRunner().invoke(app, ["quarantine", "replay", "--help"], env={"COLUMNS": "200"}).output
    assert "_line_number and the columns that change" in told


PRICES = Contract(
    "sources",
    "erp",
    "prices",
    "1.0.0",
    "One row per product and day.",
    "每个商品每天一行。",
    (
        column("product_id", "integer", is_required=True, is_key=True),
        column("price", "decimal", precision=18, scale=2, minimum="0"),
        column("weight", "double", minimum="0"),
        column("is_listed", "boolean"),
        column("valid_from", "timestamp", has_offset=True, minimum="2000-01-01T00:00:00Z"),
        column("seen_at", "timestamp", time_zone="Asia/Shanghai", minimum="2000-01-01T00:00:00Z"),
        column("day", "date", minimum="2000-01-01"),
        column("label"),
    ),
    file=FileFormat("prices_*", "parquet", maximum_refused_rate=0.9),
)
LARGE = Decimal("1234567890123456.78")
ROW = {
    "product_id": 11,
    "price": LARGE,
    "weight": 0.1,
    "is_listed": True,
    "valid_from": datetime(2017, 1, 2, 10, tzinfo=UTC),
    "seen_at": datetime.fromisoformat("2017-01-02T10:00:00.123456"),
    "day": date(2017, 1, 2),
    "label": 'a "b"\u2028牛奶',
}
TYPES = {
    "product_id": pa.int64(),
    "price": pa.decimal128(18, 2),
    "weight": pa.float64(),
    "is_listed": pa.bool_(),
    "valid_from": pa.timestamp("us", "UTC"),
    "seen_at": pa.timestamp("us"),
    "day": pa.date32(),
    "label": pa.string(),
}


@pytest.mark.parametrize(
    ("refused", "changes", "name"),
    [
        ({"product_id": None}, '{"_line_number": 2, "product_id": 12}', "rows.jsonl"),
        ({"day": date(1970, 1, 1)}, "_line_number,product_id,day\n2,12,2017-01-02\n", "rows.csv"),
        ({"weight": float("nan")}, '{"_line_number": 2, "product_id": 12, "weight": 0.1}', "rows.jsonl"),
        ({"weight": float("-inf")}, "_line_number,product_id,weight\n2,12,0.1\n", "rows.csv"),
    ],
)
def test_a_corrected_parquet_row_keeps_its_other_values(
    shop: Shop, tmp_path: Path, refused: dict[str, Any], changes: str, name: str
) -> None:
    shop = replace(shop, contracts=(PRICES,))
    rows = [{**ROW, "product_id": 10}, {**ROW, "product_id": 12, **refused}]
    arrays = {key: pa.array([row[key] for row in rows], type_) for key, type_ in TYPES.items()}
    path = shop.home.inbox / "erp" / "prices_1.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(arrays), path)
    (landed,) = shop.land().files
    assert (landed.accepted_count, landed.quarantined_count) == (1, 1)
    assert correct(shop, tmp_path, landed.batch_id, changes, name).accepted_count == 1
    assert shop.raw("prices")[-1] == {**ROW, "product_id": 12}

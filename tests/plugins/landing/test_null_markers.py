"""Null markers of producers: `\\N` of MySQL, `NULL`, a dash."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tests.shop.files import HEADER, LINES, Shop, contract, csv_text, line

from shopkeeper.contracts import Contract
from shopkeeper.contracts.casts import cast_sql
from shopkeeper.engine import identifier
from shopkeeper.landing.quarantine.replay import replay

MARKERS = (r"\N", "NULL", "-")


def marked(*names: str, **file: str) -> Contract:
    """Return the tills' contract with null markers in some columns, which may then be empty."""
    return contract({name: {"null_markers": MARKERS, "is_required": False} for name in names}, **file)


def content(form: str, *rows: str) -> str:
    if form == "csv":
        return csv_text(rows)
    return "".join(
        json.dumps(dict(zip(HEADER.split(","), row.split(","), strict=True))) + "\n" for row in rows
    )


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("note", ["", "paid in cash"], ids=["a file that needs no cleaning", "one that does"])
def test_a_null_marker_lands_as_null_in_any_type(shop: Shop, form: str, note: str) -> None:
    shop.contracts = (marked("quantity", "sales_value", "sold_at", "returned_basket_id", format=form),)
    rows = [
        line(1, quantity=r"\N", note=note),
        line(2, sales_value="NULL"),
        line(3, sold_at="-"),
        line(4, returned_basket_id=r"\N"),
    ]
    landed = shop.take(content(form, *rows))
    assert (landed.accepted_count, landed.quarantined_count) == (4, 0)
    assert [row["quantity"] for row in shop.raw()] == [None, "1", "1", "1"]
    assert [row["sales_value"] for row in shop.raw()] == ["1.50", None, "1.50", "1.50"]
    assert [row["returned_basket_id"] for row in shop.raw()] == [None] * 4


def test_where_no_marker_is_declared_it_is_a_value(shop: Shop) -> None:
    shop.contracts = (marked("quantity"),)
    shop.take(csv_text([line(1, product_id="-"), line(2, sales_value=r"\N"), line(3)]))
    assert [row["product_id"] for row in shop.raw()] == ["-", "900003"]
    assert shop.reasons() == ["BAD_DECIMAL"]


def test_a_marker_where_a_value_is_due_is_missing(shop: Shop) -> None:
    shop.contracts = (contract({"product_id": {"null_markers": MARKERS}}),)
    shop.take(csv_text([line(1, product_id="NULL"), line(2)]))
    assert shop.reasons() == ["MISSING"]


def test_a_marker_marks_no_return(shop: Shop) -> None:
    shop.contracts = (marked("returned_basket_id"),)
    shop.take(csv_text([line(1, quantity="-1", returned_basket_id="NULL"), line(2)]))
    assert shop.reasons() == ["OUT_OF_RANGE"]


def test_the_business_dates_leave_markers_out(shop: Shop) -> None:
    shop.contracts = (marked("sold_at"),)
    shop.take(csv_text([line(1, sold_at=r"\N"), line(2)]))
    receipt = json.loads(next(shop.home.raw.glob("pos/lines/*.json")).read_text())
    assert (receipt["business_date_min"], receipt["business_date_max"]) == ("2017-01-02", "2017-01-02")


def test_declaring_the_marker_cures_the_rows_that_it_had_refused(shop: Shop) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity=r"\N")])).batch_id
    assert shop.reasons() == ["BAD_INTEGER"]
    shop.contracts = (marked("quantity"),)
    assert replay(shop.home, str(origin), catalog=shop.catalog).accepted_count == 1
    assert [row["quantity"] for row in shop.raw()] == ["1", None]


def test_a_copy_from_before_the_marker_is_a_copy(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"is_required": True}}),)
    origin = shop.take(csv_text([line(1, note="-"), line(1, note="-", quantity="x")])).batch_id
    shop.contracts = (marked("note"),)
    path = shop.home.root / "rows.csv"
    path.write_text("_line_number,quantity\n3,1\n")
    assert replay(shop.home, str(origin), path, shop.catalog).still_refused == {"DUPLICATE": 1}


def test_raw_before_and_after_the_marker_has_one_value(shop: Shop, tmp_path: Path) -> None:
    shop.take(csv_text([line(1, note="-")]), "lines_1.csv")
    shop.contracts = (marked("note"),)
    shop.take(csv_text([line(2, note="-")]), "lines_2.csv")
    assert sorted(str(row["note"]) for row in shop.raw()) == ["-", "None"]
    note = replace(LINES.column("note"), null_markers=MARKERS)
    with duckdb.connect() as connection:
        raw = f"read_parquet('{shop.home.raw}/pos/lines/*.parquet')"
        cast = connection.execute(f"select {cast_sql(note, identifier('note'))} from {raw}").fetchall()
    assert cast == [(None,), (None,)]

"""JSON Lines land as text, line by line; a malformed line costs only itself."""

import gzip
import json
from dataclasses import replace

import pytest
from tests.shop.files import HEADER, Shop, contract, line

from shopkeeper.landing.quarantine.replay import replay

JSON_LINES = contract(format="jsonl")


def as_object(number: int, **values: object) -> str:
    sound = {k: v for k, v in zip(HEADER.split(","), line(number).split(","), strict=True) if v}
    return json.dumps(sound | values, ensure_ascii=False)


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return replace(shop, contracts=(JSON_LINES,))


def text(*rows: str) -> str:
    return "".join(row + "\n" for row in rows)


@pytest.mark.parametrize("is_packed", [False, True])
def test_objects_become_rows_whatever_the_order_of_their_names(shop: Shop, is_packed: bool) -> None:
    turned = json.dumps(dict(reversed(json.loads(as_object(2)).items())))
    content = text(as_object(1, note="牛奶"), "", turned).encode()
    shop.take(gzip.compress(content) if is_packed else content, "lines_1.jsonl")
    assert shop.numbers() == [1, 2]
    assert [row["_line_number"] for row in shop.raw()] == [1, 3]
    assert [row["note"] for row in shop.raw()] == ["牛奶", None]


def test_a_number_lands_as_text_and_unrounded(shop: Shop) -> None:
    raw_number = as_object(1).replace('"1.50"', "12345678901234.10")
    shop.contracts = (contract({"sales_value": {"maximum": None}}, format="jsonl"),)
    shop.take(text(raw_number))
    assert shop.raw()[0]["sales_value"] == "12345678901234.10"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (as_object(2)[:-10], "BAD_JSON"),
        (as_object(2)[:-1] + ', "quantity": "2"}', "BAD_JSON"),
        (as_object(2, cashier="x"), "UNKNOWN_COLUMN"),
        (as_object(2, note={"a": 1}), "NOT_SCALAR"),
        (as_object(2, note="two\nlines"), "LINE_BREAK"),
        (as_object(2, note="a\0b"), "NUL_BYTE"),
        (as_object(2, product_id=None), "MISSING"),
        (as_object(2, product_id=""), "MISSING"),
        (as_object(2, quantity=1.6), "BAD_INTEGER"),
        (as_object(2, note="x" * 1_100_000), "LINE_TOO_LONG"),
        (as_object(2)[:-1] + ', "note": "\\ud800"}', "BAD_ENCODING"),
        (as_object(2)[:-1] + ', "\\ud800": "x"}', "UNKNOWN_COLUMN"),
        (as_object(2)[:-1] + ', "\\udfff\\ud800": {"\\ud800": 1}}', "UNKNOWN_COLUMN"),
        (as_object(2, Note="gift"), "UNKNOWN_COLUMN"),
        (as_object(2, QUANTITY="5"), "UNKNOWN_COLUMN"),
        ("[1, 2]", "BAD_JSON"),
    ],
)
def test_a_line_against_the_contract_costs_only_itself(shop: Shop, bad: str, reason: str) -> None:
    shop.take(text(as_object(1), bad, as_object(3)))
    assert shop.numbers() == [1, 3]
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [(reason, 2)]


def test_a_key_that_differs_in_case_only_overwrites_nothing(shop: Shop) -> None:
    shop.take(text(as_object(1), as_object(2, Quantity="5"), as_object(3)))
    assert [row["quantity"] for row in shop.raw()] == ["1", "1"]
    (row,) = shop.quarantined()
    assert row["detail"].startswith("key 7 is quantity written otherwise")


def test_a_column_that_no_line_has_any_more_is_missing(shop: Shop) -> None:
    without = [{k: v for k, v in json.loads(as_object(n)).items() if k != "product_id"} for n in (1, 2)]
    landed = shop.take(text(*map(json.dumps, without)))
    assert landed.detail == "MISSING_COLUMN: product_id"
    landed = shop.take(text(as_object(1), json.dumps({**without[1], "product_id": None})))
    assert (landed.accepted_count, landed.quarantined_count) == (1, 1)


def test_an_optional_column_may_be_missing_from_every_line(shop: Shop) -> None:
    assert shop.take(text(as_object(1), as_object(2))).accepted_count == 2


def test_lines_of_blanks_hold_no_object(shop: Shop) -> None:
    assert shop.take(text(as_object(1), "  ", "\t", as_object(2))).record_count == 2


def test_a_file_cut_in_its_last_object_is_refused(shop: Shop) -> None:
    landed = shop.take(text(as_object(1), as_object(2))[:-20])
    assert landed.result == "refused" and landed.detail.startswith("TRUNCATED")


def test_a_file_of_other_objects_names_its_commonest_fault(shop: Shop) -> None:
    landed = shop.take(text(*['{"sku": 1}'] * 5))
    assert landed.detail.startswith("TOO_MANY_REFUSED") and "UNKNOWN_COLUMN" in landed.detail


def test_a_byte_order_mark_is_not_part_of_a_record(shop: Shop) -> None:
    landed = shop.take(
        b"\xef\xbb\xbf" + text(as_object(1, quantity="１２"), as_object(2)).encode(), "lines_1.jsonl"
    )
    (row,) = shop.quarantined()
    assert (row["line_number"], row["byte_offset"], row["record"][:1]) == (1, 3, b"{")
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}, format="jsonl"),)
    assert landed.batch_id and replay(shop.home, landed.batch_id, None, shop.catalog).accepted_count == 1
    assert sorted(shop.numbers()) == [1, 2]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_array_is_called_what_it_is(shop: Shop, indent: int | None) -> None:
    array = json.dumps([json.loads(as_object(1)), json.loads(as_object(2))], indent=indent)
    landed = shop.take(array + "\n", "lines_1.jsonl")
    assert landed.detail.startswith("WRONG_FORMAT: it is JSON, but not an object a line; send")

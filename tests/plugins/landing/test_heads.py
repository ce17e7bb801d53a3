"""Of a file refused whole its header and its first faulty lines are shown, and nothing of a person."""

import gzip
import json

import pytest
from tests.shop.files import HEADER, Shop, contract, csv_text, line

from shopkeeper.contracts import Contract
from shopkeeper.landing import quarantine
from shopkeeper.landing.quarantine import Head, read_head
from shopkeeper.vault import read_status

CODES = contract({"product_id": {"pattern": "[0-9]{6}"}})
ZIPPED = contract({}, pattern="lines_*.csv.gz")


def head_of(shop: Shop, contract: Contract = CODES, **seen: str) -> Head:
    shop.contracts = (contract,)
    (entry,) = quarantine.refusals(shop.home)
    assert entry.is_whole_file
    head = read_head(shop.home, entry.key, contract, **seen)
    assert head is not None
    return head


def test_the_first_faulty_lines_are_named_and_masked(shop: Shop) -> None:
    shop.contracts = (CODES,)
    shop.take(csv_text([line(1), line(2, quantity="Zoë Quintana"), "short,2", line(3, product_id="x@y.org")]))
    head = head_of(shop)
    assert (head.names, head.missing, head.other_count) == (tuple(HEADER.split(",")), (), 0)
    told = [(each["line_number"], each["column_name"], each["reason"]) for each in head.lines]
    assert told == [
        (3, "quantity", "BAD_INTEGER"),
        (4, None, "FIELD_COUNT"),
        (5, "product_id", "BAD_PATTERN"),
    ]
    assert [each["record"][:15] for each in head.lines] == ["***,2,900002,**", "***", "***,3,***,1,1.5"]


def test_a_header_tells_the_contracts_names_alone(shop: Shop) -> None:
    shop.take(csv_text([line(1)], header=HEADER.replace("note", "Zoë Quintana").replace("quantity", "units")))
    head = head_of(shop)
    assert head.other_count == 2 and "quantity" in head.missing and head.lines == ()
    assert "Quintana" not in str(head) and "units" not in str(head)


def test_who_asks_sees_the_lines_as_they_came(shop: Shop) -> None:
    shop.take("Zoë Quintana\nx\n")
    head = head_of(shop, who="ada", why="the producer asked")
    assert [each["record"] for each in head.lines] == ["Zoë Quintana", "x"]
    assert ("ada", "the producer asked") in {
        (each.who, each.why) for each in read_status(shop.home).last_accesses
    }


def test_only_the_start_of_a_large_file_is_read(shop: Shop) -> None:
    shop.contracts = (ZIPPED,)
    rows = csv_text([line(number, quantity="x") for number in range(1, 40_000)]).encode()
    shop.drop("lines_1.csv.gz", gzip.compress(rows))
    shop.land()
    head = head_of(shop, ZIPPED)
    assert [each["line_number"] for each in head.lines] == list(range(2, 22))


@pytest.mark.parametrize("text", ["", "{", "[]\n", json.dumps({"quantity": "Quintana"}) + "\n"])
def test_json_lines_are_looked_at_too(shop: Shop, text: str) -> None:
    shop.contracts = (contract({}, format="jsonl"),)
    shop.take(text)
    head = head_of(shop, contract({}, format="jsonl"))
    assert head.names == head.missing == ()
    assert "Quintana" not in str(head)

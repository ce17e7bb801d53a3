"""An unknown column is described by the contract's name or by its position, with the cure."""

import pytest
from tests.shop.files import HEADER, Shop, contract, csv_text, line, lines


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            HEADER.replace("quantity", "quantity\u00a0"),
            "column 4 is quantity with U+00A0 (no-break space) in its",
        ),
        (
            HEADER.replace("quantity", "\u200bquantity"),
            "column 4 is quantity with U+200B (zero width space) in",
        ),
        (
            HEADER.replace("quantity", "quan\u00adtity"),
            "column 4 is quantity with U+00AD (soft hyphen) in its name",
        ),
        (
            HEADER.replace("quantity", "quantity\u3164"),
            "column 4 is quantity with U+3164 (hangul filler) in its",
        ),
        (
            "\ufeff\ufeff" + HEADER,
            "column 1 is basket_id with U+FEFF (zero width no-break space) in its name",
        ),
        (HEADER.replace("quantity", "quantity\t"), "column 4 is quantity with U+0009 in its name"),
        (HEADER.replace("quantity", "Quantity"), "column 4 is quantity written otherwise"),
        (HEADER.replace("quantity", "ｑｕａｎｔｉｔｙ"), "column 4 is quantity written otherwise"),
        (HEADER.replace("line_number", "Line Number"), "column 2 is line_number written otherwise"),
        (HEADER + ",", "column 9 has no name"),
        ("," + HEADER, "column 1 has no name"),
        (HEADER + ",\u200b", "column 9 has no name but U+200B (zero width space)"),
        (HEADER + ",Ana Souza,ana@example.org", "columns 9 and 10 are not in the contract"),
    ],
)
def test_an_unknown_name_is_described_by_its_position(shop: Shop, header: str, said: str) -> None:
    landed = shop.take(csv_text(lines(1), header=header))
    assert landed.detail.startswith(f"UNKNOWN_COLUMN: {said}"), landed.detail
    assert landed.detail.endswith("; send the contract's names, or change the contract")


def test_invisible_endings_of_all_names_are_reported(shop: Shop) -> None:
    header = ",".join(f"{name}\u00a0" for name in HEADER.split(","))
    landed = shop.take(csv_text(lines(1), header=header))
    assert landed.detail.count("U+00A0") == 8


def test_a_header_of_120000_names_is_refused_in_one_line(shop: Shop) -> None:
    header = ",".join([HEADER, *(f"c{number}" for number in range(120_000))])
    landed = shop.take(csv_text(lines(1), header=header))
    assert "; and 119,990 more; " in landed.detail and len(landed.detail) < 300


@pytest.mark.parametrize("first", ['"x",' * 400_000, "\ufdfa" * 300_000, "x" * 1_000_000, "," * 1_000_000])
def test_a_very_long_first_line_is_refused_in_one_line(shop: Shop, first: str) -> None:
    landed = shop.take(csv_text(lines(1), header=first))
    assert landed.detail.startswith("HEADER_MISMATCH") and len(landed.detail) < 120


def test_a_contract_with_names_equal_in_sql_is_refused(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"name": "Quantity"}}),)
    landed = shop.take(csv_text(lines(1), header=HEADER.replace("note", "Quantity")))
    assert landed.detail.startswith("AMBIGUOUS_CONTRACT") and "quantity and Quantity" in landed.detail


@pytest.mark.parametrize("blank", [",,,,,,,", ",", ",,,,,,,,,,,,", " ,\t, ,", "   "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_of_delimiters_alone_are_blank_lines(shop: Shop, blank: str, newline: str) -> None:
    shop.contracts = (contract(maximum_refused_rate=0.0),)
    landed = shop.take(csv_text([line(1), blank, line(2), *[blank] * 30], newline=newline))
    assert (landed.record_count, landed.quarantined_count) == (2, 0), landed.detail
    assert [row["_line_number"] for row in shop.raw()] == [2, 4]


def test_a_last_row_of_delimiters_is_not_cut(shop: Shop) -> None:
    assert shop.take(csv_text(lines(1, 2)) + ",,,").record_count == 2


@pytest.mark.parametrize(("before", "place"), [("sep=,\n", 2), ("\n", 2), ("Sales of Ana Souza\n,,,\n", 3)])
def test_a_header_below_the_first_line_is_found(shop: Shop, before: str, place: int) -> None:
    landed = shop.take(before + csv_text(lines(1)))
    assert landed.detail == f"HEADER_MISMATCH: the header is on line {place}; send nothing before it"

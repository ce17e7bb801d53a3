"""The bad inputs that landing must handle, one test per case, by number."""

import gzip
import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pytest
from tests.shop.files import HEADER, Shop, contract, csv_text, line, lines

import shopkeeper.landing.reading.unpacking as unpacking
from shopkeeper.cli import printing
from shopkeeper.landing import read_receipts
from shopkeeper.landing.inbox.dropped_files import dropped_files
from shopkeeper.landing.refusals import KEPT_BYTES
from shopkeeper.paths import Home
from shopkeeper.vault import open_vault


def assert_refused(
    shop: Shop, content: str | bytes, reason: str, detail: str = "", name: str = "lines_1.csv"
):
    landed = shop.take(content, name)
    assert landed.result == "refused"
    assert landed.detail.startswith(reason) and detail in landed.detail, landed.detail
    assert shop.raw() == [] and shop.quarantined() == []
    kept = [path for path in shop.home.quarantined_files.glob("*/*") if path.name != "refusal.json"]
    as_dropped = content.encode() if isinstance(content, str) else content
    vault = open_vault(shop.home)
    assert [vault.read_file(path, path.parent.name, "a test", "a look") for path in kept] == [as_dropped]
    assert not (shop.home.inbox / "pos" / name).exists()


def assert_only_refused(shop: Shop, text: str | bytes, reason: str, number: int, good: list[int]) -> dict:
    """One row is quarantined for `reason` from physical line `number`, the `good` ones are in raw."""
    landed = shop.take(text)
    assert landed.result == "accepted", landed.detail
    assert shop.numbers() == good
    (row,) = shop.quarantined()
    assert (row["reason"], row["line_number"]) == (reason, number)
    content = text.encode() if isinstance(text, str) else text
    end = row["byte_offset"] + len(row["record"])
    assert row["is_truncated"] or content[row["byte_offset"] : end] == row["record"]
    assert landed.record_count == landed.accepted_count + landed.quarantined_count == len(good) + 1
    return row


def with_value(column: str, value: str) -> str:
    return csv_text([line(1), line(2, **{column: value}), line(3)])


def test_case_01_reordered_columns_are_matched_by_their_names(shop: Shop) -> None:
    names = HEADER.split(",")
    rows = [",".join(reversed(row.split(","))) for row in lines(1, 2)]
    shop.take(csv_text(rows, header=",".join(reversed(names))))
    assert [row["product_id"] for row in shop.raw()] == ["900001", "900002"]
    assert [row["sales_value"] for row in shop.raw()] == ["1.50", "1.50"]


def test_case_01_reordered_columns_with_an_unknown_name_are_refused(shop: Shop) -> None:
    assert_refused(
        shop,
        csv_text(lines(1), header=HEADER.replace("quantity", "qty")),
        "UNKNOWN_COLUMN",
        "column 4 is not in",
    )


def test_case_02_a_file_without_header_is_refused_whole(shop: Shop) -> None:
    assert_refused(shop, "\n".join(lines(1, 2, 3)) + "\n", "HEADER_MISMATCH")


def test_case_03_a_header_with_a_repeated_column_is_refused(shop: Shop) -> None:
    text = csv_text(lines(1), header=HEADER.replace("note", "quantity"))
    assert_refused(shop, text, "DUPLICATE_COLUMN", "quantity")


def test_case_04_an_extra_column_refuses_the_file_by_position(shop: Shop) -> None:
    rows = [row + ",x" for row in lines(1, 2)]
    assert_refused(shop, csv_text(rows, header=HEADER + ",cashier"), "UNKNOWN_COLUMN", "column 9 is not in")


def test_case_04_an_optional_column_may_be_missing(shop: Shop) -> None:
    header = ",".join(HEADER.split(",")[:-2])
    rows = [",".join(row.split(",")[:-2]) for row in lines(1, 2)]
    shop.take(csv_text(rows, header=header))
    assert [row["note"] for row in shop.raw()] == [None, None]


def test_case_05_a_missing_required_column_refuses_the_file(shop: Shop) -> None:
    header = HEADER.replace("product_id,", "")
    rows = [",".join(row.split(",")[:2] + row.split(",")[3:]) for row in lines(1, 2)]
    assert_refused(shop, csv_text(rows, header=header), "MISSING_COLUMN", "product_id")


def test_case_06_an_empty_file_is_refused_unless_allowed(shop: Shop) -> None:
    assert_refused(shop, b"", "EMPTY_FILE")
    shop.contracts = (contract(minimum_rows=0),)
    landed = shop.take(b"", "lines_2.csv")
    assert (landed.result, landed.record_count) == ("accepted", 0)


def test_case_07_a_header_alone_is_refused_or_a_warning(shop: Shop) -> None:
    assert_refused(shop, HEADER + "\n", "TOO_FEW_ROWS")
    shop.contracts = (contract(minimum_rows=0),)
    landed = shop.take(HEADER + "\r\n", "lines_2.csv")
    assert landed.result == "accepted" and "no rows" in landed.detail


def test_case_08_a_byte_order_mark_is_stripped(shop: Shop) -> None:
    shop.take(b"\xef\xbb\xbf" + csv_text(lines(1, 2)).encode())
    assert shop.numbers() == [1, 2]


def test_case_09_undeclared_utf_16_is_refused(shop: Shop) -> None:
    assert_refused(shop, csv_text(lines(1, 2)).encode("utf-16"), "WRONG_ENCODING", "UTF-16")


def test_case_09_utf_16_without_a_mark_is_refused_too(shop: Shop) -> None:
    assert_refused(shop, csv_text(lines(1, 2)).encode("utf-16-le"), "WRONG_ENCODING", "UTF-16")


def test_case_09_utf_16_is_read_where_it_is_declared(shop: Shop) -> None:
    shop.contracts = (contract(encoding="utf-16"),)
    shop.take(csv_text([line(1, note="牛奶"), line(2)]).encode("utf-16"))
    assert [row["note"] for row in shop.raw()] == ["牛奶", None]


def test_case_10_a_gb18030_row_in_utf_8_costs_itself(shop: Shop) -> None:
    good, bad = [line(1, note="牛奶"), line(3)], line(2, note="牛奶")
    content = csv_text(good[:1]).encode() + bad.encode("gb18030") + b"\n" + good[1].encode() + b"\n"
    assert_only_refused(shop, content, "BAD_ENCODING", 3, [1, 3])


def test_case_10_a_declared_gb18030_file_is_read(shop: Shop) -> None:
    shop.contracts = (contract(encoding="gb18030"),)
    notes = ["牛奶 1L", "鸡蛋（十二枚）", "龘"]
    rows = [line(number, note=note) for number, note in enumerate(notes, 1)]
    shop.take(csv_text(rows).encode("gb18030"))
    assert [row["note"] for row in shop.raw()] == notes


def test_case_10_utf_8_is_not_read_as_gb18030(shop: Shop) -> None:
    shop.contracts = (contract(encoding="gb18030"),)
    rows = [line(number, note="牛奶鸡蛋") for number in range(1, 5)]
    assert_refused(shop, csv_text(rows), "WRONG_ENCODING", "UTF-8")


def test_case_11_a_nul_byte_costs_only_its_row(shop: Shop) -> None:
    assert_only_refused(shop, with_value("product_id", "9\0005"), "NUL_BYTE", 3, [1, 3])


def test_case_12_an_unbalanced_quote_costs_only_its_own_line(shop: Shop) -> None:
    rows = lines(1, 2, 3, 4, 5, 6, 7)
    rows[1] = line(2, note='"3 for 2')
    rows[5] = line(6, note='"a closed quote, with a comma"')
    row = assert_only_refused(shop, csv_text(rows), "UNBALANCED_QUOTE", 3, [1, 3, 4, 5, 6, 7])
    assert row["record"].decode() == rows[1]


def test_case_12_unbalanced_quotes_do_not_swallow_the_lines_between(shop: Shop) -> None:
    rows = lines(1, 2, 3, 4, 5)
    rows[1], rows[3] = line(2, note='"3 for 2'), line(4, note='12" pan')
    shop.take(csv_text(rows))
    assert shop.numbers() == [1, 3, 5]
    assert shop.reasons() == ["UNBALANCED_QUOTE", "STRAY_QUOTE"]


def test_case_12_an_unclosed_quote_costs_its_line_despite_newlines(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"allows_newline": True}}),)
    rows = lines(1, 2, 3, 4)
    rows[1] = line(2, note='"gift for')
    assert_only_refused(shop, csv_text(rows), "UNBALANCED_QUOTE", 3, [1, 3, 4])


def test_case_13_mixed_line_endings_are_accepted(shop: Shop) -> None:
    shop.take(HEADER + "\r\n" + line(1) + "\n" + line(2) + "\r\n" + line(3) + "\n")
    assert shop.numbers() == [1, 2, 3]
    assert [row["returned_basket_id"] for row in shop.raw()] == [None, None, None]


def test_case_13_a_lone_carriage_return_costs_only_its_row(shop: Shop) -> None:
    assert_only_refused(shop, with_value("note", "half\rhalf"), "LONE_CARRIAGE_RETURN", 3, [1, 3])


def test_case_14_a_quoted_newline_is_one_record_if_allowed(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"allows_newline": True}}),)
    rows = [line(1), line(2, note='"ring twice\nleave at the ""back"" door"'), line(3, quantity="x"), line(4)]
    landed = shop.take(csv_text(rows))
    assert (landed.record_count, shop.numbers()) == (4, [1, 2, 4])
    assert shop.raw()[1]["note"] == 'ring twice\nleave at the "back" door'
    assert [row["_line_number"] for row in shop.raw()] == [2, 3, 6]
    assert [row["line_number"] for row in shop.quarantined()] == [5]


def test_case_14_a_refused_multiline_record_is_kept_whole(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"allows_newline": True}}),)
    bad = line(2, quantity="x", note='"ring twice\r\nplease"')
    row = assert_only_refused(shop, csv_text([line(1), bad, line(3)]), "BAD_INTEGER", 3, [1, 3])
    assert row["record"].decode() == bad


def test_case_14_a_forbidden_quoted_newline_costs_only_its_lines(shop: Shop) -> None:
    shop.take(csv_text([line(1), line(2, product_id='"9\n2"'), line(3)]))
    assert shop.numbers() == [1, 3]
    assert [row["line_number"] for row in shop.quarantined()] == [3, 4]


@pytest.mark.parametrize("extra", [",extra", ",", ",,", ", ", ',""'])
@pytest.mark.parametrize("note", ["", '"two, please"'])
def test_case_15_too_many_fields_cost_only_their_row(shop: Shop, note: str, extra: str) -> None:
    text = csv_text([line(1), line(2, note=note) + extra, line(3)])
    assert_only_refused(shop, text, "TOO_MANY_FIELDS", 3, [1, 3])


def test_case_16_too_few_fields_cost_only_their_row(shop: Shop) -> None:
    text = csv_text([line(1), "31198570044,2,9", line(3)])
    assert_only_refused(shop, text, "TOO_FEW_FIELDS", 3, [1, 3])


def test_case_16_a_file_cut_in_its_last_line_fails(shop: Shop) -> None:
    assert_refused(shop, csv_text([line(1), line(2)])[:-30], "TRUNCATED")


def test_case_16_a_missing_last_line_ending_is_a_warning(shop: Shop) -> None:
    landed = shop.take(csv_text(lines(1, 2))[:-1])
    assert shop.numbers() == [1, 2] and "no line ending" in landed.detail


def test_case_17_a_repeated_header_is_quarantined_as_such(shop: Shop) -> None:
    text = csv_text([*lines(1, 2), HEADER, *lines(3, 4)])
    row = assert_only_refused(shop, text, "REPEATED_HEADER", 4, [1, 2, 3, 4])
    assert row["severity"] == "info"


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_case_18_another_delimiter_refuses_the_file_and_is_named(
    shop: Shop, delimiter: str, word: str
) -> None:
    assert_refused(shop, csv_text(lines(1, 2)).replace(",", delimiter), "WRONG_DELIMITER", word)


def test_case_19_a_giant_line_is_quarantined_cut_and_hashed(shop: Shop) -> None:
    giant = line(2, note="x" * 5_000_000)
    row = assert_only_refused(shop, csv_text([line(1), giant, line(3)]), "LINE_TOO_LONG", 3, [1, 3])
    assert row["is_truncated"] and row["record"] == giant.encode()[:KEPT_BYTES]
    assert row["record_sha256"] == hashlib.sha256(giant.encode()).hexdigest()


def test_case_19_a_giant_quoted_line_is_not_joined(shop: Shop) -> None:
    shop.contracts = (contract({"note": {"allows_newline": True}}),)
    note = '"first\n' + "x" * 2_000_000 + '\nlast"'
    shop.take(csv_text([line(1), line(2, note=note), line(3)]))
    assert shop.numbers() == [1, 3]
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [
        ("UNBALANCED_QUOTE", 3),
        ("INSIDE_QUOTE", 4),
        ("INSIDE_QUOTE", 5),
    ]
    assert [row["is_truncated"] for row in shop.quarantined()] == [False, True, False]


def test_case_20_a_truncated_gzip_is_refused(shop: Shop) -> None:
    packed = gzip.compress(csv_text(lines(*range(1, 200))).encode())
    for cut in (len(packed) // 2, len(packed) - 4):
        name = f"lines_{cut}.csv.gz"
        shop.drop(name, packed[:cut])
        assert shop.land().files[0].detail.startswith("TRUNCATED_GZIP")
    assert shop.raw() == []


def test_case_21_a_checksum_finds_a_flipped_gzip_byte(shop: Shop) -> None:
    packed = bytearray(gzip.compress(csv_text(lines(*range(1, 200))).encode(), compresslevel=0))
    place = packed.index(b",1.50,", 2000)
    packed[place + 1] = ord("7")
    assert_refused(shop, bytes(packed), "BAD_GZIP", "checksum", name="lines_1.csv.gz")


def test_case_21_a_gzip_of_two_members_is_read(shop: Shop) -> None:
    first, second = csv_text(lines(1, 2)).encode(), (line(3) + "\n").encode()
    shop.take(gzip.compress(first) + gzip.compress(second) + b"\0" * 512, "lines_1.csv.gz")
    assert shop.numbers() == [1, 2, 3]


def test_case_22_a_zip_bomb_is_refused(shop: Shop) -> None:
    bomb = gzip.compress(b"0" * (300 << 20), compresslevel=9)
    assert len(bomb) < 1 << 20
    assert_refused(shop, bomb, "ZIP_BOMB", name="lines_1.csv.gz")


def test_case_22_a_bomb_writes_only_the_allowed_ratio(tmp_path: Path) -> None:
    source = tmp_path / "bomb.gz"
    source.write_bytes(gzip.compress(b"0" * (300 << 20), compresslevel=9))
    with pytest.raises(unpacking.FileRefused, match="ZIP_BOMB"):
        unpacking.unpack(source, tmp_path, "bomb.gz", "utf-8")
    assert (tmp_path / "unpacked").stat().st_size < 150 << 20


def test_case_22_a_file_over_the_size_cap_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAXIMUM_BYTES", 1 << 20)
    source = tmp_path / "large.gz"
    source.write_bytes(gzip.compress(random.Random(1).randbytes(2 << 20)))
    with pytest.raises(unpacking.FileRefused, match="TOO_LARGE"):
        unpacking.unpack(source, tmp_path, "large.gz", "utf-8")


@pytest.mark.parametrize("quantity", ["1.6", "0x1F", "1_000", "１２", "1e3", "1 2"])
def test_case_23_a_quantity_must_be_a_plain_integer(shop: Shop, quantity: str) -> None:
    assert_only_refused(shop, with_value("quantity", quantity), "BAD_INTEGER", 3, [1, 3])


def test_case_23_spaces_around_a_quantity_are_trimmed(shop: Shop) -> None:
    shop.take(with_value("quantity", " 12 "))
    assert [row["quantity"] for row in shop.raw()] == ["1", "12", "1"]


def test_case_23_full_width_digits_are_normalised_if_declared(shop: Shop) -> None:
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}),)
    shop.take(with_value("quantity", "１２"))
    assert [row["quantity"] for row in shop.raw()] == ["1", "12", "1"]


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("9.999", "BAD_DECIMAL"),
        ("1e3", "BAD_DECIMAL"),
        ("NaN", "BAD_DECIMAL"),
        ("99999999999.99", "OUT_OF_RANGE"),
        ('"9,99"', "BAD_DECIMAL"),
    ],
)
def test_case_24_money_is_never_rounded_or_guessed(shop: Shop, price: str, reason: str) -> None:
    assert_only_refused(shop, with_value("sales_value", price), reason, 3, [1, 3])


@pytest.mark.parametrize("column", ["quantity", "sales_value"])
def test_case_25_a_negative_value_needs_a_linked_return(shop: Shop, column: str) -> None:
    rows = [
        line(1),
        line(2, **{column: "-1"}),
        line(3, **{column: "-1", "returned_basket_id": "31198570001"}),
    ]
    assert_only_refused(shop, csv_text(rows), "OUT_OF_RANGE", 3, [1, 3])


def test_case_26_raw_keeps_offsets_and_business_dates_are_local(shop: Shop) -> None:
    shop.take(csv_text([line(1, sold_at="2017-01-01T23:30:00+00:00"), line(2)]))
    assert shop.raw()[0]["sold_at"] == "2017-01-01T23:30:00+00:00"
    (receipt,) = read_receipts(shop.home)
    assert (receipt.business_date_min, receipt.business_date_max) == ("2017-01-02", "2017-01-02")


def test_case_26_a_timestamp_without_required_offset_is_quarantined(shop: Shop) -> None:
    text = with_value("sold_at", "2017-01-02T18:30:00")
    assert_only_refused(shop, text, "BAD_TIMESTAMP", 3, [1, 3])


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("infinity", "BAD_TIMESTAMP"),
        ("2017-01-02T24:00:00+08:00", "BAD_TIMESTAMP"),
        ("0001-01-01T00:00:00+00:00", "OUT_OF_RANGE"),
        ("1970-01-01T00:00:00+00:00", "SENTINEL"),
        ("2999-01-01T00:00:00+00:00", "FUTURE"),
    ],
)
def test_case_27_moments_that_cannot_be_are_quarantined(shop: Shop, moment: str, reason: str) -> None:
    assert_only_refused(shop, with_value("sold_at", moment), reason, 3, [1, 3])


def test_case_28_one_declared_format_decides_between_days_and_months(shop: Shop) -> None:
    facts = {"time_format": "dd/MM/yyyy", "type": "date", "has_offset": False, "minimum": None}
    shop.contracts = (contract({"sold_at": {**facts, "sentinel_values": ()}}),)
    rows = [line(1, sold_at="31/12/2016"), line(2, sold_at="12/31/2016"), line(3, sold_at="01/02/2017")]
    assert_only_refused(shop, csv_text(rows), "BAD_DATE", 3, [1, 3])
    (receipt,) = read_receipts(shop.home)
    assert receipt.business_date_max == "2017-02-01"


def test_case_28_an_hour_that_summer_time_skips_is_quarantined(shop: Shop) -> None:
    local = {"time_format": "yyyy-MM-dd HH:mm:ss", "has_offset": False, "time_zone": "America/New_York"}
    shop.contracts = (contract({"sold_at": local}),)
    rows = [
        line(number, sold_at=f"2017-{moment}")
        for number, moment in enumerate(["03-12 01:59:59", "03-12 02:30:00", "11-05 01:30:00"], 1)
    ]
    assert_only_refused(shop, csv_text(rows), "DST_GAP", 3, [1, 3])


def test_case_29_the_same_content_lands_once_whatever_its_name(shop: Shop) -> None:
    text = csv_text(lines(1, 2))
    shop.take(text)
    again = shop.take(text)
    renamed = shop.take(text, "lines_copy.csv")
    assert (again.result, renamed.result) == ("duplicate", "duplicate")
    assert shop.numbers() == [1, 2]
    assert dropped_files(shop.home) == []


def test_case_30_a_known_name_with_new_content_lands_later(shop: Shop) -> None:
    shop.take(csv_text(lines(1, 2)))
    shop.take(csv_text(lines(1, 2, 3)))
    receipts = sorted(read_receipts(shop.home), key=lambda receipt: receipt.landed_sequence)
    assert [receipt.record_count for receipt in receipts] == [2, 3]
    assert len({receipt.file_name for receipt in receipts}) == 1


def test_case_31_one_key_with_different_amounts_is_a_conflict(shop: Shop) -> None:
    rows = [line(1), line(2), line(2, sales_value="9.99"), line(3)]
    shop.take(csv_text(rows))
    assert shop.numbers() == [1, 3]
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [
        ("CONFLICT", 3),
        ("CONFLICT", 4),
    ]


def test_case_31_the_only_row_that_adds_up_stays(shop: Shop) -> None:
    shop.contracts = (contract(adds_up="sales_value = quantity"),)
    right, wrong = line(2, quantity="2", sales_value="2.00"), line(2, quantity="2", sales_value="1.00")
    shop.take(csv_text([line(1), wrong, right, right, line(3)]))
    assert (shop.numbers(), shop.raw()[1]["sales_value"]) == ([1, 2, 3], "2.00")
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [
        ("CONFLICT", 3),
        ("DUPLICATE", 5),
    ]


@pytest.mark.parametrize("amounts", [("2.00", "3.00"), ("7.00", "8.00")])
def test_case_31_rows_wait_if_both_or_none_add_up(shop: Shop, amounts: tuple[str, str]) -> None:
    shop.contracts = (contract(adds_up="sales_value = quantity"),)
    rows = [line(2, quantity=str(2 + n), sales_value=amount) for n, amount in enumerate(amounts)]
    shop.take(csv_text([line(1), *rows]))
    assert (shop.numbers(), shop.reasons()) == ([1], ["CONFLICT", "CONFLICT"])


def test_case_31_the_first_of_identical_rows_stays(shop: Shop) -> None:
    row = assert_only_refused(
        shop, csv_text([line(1), line(2), line(2, sales_value=" 1.50"), line(3)]), "DUPLICATE", 4, [1, 2, 3]
    )
    assert row["severity"] == "info"


def test_case_31_without_a_key_identical_rows_are_events(shop: Shop) -> None:
    shop.contracts = (contract({"basket_id": {"is_key": False}, "line_number": {"is_key": False}}),)
    shop.take(csv_text([line(1), line(1)]))
    assert shop.numbers() == [1, 1]


HOSTILE = [
    '=HYPERLINK("http://x")',
    "'; DROP TABLE lines; --",
    "{{ jinja }}",
    "../../etc/passwd",
    "@SUM(1)",
    "$(rm)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_case_35_hostile_text_is_stored_and_escaped_on_export(
    shop: Shop, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.take(csv_text([line(1, note='"' + text.replace('"', '""') + '"')]))
    (row,) = shop.raw()
    assert row["note"] == text
    printing.write_csv(pa.table({"note": [row["note"]]}))
    exported = capsys.readouterr().out.splitlines()[1].strip('"')
    assert not exported.startswith(("=", "@"))


@pytest.mark.parametrize(
    "name",
    [
        "lines_'; DROP TABLE lines; --.csv",
        "lines_{{ jinja }}.csv",
        "lines_..%2f..%2fetc.csv",
        "lines_=HYPERLINK().csv",
        "lines_*[ab]?.csv",
        "lines_two\nnames.csv",
        "lines_" + "x" * 245 + ".csv",
    ],
)
def test_case_35_a_hostile_file_name_is_only_a_name(shop: Shop, name: str) -> None:
    shop.take(csv_text([line(1), line(2, quantity="x")]), name)
    (receipt,) = read_receipts(shop.home)
    assert receipt.file_name == name
    assert [row["file_name"] for row in shop.quarantined()] == [name]
    assert_refused(Shop(Home(shop.home.root / "other"), shop.parsers), "x\n", "HEADER_MISMATCH", name=name)
    (refused,) = (shop.home.root / "other").glob("quarantine/files/*/lines_*")
    assert refused.name == name

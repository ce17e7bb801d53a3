"""Refused rows and files land after their rule or row is corrected, and only once."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.shop.files import HEADER, LINES, Shop, contract, csv_text, line, lines

from shopkeeper.errors import UserError
from shopkeeper.landing import quarantine, read_receipts
from shopkeeper.landing.quarantine.replay import Replay, replay


def correct(folder: Path, rows: dict[int, str], name: str = "corrections.csv") -> Path:
    path = folder / name
    text = "".join(f"{number},{row}\n" for number, row in rows.items())
    path.write_text(f"line_number_of_file,{HEADER}\n".replace("line_number_of_file", "_line_number") + text)
    return path


def again(shop: Shop, batch_id: str, corrections: Path | None = None) -> Replay:
    return replay(shop.home, batch_id, corrections, shop.catalog)


def test_rows_replayed_after_a_rule_change_are_a_new_batch(shop: Shop) -> None:
    content = csv_text([line(1), line(2, quantity="１２"), line(3)])
    origin = shop.take(content).batch_id
    assert origin and again(shop, origin).still_refused == {"BAD_INTEGER": 1}
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}),)
    replayed = again(shop, origin[:10])
    assert (replayed.accepted_count, replayed.still_refused) == (1, {})
    assert [row["quantity"] for row in shop.raw()] == ["1", "1", "12"]
    assert shop.raw()[2]["_line_number"] == 3
    (receipt,) = (receipt for receipt in read_receipts(shop.home) if receipt.replay_of == origin)
    assert (receipt.batch_id, receipt.file_name) == (replayed.batch_id, "lines_1.csv")
    assert quarantine.refusals(shop.home) == []


def test_replaying_twice_changes_nothing(shop: Shop) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="１２"), line(3, quantity="x")])).batch_id
    shop.contracts = (contract({"quantity": {"normalizes_width": True}}),)
    assert origin and again(shop, origin).accepted_count == 1
    before = sorted(path.name for path in shop.home.root.rglob("*") if path.is_file())
    second = again(shop, origin)
    assert (second.batch_id, second.accepted_count, second.still_refused) == (None, 0, {"BAD_INTEGER": 1})
    assert sorted(path.name for path in shop.home.root.rglob("*") if path.is_file()) == before
    assert [entry.row_count for entry in quarantine.refusals(shop.home)] == [1]


def test_a_corrected_row_comes_in_with_the_line_it_had(shop: Shop, tmp_path: Path) -> None:
    rows = [line(1), line(2, note='"open'), line(3, sales_value="9.999")]
    origin = shop.take(csv_text(rows)).batch_id
    assert origin
    corrections = correct(tmp_path, {3: line(2, note="open"), 4: line(3, sales_value="10.00")})
    assert again(shop, origin, corrections).accepted_count == 2
    assert [(row["_line_number"], row["sales_value"]) for row in shop.raw()] == [
        (2, "1.50"),
        (3, "1.50"),
        (4, "10.00"),
    ]


def test_corrections_may_be_json_lines(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="x")])).batch_id
    path = tmp_path / "corrections.jsonl"
    path.write_text(
        '{"_line_number": 3, "basket_id": "31198570044", "line_number": 2, "product_id": "9", "quantity": 2, '
        '"sales_value": "3.10", "sold_at": "2017-01-02T18:30:00+08:00"}\n'
    )
    assert origin and again(shop, origin, path).accepted_count == 1
    assert shop.raw()[1]["sales_value"] == "3.10"


def test_a_correction_that_is_wrong_itself_leaves_its_row_open(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="x")])).batch_id
    assert origin
    replayed = again(shop, origin, correct(tmp_path, {3: line(2, quantity="1.6")}))
    assert (replayed.batch_id, replayed.still_refused) == (None, {"BAD_INTEGER": 1})


def test_both_rows_of_a_conflict_land_once_they_differ(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(1), line(2), line(2, sales_value="9.99")])).batch_id
    assert origin and again(shop, origin).still_refused == {"CONFLICT": 2}
    assert again(shop, origin, correct(tmp_path, {4: line(3, sales_value="9.99")})).accepted_count == 2
    assert shop.numbers() == [1, 2, 3]


def test_a_replayed_row_cannot_replace_an_accepted_one(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(9, quantity="x"), line(1), line(2)])).batch_id
    assert origin
    copy = again(shop, origin, correct(tmp_path, {2: line(1)}))
    rival = again(shop, origin, correct(tmp_path, {2: line(1, sales_value="7.77")}))
    assert (copy.still_refused, rival.still_refused) == ({"DUPLICATE": 1}, {"CONFLICT": 1})
    assert shop.numbers() == [1, 2]


def test_a_refused_file_lands_once_its_contract_allows_it(shop: Shop) -> None:
    content = csv_text([row + ",x" for row in lines(1, 2)], header=HEADER + ",cashier")
    origin = shop.take(content).batch_id
    (entry,) = quarantine.refusals(shop.home)
    assert (entry.is_whole_file, entry.reasons) == (True, {"UNKNOWN_COLUMN": 1})
    assert origin and again(shop, origin).still_refused == {"UNKNOWN_COLUMN": 1}
    cashier = replace(LINES.columns[2], name="cashier", is_required=False)
    shop.contracts = (replace(LINES, columns=(*LINES.columns, cashier)),)
    assert again(shop, origin).batch_id == origin
    assert shop.numbers() == [1, 2]
    assert quarantine.refusals(shop.home) == []
    assert again(shop, origin).detail == "nothing of it is open"


def test_a_replayed_file_is_taken_back_and_replayed_again(shop: Shop) -> None:
    origin = shop.take(csv_text([row + ",x" for row in lines(1, 2)], header=HEADER + ",cashier")).batch_id
    (entry,) = quarantine.refusals(shop.home)
    cashier = replace(LINES.columns[2], name="cashier", is_required=False)
    shop.contracts = (replace(LINES, columns=(*LINES.columns, cashier)),)
    assert origin and again(shop, origin).batch_id == origin
    assert quarantine.take_back(shop.home, origin[:12], "cashiers are persons") == origin
    assert quarantine.refusals(shop.home) == [entry]
    assert quarantine.inspect(shop.home, entry.key).is_open
    assert again(shop, origin) == Replay(origin, origin, 2, {})
    assert quarantine.refusals(shop.home) == []
    assert quarantine.read_taken_back(shop.home) == {}


def test_a_row_cut_by_the_quarantine_needs_a_correction(shop: Shop, tmp_path: Path) -> None:
    origin = shop.take(csv_text([line(1), line(2, note="x" * 2_000_000)])).batch_id
    assert origin and again(shop, origin).still_refused == {"TRUNCATED_RECORD": 1}
    assert again(shop, origin, correct(tmp_path, {3: line(2, note="short")})).accepted_count == 1


def test_copies_and_repeated_headers_are_not_open(shop: Shop) -> None:
    shop.take(csv_text([line(1), HEADER, line(2), line(2)]))
    assert sorted(shop.reasons()) == ["DUPLICATE", "REPEATED_HEADER"]
    assert quarantine.refusals(shop.home) == []


@pytest.mark.parametrize(
    ("corrections", "words"),
    [
        ("_line_number,cashier\n3,1\n", "its columns must be"),
        (f"_line_number,{HEADER}\n9,{line(2)}\n", "line 9"),
        (f"_line_number,{HEADER}\n3,{line(2)}\n3,{line(2)}\n", "occurs twice"),
        (f"_line_number,{HEADER}\nx,{line(2)}\n", "is not a number"),
        (f'_line_number,{HEADER}\n3,"{line(2)}\n', "cannot read"),
        ("", "its columns must be"),
    ],
)
def test_corrections_that_do_not_fit_are_one_line(
    shop: Shop, tmp_path: Path, corrections: str, words: str
) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="x")])).batch_id
    path = tmp_path / "corrections.csv"
    path.write_text(corrections)
    with pytest.raises(UserError, match=words) as error:
        again(shop, str(origin), path)
    assert "\n" not in str(error.value)


def test_an_unknown_batch_is_one_line_with_the_cure(shop: Shop) -> None:
    with pytest.raises(UserError, match="quarantine list"):
        again(shop, "abc")


def test_personal_values_are_masked_when_shown_not_when_stored(shop: Shop) -> None:
    origin = shop.take(csv_text([line(1), line(2, quantity="x"), "31198570044,2,9"])).batch_id
    rows = quarantine.show(shop.home, str(origin))
    assert rows["record"].to_pylist()[0].startswith(b"31198570044")
    shown = quarantine.masked(shop.home, rows, LINES)["record"].to_pylist()
    assert shown[0].startswith("***,2,***,***,1.50,") and shown[1] == "***"  # a product may be any text
    assert "31198570044" not in str(quarantine.masked(shop.home, rows, LINES)["detail"].to_pylist())


def test_a_refused_file_is_shown_by_its_reason(shop: Shop) -> None:
    origin = shop.take("x\n1\n").batch_id
    (shown,) = quarantine.show(shop.home, str(origin)).to_pylist()
    assert shown["reason"] == "HEADER_MISMATCH"

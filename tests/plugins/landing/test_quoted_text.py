"""A quoted text over several lines is one record or none, and never lends a line of its own to raw."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.landing.test_mutations import assert_outside_quotes
from tests.shop.files import HEADER, Shop, contract, csv_text, line, lines

from shopkeeper.landing.quarantine.replay import replay
from shopkeeper.landing.reading import spanning
from shopkeeper.landing.reading.csv_files import read_carefully
from shopkeeper.landing.reading.lines import read_lines
from shopkeeper.landing.reading.records import Dialect, read_entries
from shopkeeper.landing.reading.spanning import Quotes
from shopkeeper.landing.reading.unpacking import Text

CLOSING = spanning._CLOSING
NAMES = tuple(HEADER.split(","))
WITH_NEWLINES = contract({"note": {"allows_newline": True}}, maximum_refused_rate=1.0)
ORDER = line(77, sales_value="500.00", note="two mugs")
"""A line of a customer's note that would be a sound record of its own."""


def read(content: bytes, spanning: bool = True) -> tuple[list[int], list[tuple[int, str]]]:
    """Return on which lines records begin that are sound, and which lines are refused why."""
    figures = tuple(contract().column(name).type != "text" for name in NAMES)
    dialect = Dialect(NAMES, ",", "utf-8", tuple(spanning and name == "note" for name in NAMES), figures)
    physical = read_lines(io.BytesIO(content))
    next(physical)
    entries = list(read_entries(physical, dialect, Quotes(content, b",")))
    sound = [entry.line.number for entry in entries if entry.refusal is None]
    return sound, [(e.refusal.line_number, e.refusal.reason) for e in entries if e.refusal is not None]


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.contracts = (WITH_NEWLINES,)
    return shop


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "note",
    [
        '<p class="big">\n<b>Mug</b>\n</p>',
        '12" plate\ndishwasher safe',
        '"\n"',
        '""\n""\n""',
        'she said "yes"\n\nand "thanks"',
        "one\n" * 150,
        f"gift list\n{ORDER}\nthank you",
        "a, b, c, d, e, f, g, h\na, b, c, d, e, f, g, h\n1, 2, 3, 4, 5, 6, see",
        f"{ORDER}\n{ORDER}\n",
    ],
)
def test_a_quoted_text_of_several_lines_is_one_record(shop: Shop, note: str, newline: str) -> None:
    quoted = '"' + note.replace('"', '""').replace("\n", newline) + '"'
    landed = shop.take(csv_text([line(1), line(2, note=quoted), line(3)], newline=newline))
    assert (landed.accepted_count, landed.quarantined_count) == (3, 0), landed.detail
    assert shop.raw()[1]["note"] == note.replace("\n", newline)
    assert shop.numbers() == [1, 2, 3]


notes = st.text(st.sampled_from('ab"\n, ;'), max_size=30)


@settings(deadline=None, max_examples=300)
@given(st.lists(notes, min_size=1, max_size=8))
def test_csv_written_over_lines_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, written: list[str]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [[*line(number).split(",")[:6], note, ""] for number, note in enumerate(written, 1)]
    writer.writerows([NAMES, *rows])
    folder = tmp_path_factory.mktemp("notes")
    (folder / "text").write_text(text.getvalue())
    read_carefully(Text(folder / "text", "utf-8"), NAMES, WITH_NEWLINES, ",", folder / "rows.parquet")
    found = pq.read_table(folder / "rows.parquet").to_pylist()
    assert {(row["line_number"], row["note"]) for row in found} <= {
        (str(number), note or None) for number, note in enumerate(written, 1)
    }
    assert len(found) == len(rows), "eight fields a record leave no second reading in such notes"


PIECES = ['"', '""', ",", "\n", "\r\n", "x", "1", " ", "x,1", "x,1\n", '"x', 'x"']


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join), st.booleans())
def test_however_quotes_stand_no_line_inside_one_is_a_row(body: str, spanning: bool) -> None:
    content = f"a,b\n{body}".encode()
    physical = read_lines(io.BytesIO(content))
    next(physical)
    dialect = Dialect(("a", "b"), ",", "utf-8", (True, spanning), (False, True))
    entries = list(read_entries(physical, dialect, Quotes(content, b",")))
    covered = [n for e in entries for n in range(e.line.number, e.line.number + e.line_count)]
    starts = [entry.line.number for entry in entries if entry.refusal is None]
    sound = {n for e in entries if not e.refusal for n in range(e.line.number, e.line.number + e.line_count)}
    texts = [text.removesuffix(b"\r") for text in content.split(b"\n")]
    assert len(covered) == len(set(covered))
    assert {number for number, text in enumerate(texts, 1) if text.strip(b", \t")} <= {1, *covered}
    assert_outside_quotes(texts, starts, sound - set(starts))


@pytest.mark.parametrize("spanning", [True, False])
@pytest.mark.parametrize(
    "first",
    [
        line(1, note='"gift list'),
        line(1, sales_value="x", note='"gift list').removesuffix(","),
        line(1, product_id='9" plate', note='"gift list'),
        line(1, note='"gift \0 list'),
        "1," + line(1, note='"gift list'),
    ],
)
@pytest.mark.parametrize("last", ['thank you",', 'thank you" ,', 'thank you"', 'thank \xff you",'])
def test_a_line_inside_a_closed_quote_is_never_a_row(first: str, last: str, spanning: bool) -> None:
    content = csv_text([first, ORDER, "", ORDER, last, line(2)]).encode("latin-1")
    sound, refused = read(content, spanning)
    assert sound in ([7], [2, 7])
    assert sound == [2, 7] or [number for number, _ in refused] == [2, 3, 5, 6]


@pytest.mark.parametrize("spanning", [True, False])
@pytest.mark.parametrize("end", ["", '12" pan', '"', '""'])
def test_a_quote_that_never_closes_costs_its_own_line(end: str, spanning: bool) -> None:
    rows = [line(1, note='"3 for 2'), *lines(2, 3), line(4, note=f'"{end.replace(chr(34), 2 * chr(34))}"')]
    assert read(csv_text(rows).encode(), spanning) == ([3, 4, 5], [(2, "UNBALANCED_QUOTE")])


@pytest.mark.parametrize("inner", ["x" * 600_000, "x" * 1_100_000, f"{ORDER}\n" * 20_000])
def test_an_order_inside_a_text_too_long_is_no_row(inner: str) -> None:
    rows = [line(1, note='"' + "x" * 600_000), ORDER, *inner.split("\n"), ORDER, 'thanks",', line(2)]
    sound, refused = read(csv_text(rows).encode())
    assert sound == [len(inner.split("\n")) + 6]
    assert refused[0] == (2, "UNBALANCED_QUOTE")
    assert {reason for _, reason in refused[1:]} == {"INSIDE_QUOTE"}


def test_a_closing_quote_that_may_open_keeps_more_lines_out() -> None:
    rows = [line(1, quantity='"2"'), line(2), line(3, note="tea").removesuffix(",") + ',"', ORDER, '15" ,']
    sound, refused = read(csv_text([rows[0].replace('"2"', '"2""'), *rows[1:], line(6)]).encode())
    assert sound == [7]
    assert [reason for _, reason in refused] == ["UNBALANCED_QUOTE", *["INSIDE_QUOTE"] * 4]


def test_ambiguous_quotes_keep_the_lines_between_out(shop: Shop) -> None:
    rows = [line(1), line(2, note='"TV'), *lines(3, 4), line(5, note='42"'), line(6)]
    landed = shop.take(csv_text(rows))
    assert shop.numbers() == [1, 6]
    assert [(row["line_number"], row["reason"]) for row in shop.quarantined()] == [
        (3, "UNBALANCED_QUOTE"),
        *((number, "INSIDE_QUOTE") for number in (4, 5, 6)),
    ]
    assert landed.batch_id and replay(shop.home, landed.batch_id, None, shop.catalog).accepted_count == 0


def test_a_person_can_confirm_that_a_line_is_a_record(shop: Shop, tmp_path: Path) -> None:
    rows = [line(1), line(2, note='"TV'), line(3), line(5, note='42"'), line(6)]
    landed = shop.take(csv_text(rows))
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"_line_number,{HEADER}\n4,{line(3)}\n")
    assert landed.batch_id
    assert replay(shop.home, landed.batch_id, corrections, shop.catalog).accepted_count == 1
    assert sorted(shop.numbers()) == [1, 3, 6]


@pytest.mark.parametrize("text", ['"', '""', 'x,"', '","x","', ',"a""', '"""', '"" "'])
def test_each_byte_is_read_a_few_times_for_any_quotes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Counter()

    class Closing:
        def match(self, content: bytes, place: int) -> re.Match[bytes] | None:
            found = CLOSING.match(content, place)
            looked["bytes"] += (found.end() if found else len(content)) - place
            return found

    monkeypatch.setattr(spanning, "_CLOSING", Closing())
    content = csv_text([line(1, note='"gift'), *[text] * 20_000]).encode()
    read(content)
    assert looked["bytes"] < 3 * len(content)


def test_a_field_of_nothing_but_quotes_is_split_in_time() -> None:
    content = csv_text([line(1, note='"' + '""' * 500_000), line(2, note='"' + '""' * 400_000 + '"')])
    assert read(content.encode()) == ([3], [(2, "UNBALANCED_QUOTE")])

"""Law: text in a declared format is read as the number that was written; other text is refused."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.contracts.asking import CONNECTION, column, faults_of, judge, value_of

from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.number_formats import number_format
from shopkeeper.contracts.spark_casts import spark_cast_sql

LAW = settings(deadline=None, max_examples=40)
GROUPS = st.sampled_from(["", ",", ".", "'", " ", "\u00a0", "\u202f"])
WORDS = st.sampled_from(["", "￥", "$", "Rs. ", "EUR "])
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
SIGNS = st.sampled_from([("-", ""), ("(", ")"), ("", "-"), ("−", ""), ("▲", "")])


def money(declared: str) -> Column:
    return column(type="decimal", precision=18, scale=2, number_format=declared)


def grouped(digits: str, group: str) -> str:
    if not group:
        return digits
    start = len(digits) % 3
    threes = [digits[at : at + 3] for at in range(start, len(digits), 3)]
    return group.join([digits[:start], *threes] if start else threes)


@st.composite
def formats(draw: st.DrawFn) -> tuple[str, str, str, str, str, str]:
    """Return a declared format, and the words, signs, group and point that it is made of."""
    group, word, (before, after) = draw(GROUPS), draw(WORDS), draw(SIGNS)
    point = draw(st.sampled_from([each for each in ".," if each != group]))
    digits = f"#{group}##0{point}00" if group else f"0{point}00"
    declared = f"{word}{digits};{before}{word}{digits}{after}"
    return declared, word, before, after, group, point


def written(amount: Decimal, drawn: tuple[str, str, str, str, str, str]) -> str:
    _, word, before, after, group, point = drawn
    whole, fraction = f"{abs(amount):.2f}".split(".")
    text = f"{word}{grouped(whole, group)}{point}{fraction}"
    return f"{before}{text}{after}" if amount < 0 else text


def amount_said(text: str, drawn: tuple[str, str, str, str, str, str]) -> Decimal | None:
    _, word, before, after, group, point = drawn
    for sign, (start, end) in {1: (word, ""), -1: (before + word, after)}.items():
        found = re.fullmatch(f"{re.escape(start)}(.*)[{point}]([0-9][0-9]){re.escape(end)}", text)
        digits = found[1].replace(group, "") if found else ""
        if (
            found
            and digits.isascii()
            and digits.isdigit()
            and (not group or grouped(digits, group) == found[1])
        ):
            return sign * Decimal(f"{digits}.{found[2]}")
    return None


@given(formats(), st.lists(AMOUNTS, min_size=1, max_size=20))
@LAW
def test_text_written_in_a_format_is_read_back(drawn, amounts: list[Decimal]) -> None:
    texts = [written(amount, drawn) for amount in amounts]
    assert judge(money(drawn[0]), texts) == [(None, amount) for amount in amounts]


@given(formats(), st.lists(st.tuples(AMOUNTS, st.text("0123456789.,-()￥ x", max_size=9)), max_size=20))
@LAW
def test_what_is_not_in_the_format_is_no_value(drawn, given_: list[tuple[Decimal, str]]) -> None:
    texts = [text for amount, other in given_ for text in (other, written(amount, drawn) + other)]
    for text, (fault, value) in zip(texts, judge(money(drawn[0]), texts) if texts else [], strict=True):
        said = text.strip(" \t")
        amount = amount_said(said, drawn)
        assert (fault is None) == (not said or amount is not None), text
        assert value == amount, text


@given(formats(), st.lists(AMOUNTS, min_size=1, max_size=20))
@LAW
def test_spark_reads_the_same_amounts(drawn, amounts: list[Decimal]) -> None:
    texts = [written(amount, drawn) for amount in amounts]
    spark = spark_cast_sql(money(drawn[0]), "t").replace("\\'", "''")  # DuckDB knows the rest of its words
    read = CONNECTION.execute(f"select {spark} from (select unnest($1::varchar[]) as t)", [texts])
    assert [value for (value,) in read.fetchall()] == amounts


@pytest.mark.parametrize(
    ("declared", "text", "amount"),
    [
        ("#.##0,00", "1.234,56", "1234.56"),
        ("0.00;(0.00)", "(5.00)", "-5.00"),
        ("￥0", "￥12", "12.00"),
        ("￥#,##0.##;￥-#,##0.##", "￥-1,234.5", "-1234.50"),
        ("#'##0.00", "-1'000.00", "-1000.00"),
        ("0,00 €", "12,90 €", "12.90"),
    ],
)
def test_an_amount_is_read_as_its_shop_writes_it(declared: str, text: str, amount: str) -> None:
    assert value_of(money(declared), text) == Decimal(amount)


def test_where_nothing_is_written_there_is_no_value() -> None:
    moment = {"type": "timestamp", "minimum": "2000-01-01", "has_offset": True}
    asked = [
        money("#.##0,00;(#.##0,00)"),
        column(time_format="yyyy-MM-dd HH:mm:ss XX", **moment),
        column(time_format="M/d/yy h:mm a XX", **moment),
    ]
    assert [judge(each, [None, "", " "]) for each in asked] == [[(None, None)] * 3] * 3


def test_a_group_that_lacks_a_digit_is_no_amount() -> None:
    assert faults_of(money("#.##0,00"), "12.34,56", "1234,56", "1.234.56", "1,234.56", "1.234,5") == [
        *["BAD_DECIMAL"] * 5
    ]


def test_a_count_and_a_measure_have_formats_too() -> None:
    assert value_of(column(type="integer", number_format="#,##0"), "12,000") == 12_000
    assert faults_of(column(type="integer", number_format="#,##0"), "12000", "1,2") == ["BAD_INTEGER"] * 2
    assert value_of(column(type="double", number_format="0,0##"), "3,125") == 3.125


def test_a_range_applies_to_numbers_not_their_text() -> None:
    priced = column(
        type="decimal", precision=9, scale=2, number_format="#.##0,00", minimum="0", maximum="1000"
    )
    assert faults_of(priced, "1.000,00", "1.000,01", "-1,00") == [None, "OUT_OF_RANGE", "OUT_OF_RANGE"]


@pytest.mark.parametrize(
    "declared",
    ["", "0,00,0", "#.##0.00", "0%", "-0", "(0)", "0;0", "0.00;(0.0)", "##.0", "#x##0", "0.00;1 0.00-", "€"],
)
def test_a_format_with_two_readings_is_refused(declared: str) -> None:
    with pytest.raises(ValueError, match="number format"):
        number_format(declared)


FIRST, LAST = datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2099-12-30")
OFFSETS = st.sampled_from([0, 60, 120, 330, 345, 480, 840, -210, -300, -840])


@given(
    st.lists(
        st.tuples(st.datetimes(FIRST, LAST), OFFSETS),
        min_size=1,
        max_size=20,
    )
)
@LAW
def test_an_offset_without_a_colon_moves_the_instant_to_utc(given_: list[tuple[datetime, int]]) -> None:
    paid_at = column(
        type="timestamp",
        has_offset=True,
        time_format="yyyy-MM-dd HH:mm:ss XX",
        minimum="2000-01-01",
        may_be_future=True,
    )
    moments = [
        moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset))) for moment, offset in given_
    ]
    expected = [(None, moment.astimezone(UTC).replace(tzinfo=None)) for moment in moments]
    assert judge(paid_at, [f"{moment:%Y-%m-%d %H:%M:%S %z}" for moment in moments]) == expected


@given(st.lists(st.datetimes(FIRST, LAST), min_size=1, max_size=20))
@LAW
def test_a_year_of_two_digits_is_one_of_this_century(moments: list[datetime]) -> None:
    seen_at = column(type="timestamp", time_format="M/d/yy h:mm a", minimum="2000-01-01", may_be_future=True)
    whole = [moment.replace(second=0, microsecond=0) for moment in moments]
    texts = [f"{m.month}/{m.day}/{m:%y} {m.hour % 12 or 12}:{m:%M} {m:%p}" for m in whole]
    assert judge(seen_at, texts) == [(None, moment) for moment in whole]
    assert (
        faults_of(seen_at, "1/3/2024 2:05 PM", "31/12/17 2:05 PM", "1/3/4 2:05 PM") == ["BAD_TIMESTAMP"] * 3
    )

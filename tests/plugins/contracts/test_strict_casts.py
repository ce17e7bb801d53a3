"""What a till, a web shop or a spreadsheet may write, and what must never become a number or a date."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import available_timezones

import pytest
from tests.plugins.contracts.asking import CONNECTION, column, faults_of, judge, value_of

from shopkeeper.contracts.casts import cast_sql, is_fold_sql, local_date_sql, offset_sql
from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.time_formats import time_format

QUANTITY = column(type="integer", is_required=True, minimum="0", maximum="1000000")
PRICE = column(type="decimal", precision=18, scale=2, minimum="0", maximum="100000")
PAID_AT = column(
    type="timestamp",
    has_offset=True,
    time_format="yyyy-MM-dd'T'HH:mm:ssXXX",
    time_zone="Asia/Shanghai",
    minimum="2000-01-01T00:00:00Z",
    sentinel_values=("1900-01-01", "1970-01-01", "9999-12-31"),
)
IN_NEW_YORK = column(
    type="timestamp",
    time_format="MM/dd/yyyy HH:mm:ss",
    time_zone="America/New_York",
    minimum="2000-01-01T00:00:00Z",
)


def test_a_quantity_is_never_rounded_nor_read_as_hex() -> None:
    assert (
        faults_of(QUANTITY, "1.6", "0x1F", "1_000", "1e3", "１２", "12 pieces", "--1") == ["BAD_INTEGER"] * 7
    )


def test_only_spaces_around_a_quantity_are_forgiven() -> None:
    assert value_of(QUANTITY, " 12\t") == 12
    assert faults_of(QUANTITY, "1 2", "\u00a012", "12\n", "12\x00") == [*["BAD_INTEGER"] * 3, "NUL_BYTE"]


def test_full_width_digits_count_where_the_contract_says_so() -> None:
    keyed_in_chinese = column(type="integer", minimum="0", normalizes_width=True)
    assert value_of(keyed_in_chinese, "\u3000１２") == 12


def test_money_is_never_rounded() -> None:
    assert faults_of(PRICE, "9.999", "1e3", "NaN", "9,99", ".5", "5.", "$5", "inf") == ["BAD_DECIMAL"] * 8
    assert value_of(PRICE, "9.9") == Decimal("9.90")


def test_a_price_beyond_its_range_is_refused() -> None:
    assert faults_of(PRICE, "99999999999.99", "100000.01", "9" * 40) == ["OUT_OF_RANGE"] * 3


def test_a_negative_amount_needs_a_return_that_names_its_basket() -> None:
    refundable = column(
        type="decimal", precision=18, scale=2, minimum="0", maximum="50", is_negative_in_returns=True
    )
    assert faults_of(refundable, "-9.99", returned=None) == ["OUT_OF_RANGE"]
    assert faults_of(refundable, "-9.99", returned="31198570044") == [None]
    assert faults_of(refundable, "-50.01", returned="31198570044") == ["OUT_OF_RANGE"]
    assert faults_of(PRICE, "-9.99", returned="31198570044") == ["OUT_OF_RANGE"]


def test_an_offset_moves_the_instant_to_utc_and_stays_readable() -> None:
    assert value_of(PAID_AT, "2017-01-01T06:53:26+08:00") == datetime.fromisoformat("2016-12-31T22:53:26")
    asked = f"select {offset_sql(PAID_AT, 't')} from (values ('2017-01-01T06:53:26+08:00'), ('2017-01-01T06:53:26Z')) v(t)"
    assert CONNECTION.execute(asked).fetchall() == [("+08:00",), ("+00:00",)]


def test_the_business_date_is_in_the_shops_time_zone() -> None:
    asked = f"select {local_date_sql(PAID_AT, 't')} from (values ('2017-01-01T20:00:00Z')) v(t)"
    assert CONNECTION.execute(asked).fetchall() == [(date(2017, 1, 2),)]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("infinity", "BAD_TIMESTAMP"),
        ("2017-01-01T24:00:00Z", "BAD_TIMESTAMP"),
        ("2017-02-30T00:00:00Z", "BAD_TIMESTAMP"),
        ("2017-01-01T06:53:60Z", "BAD_TIMESTAMP"),
        ("2017-01-01", "BAD_TIMESTAMP"),
        ("2017-01-01T06:53:26", "BAD_TIMESTAMP"),
        ("2017-01-01 06:53:26+08:00", "BAD_TIMESTAMP"),
        ("2017-01-01T06:53:26+15:00", "BAD_TIMESTAMP"),
        ("0001-01-01T00:00:00Z", "OUT_OF_RANGE"),
        ("1970-01-01T00:00:00+08:00", "SENTINEL"),
        ("9999-12-31T23:59:59Z", "SENTINEL"),
        ("2018-01-03T08:30:00Z", None),
        ("2018-01-03T08:30:01Z", "FUTURE"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_by_name(written: str, fault: str | None) -> None:
    assert faults_of(PAID_AT, written) == [fault]


def test_only_the_declared_order_of_day_and_month_is_read() -> None:
    assert value_of(IN_NEW_YORK, "12/31/2017 10:00:00") == datetime.fromisoformat("2017-12-31T15:00:00")
    assert faults_of(IN_NEW_YORK, "31/12/2017 10:00:00", "2017-12-31 10:00:00") == ["BAD_TIMESTAMP"] * 2


def test_a_skipped_hour_is_refused_and_a_repeated_one_known() -> None:
    assert faults_of(IN_NEW_YORK, "03/12/2017 02:30:00") == ["DST_GAP"]
    assert value_of(IN_NEW_YORK, "11/05/2017 01:30:00") == datetime.fromisoformat("2017-11-05T06:30:00")
    hours = "(values ('11/05/2017 00:30:00'), ('11/05/2017 01:30:00'), ('11/05/2017 02:30:00')) v(t)"
    folds = CONNECTION.execute(f"select {is_fold_sql(IN_NEW_YORK, 't')} from {hours}").fetchall()
    assert folds == [(False,), (True,), (False,)]


OPENED_AT = column(
    type="timestamp",
    time_format="M/d/yyyy h:mm a",
    time_zone="America/New_York",
    minimum="2000-01-01T00:00:00Z",
)


@pytest.mark.parametrize(
    ("written", "in_utc"),
    [
        ("3/1/2024 2:13 PM", "2024-03-01T19:13:00"),
        ("03/01/2024 02:13 pm", "2024-03-01T19:13:00"),
        ("3/1/2024 12:00 AM", "2024-03-01T05:00:00"),
        ("3/1/2024 12:00 PM", "2024-03-01T17:00:00"),
        ("12/31/2016 11:59 PM", "2017-01-01T04:59:00"),
    ],
)
def test_a_twelve_hour_clock_needs_its_half_of_day(written: str, in_utc: str) -> None:
    opened_at = replace(OPENED_AT, may_be_future=True)
    assert value_of(opened_at, written) == datetime.fromisoformat(in_utc)


def test_an_hour_beyond_a_twelve_hour_clock_is_refused() -> None:
    wrong = [
        "3/1/2017 14:13 PM",
        "3/1/2017 0:13 AM",
        "3/1/2017 2:13",
        "13/1/2017 2:13 PM",
        "3/1/2017 2:13 XM",
    ]
    assert faults_of(OPENED_AT, *wrong) == ["BAD_TIMESTAMP"] * 5


MIDNIGHT_GAPS = [
    ("America/Sao_Paulo", "2017-10-15"),
    ("Africa/Cairo", "2010-04-30"),
    ("Asia/Beirut", "2017-03-26"),
    ("America/Santiago", "2016-08-14"),
    ("America/Havana", "2017-03-12"),
    ("Asia/Tehran", "2017-03-22"),
    ("Asia/Amman", "2017-03-31"),
    ("Pacific/Apia", "2011-12-30"),
]


@pytest.mark.parametrize(("zone", "day"), MIDNIGHT_GAPS)
def test_a_plain_date_stands_where_summer_time_begins_at_midnight(zone: str, day: str) -> None:
    born = column(type="date", time_zone=zone, minimum="1900-01-01", time_format="dd/MM/yyyy")
    (year, month, number) = day.split("-")
    assert value_of(born, f"{number}/{month}/{year}") == date.fromisoformat(day)
    opened = column(type="timestamp", time_zone=zone, minimum="1900-01-01T00:00:00Z")
    assert faults_of(opened, f"{day}T00:00:00") == ["DST_GAP"]
    without_clock = replace(opened, time_format="yyyy-MM-dd")
    assert faults_of(without_clock, day) == [None]


@pytest.mark.slow
def test_every_zone_has_all_its_dates() -> None:
    zones = CONNECTION.execute("select name from pg_timezone_names()").fetchall()
    skipped = CONNECTION.execute(
        """
        with weeks as (
            select zone, week, timezone(zone, timezone('UTC', week)) - week as utc_offset
            from unnest($1::varchar[]) as zones(zone),
                generate_series(timestamp '1989-12-25', timestamp '2017-12-31', interval 7 days) as weeks(week)
        ),
        changing as (
            select zone, week from weeks
            qualify utc_offset <> lead(utc_offset) over (partition by zone order by week)
        )
        select distinct zone, cast(day as date)::varchar
        from changing, generate_series(week - interval 1 day, week + interval 8 days, interval 1 day) as days(day)
        where timezone(zone, timezone(zone, day)) <> day
        """,
        [[zone for (zone,) in zones if zone in available_timezones()]],
    ).fetchall()
    assert len({zone for zone, _ in skipped}) > 50
    days_of: dict[str, list[str]] = defaultdict(list)
    for zone, day in skipped:
        days_of[zone].append(day)
    for zone, days in days_of.items():
        day_of = column(type="date", time_zone=zone, minimum="1900-01-01")
        assert judge(day_of, days) == [(None, date.fromisoformat(day)) for day in days], zone


def test_what_is_declared_a_null_marker_is_no_value() -> None:
    age = column(type="integer", minimum="0", null_markers=(r"\N", "NULL", "-"))
    assert judge(age, [r"\N", " NULL ", "-", "", "31"]) == [(None, None)] * 4 + [(None, 31)]
    assert faults_of(age, "null", "--", "N") == ["BAD_INTEGER"] * 3
    assert faults_of(replace(age, is_required=True), r"\N", "31") == ["MISSING", None]


def test_a_null_marker_is_met_before_pattern_length_and_sentinel() -> None:
    phone = column(pattern="[0-9]+", max_length=3, sentinel_values=("000",), null_markers=("000", "unknown"))
    assert faults_of(phone, "000", "unknown", "555", "0000") == [None, None, None, "TOO_LONG"]


def test_a_null_marker_is_cleaned_as_its_column_is() -> None:
    wide = column(type="integer", normalizes_width=True, null_markers=("－",))
    assert judge(wide, ["－", "-", "１"]) == [(None, None), (None, None), (None, 1)]
    spaced = column(keeps_spaces=True, null_markers=("-",))
    assert judge(spaced, ["-", " -"]) == [(None, None), (None, " -")]


def test_text_landed_before_its_null_marker_is_null() -> None:
    marked = column(type="date", minimum="1900-01-01", null_markers=("1900-01-01",))
    texts = "(values ('1900-01-01'), ('2017-01-02')) landed(t)"
    asked = f"select {cast_sql(marked, 't')}, {local_date_sql(marked, 't')} from {texts}"
    assert CONNECTION.execute(asked).fetchall() == [(None, None), (date(2017, 1, 2), date(2017, 1, 2))]


def test_a_promised_future_is_no_fault() -> None:
    ends = column(type="date", minimum="2000-01-01", may_be_future=True)
    assert faults_of(ends, "2031-12-31") == [None]
    assert faults_of(column(type="date", minimum="2000-01-01"), "2018-01-03", "2018-01-04") == [
        None,
        "FUTURE",
    ]


def test_a_text_keeps_its_promise_on_length_lines_and_values() -> None:
    name = column(max_length=4)
    assert faults_of(name, "牛奶一升", "牛奶一升半", "a\nb", "a\x00b", None) == [
        *[None, "TOO_LONG", "LINE_BREAK", "NUL_BYTE", None]
    ]
    assert faults_of(column(allowed_values=("National", "Private")), "Private", "private") == [
        None,
        "NOT_ALLOWED",
    ]
    assert faults_of(column(pattern="[0-9]{1,11}"), "31198570044", "x1", "1\n") == [
        *[None, "BAD_PATTERN", "LINE_BREAK"]
    ]


def test_a_review_may_have_lines_but_no_lone_carriage_return() -> None:
    review = column(allows_newline=True)
    assert faults_of(review, "good\nbut late", "good\r\nbut late", "good\rbut late", "good\r") == [
        *[None, None, "LINE_BREAK", "LINE_BREAK"]
    ]


def test_an_empty_value_is_missing_only_where_it_is_required() -> None:
    assert judge(QUANTITY, ["", "  ", None]) == [("MISSING", None)] * 3
    assert judge(PRICE, ["", "  ", None]) == [(None, None)] * 3


def test_listed_stand_ins_for_unknown_are_refused() -> None:
    phone = column(sentinel_values=("000000", "N/A"))
    assert faults_of(phone, "000000", "N/A", "5550001") == ["SENTINEL", "SENTINEL", None]
    code = column(type="integer", sentinel_values=("999999",))
    assert faults_of(code, "999999", "0999999", "1") == ["SENTINEL", "SENTINEL", None]


def test_yes_and_no_are_said_in_one_way() -> None:
    flag: Column = column(type="boolean")
    assert [value_of(flag, said) for said in ("true", "FALSE", "1", "0")] == [True, False, True, False]
    assert faults_of(flag, "yes", "t", "2") == ["BAD_BOOLEAN"] * 3


def test_a_fraction_may_end_early_and_an_offset_at_hours() -> None:
    clicked = replace(PAID_AT, time_format="yyyy-MM-dd HH:mm:ss[.SSS][.SS][.S]X", has_offset=True)
    written = ["2017-01-10 17:23:00.99+00", "2017-01-11 01:23:00.990+08", "2017-01-10 17:23:00.9Z"]
    assert [value_of(clicked, text).microsecond for text in written] == [990000, 990000, 900000]  # type: ignore[attr-defined]
    assert str(value_of(clicked, "2017-01-10 17:23:00-05")) == "2017-01-10 22:23:00"
    wrong = ["2017-01-10 17:23:00.1234+00", "2017-01-10 17:23:00.99.9+00", "2017-01-10 17:23:00.+00"]
    wrong += ["2017-01-10 17:23:00.99+0000", "2017-01-10 17:23:00.99", "2017-01-10 17:23:00.99+15"]
    assert faults_of(clicked, *wrong) == ["BAD_TIMESTAMP"] * len(wrong)
    shown = CONNECTION.execute(f"select {offset_sql(clicked, 't')} from (values ('{written[1]}')) landed(t)")
    assert shown.fetchall() == [("+08:00",)]


@pytest.mark.parametrize(
    "declared",
    [
        *[
            "ddMMyyy",
            "yyyy-MM-dd HH:mm:ss[.SSS",
            "yyyy-MM-dd HH:mm[.S]",
            "yyyy-MM-dd X",
            "yyyy-MM-dd hh:mm",
            "yyyy-MM-dd HH:mm a",
            "dd/MM/yyyy XXX",
            "XX dd/MM/yyyy HH:mm",
            "yyyyMMdd'T",
        ],
        *["MM/yyyy", "dd/dd/yyyy", "yyyyMd", "HH:mm", "dd/MM/yyyy hh:HH a", "dd.MM.yyyy HH:mm:ss.SSS", ""],
    ],
)
def test_a_loosely_readable_time_format_is_refused(declared: str) -> None:
    with pytest.raises(ValueError, match="time format"):
        time_format(declared)

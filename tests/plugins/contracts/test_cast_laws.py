"""Law: the casts accept exactly the texts that plain Python accepts for the contract, with the same value."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.contracts.asking import AS_OF, column, judge

from shopkeeper.contracts.casts import clean_sql
from shopkeeper.contracts.faults import typed_fault_sql
from shopkeeper.engine import identifier, literal

LAW = settings(deadline=None, max_examples=40)
NEAR_NUMBERS = st.text("0123456789+-.,eExX_ \t\x00\n１２naifNAINF", max_size=12)
NUMBERS = st.one_of(
    NEAR_NUMBERS,
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-200000, 200000, places=2).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
)
NEW_YORK = ZoneInfo("America/New_York")
LATEST = AS_OF + timedelta(days=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
ANY_MOMENT = st.datetimes()
SWITCHES = st.sampled_from(
    [datetime.fromisoformat("2017-03-12T01:00"), datetime.fromisoformat("2017-11-05T00:00")]
).flatmap(lambda start: st.integers(0, 4 * 3600).map(lambda seconds: start + timedelta(seconds=seconds)))
OFFSETS = st.sampled_from(["Z", "+08:00", "-05:00", "+05:45", "-14:00", "+14:30", "+24:00", "", "+0800"])


def spoiled(good: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return texts of which some have one character replaced, put in or left out."""

    def spoil(text: str, place: float, character: str, kind: int) -> str:
        at = int(place * len(text))
        return [
            text,
            text[:at] + character + text[at + 1 :],
            text[:at] + character + text[at:],
            text[:at] + text[at + 1 :],
        ][kind]

    characters = st.sampled_from(list("0159 :-TZ/+\t\x00"))
    return st.builds(spoil, good, st.floats(0, 0.999), characters, st.integers(0, 3))


def cleaned(text: str) -> str | None:
    return text.strip(" \t") or None


@given(st.lists(NUMBERS, min_size=1, max_size=30))
@LAW
def test_an_integer_is_digits_within_the_range(texts: list[str]) -> None:
    quantity = column(type="integer", minimum="-1000", maximum="1000000")
    for text, (fault, value) in zip(texts, judge(quantity, texts), strict=True):
        said = cleaned(text)
        is_integer = said is not None and re.fullmatch(r"[+-]?[0-9]+", said)
        accepted = said is None or bool(is_integer and -1000 <= int(said) <= 1_000_000)
        assert (fault is None) == accepted, (text, fault)
        assert value == (int(said) if said and accepted else None), text


@given(st.lists(NUMBERS, min_size=1, max_size=30))
@LAW
def test_money_has_no_more_than_two_decimals(texts: list[str]) -> None:
    price = column(type="decimal", precision=18, scale=2, minimum="0", maximum="100000")
    for text, (fault, value) in zip(texts, judge(price, texts), strict=True):
        said = cleaned(text)
        is_money = said is not None and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]{1,2})?", said)
        accepted = said is None or bool(is_money and 0 <= Decimal(said) <= 100_000)
        assert (fault is None) == accepted, (text, fault)
        assert value == (Decimal(said) if said and accepted else None), text


@given(st.lists(NUMBERS, min_size=1, max_size=30))
@LAW
def test_a_measure_is_a_finite_number(texts: list[str]) -> None:
    for text, (fault, value) in zip(texts, judge(column(type="double"), texts), strict=True):
        said = cleaned(text)
        is_number = said is not None and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", said)
        accepted = said is None or bool(is_number and math.isfinite(float(said)))
        assert (fault is None) == accepted, (text, fault)
        assert value == (float(said) if said and accepted else None), text


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
@LAW
def test_accepted_text_is_short_and_on_one_line(texts: list[str]) -> None:
    for text, (fault, value) in zip(texts, judge(column(max_length=5), texts), strict=True):
        said = cleaned(text)
        accepted = said is None or (len(said) <= 5 and not re.search("[\x00\r\n]", said))
        assert (fault is None) == accepted, (text, fault)
        assert value == (said if accepted else None), text


@given(
    st.lists(
        spoiled(st.builds(lambda at, o: f"{at:%Y-%m-%dT%H:%M:%S}{o}", ANY_MOMENT, OFFSETS)),
        min_size=1,
        max_size=20,
    )
)
@LAW
def test_an_instant_has_date_clock_and_offset_in_range(texts: list[str]) -> None:
    paid_at = column(type="timestamp", has_offset=True, minimum=EARLIEST.isoformat())
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})"
    for text, (fault, value) in zip(texts, judge(paid_at, texts), strict=True):
        said, instant = cleaned(text), None
        if said and re.fullmatch(pattern, said):
            try:
                instant = datetime.fromisoformat(said)
            except ValueError:
                instant = None
        offset = instant.utcoffset() if instant else None
        is_offset = offset is not None and abs(offset) <= timedelta(hours=14)
        accepted = said is None or bool(instant and is_offset and EARLIEST <= instant <= LATEST)
        assert (fault is None) == accepted, (text, fault)
        in_utc = instant.astimezone(UTC).replace(tzinfo=None) if instant and accepted else None
        assert value == in_utc, text


@given(
    st.lists(
        spoiled(st.one_of(ANY_MOMENT, SWITCHES).map(lambda at: f"{at:%m/%d/%Y %H:%M:%S}")),
        min_size=1,
        max_size=20,
    )
)
@LAW
def test_a_local_time_is_accepted_if_the_clock_showed_it(texts: list[str]) -> None:
    paid_at = column(
        type="timestamp",
        time_format="MM/dd/yyyy HH:mm:ss",
        time_zone="America/New_York",
        minimum=EARLIEST.isoformat(),
    )
    for text, (fault, value) in zip(texts, judge(paid_at, texts), strict=True):
        said, instant, is_gap = cleaned(text), None, False
        if said and re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}", said):
            try:
                written = datetime.strptime(said, "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007
                instant = written.replace(tzinfo=NEW_YORK, fold=1).astimezone(UTC)
                is_gap = instant.astimezone(NEW_YORK).replace(tzinfo=None) != written
            except (ValueError, OverflowError):
                instant = None
        accepted = said is None or bool(instant and not is_gap and EARLIEST <= instant <= LATEST)
        assert (fault is None) == accepted, (text, fault)
        assert value == (instant.replace(tzinfo=None) if instant and accepted else None), text


@given(st.lists(spoiled(st.dates(date(1, 1, 1)).map(date.isoformat)), min_size=1, max_size=20))
@LAW
def test_a_date_is_on_the_calendar_and_in_range(texts: list[str]) -> None:
    day_of = column(type="date", minimum="2000-01-01", sentinel_values=("2001-01-01",))
    for text, (fault, value) in zip(texts, judge(day_of, texts), strict=True):
        said, day = cleaned(text), None
        if said and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
            try:
                day = date.fromisoformat(said)
            except ValueError:
                day = None
        accepted = said is None or bool(
            day and date(2000, 1, 1) <= day <= LATEST.date() and day != date(2001, 1, 1)
        )
        assert (fault is None) == accepted, (text, fault)
        assert value == (day if accepted else None), text


@given(st.lists(st.one_of(st.none(), st.integers(-2000, 2000)), min_size=1, max_size=20))
@LAW
def test_parquet_is_judged_as_its_text_would_be(numbers: list[int | None]) -> None:
    quantity = column(type="integer", is_required=True, minimum="0", maximum="1000", sentinel_values=("999",))
    texts = [None if number is None else str(number) for number in numbers]
    with duckdb.connect() as connection:
        typed = connection.execute(
            f"select {typed_fault_sql(quantity, 'n', AS_OF)} from (select unnest($1::bigint[]) as n)",
            [numbers],
        ).fetchall()
    assert [fault for (fault,) in typed] == [fault for fault, _ in judge(quantity, texts)]


@given(
    st.lists(
        st.one_of(
            ANY_MOMENT,
            st.dates(date(1969, 12, 30), date(1970, 1, 3)).map(lambda d: datetime.combine(d, time())),
        ),
        min_size=1,
        max_size=20,
    )
)
@LAW
def test_a_parquet_timestamp_is_checked_like_its_text(moments: list[datetime]) -> None:
    seen_at = column(
        type="timestamp",
        time_zone="America/New_York",
        minimum="1960-01-01T00:00:00Z",
        sentinel_values=("1970-01-01",),
    )
    whole = [moment.replace(microsecond=0) for moment in moments]
    with duckdb.connect() as connection:
        typed = connection.execute(
            f"select {typed_fault_sql(seen_at, 't', AS_OF)} from (select unnest($1::timestamp[]) as t)",
            [whole],
        ).fetchall()
    written = [moment.isoformat() for moment in whole]
    assert [fault for (fault,) in typed] == [fault for fault, _ in judge(seen_at, written)]


@given(st.text(), st.text())
@LAW
def test_no_text_of_a_contract_can_leave_its_quotes(value: str, name: str) -> None:
    name, value = name.replace("\x00", "") or "x", value.replace("\x00", "")
    with duckdb.connect() as connection:
        (row,) = connection.execute(f"select {literal(value)} as {identifier(name)}").fetchall()
    assert row == (value,)


def test_cleaning_keeps_the_spaces_that_a_contract_keeps() -> None:
    kept, trimmed = column(keeps_spaces=True), column()
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select {clean_sql(kept, 't')}, {clean_sql(trimmed, 't')} from (select ' a ' as t)"
        )
        assert row.fetchone() == (" a ", "a")

"""Parquet lands with its own types: matched by name, checked, and rewritten so that only its rows remain."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.files import Shop, column

from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.landing.inbox.report import LandedFile
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.landing.quarantine.replay import replay

PROMOTIONS = Contract(
    layer="sources",
    system="marketing",
    table="promotions",
    version="1.0.0",
    description="One row per placement.",
    description_zh="每个陈列位置一行。",
    columns=(
        column("product_id", "integer", is_required=True, is_key=True, minimum="1"),
        column("week", "integer", is_required=True, is_key=True, minimum="1", maximum="54"),
        column("display", allowed_values=("0", "1", "A"), max_length=1),
        column("price", "decimal", precision=18, scale=2, minimum="0"),
        column("starts_on", "date", minimum="2000-01-01"),
    ),
    file=FileFormat("promotions_*", "parquet", maximum_refused_rate=0.5, business_date_column="starts_on"),
)
TYPES = {
    "product_id": pa.int64(),
    "week": pa.int64(),
    "display": pa.string(),
    "price": pa.decimal128(18, 2),
    "starts_on": pa.date32(),
}


def placements(**changes: Any) -> dict[str, list[Any]]:
    sound = {
        "product_id": [11, 12, 13],
        "week": [1, 1, 2],
        "display": ["0", "A", None],
        "price": [Decimal("1.50"), None, Decimal("2.00")],
        "starts_on": [date(2017, 1, 2), date(2017, 1, 2), date(2017, 1, 9)],
    }
    return sound | changes


@pytest.fixture
def marketing(shop: Shop) -> Shop:
    return replace(shop, contracts=(PROMOTIONS,))


def take(shop: Shop, columns: dict[str, list[Any]], types: dict[str, Any] | None = None, **options: Any):
    known = TYPES | (types or {})
    table = pa.table({name: pa.array(values, known.get(name)) for name, values in columns.items()})
    path = shop.home.inbox / "marketing" / "promotions_1.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    content = path.read_bytes()
    (landed,) = shop.land().files
    return landed, content


def parquet(columns: dict[str, list[Any]]) -> bytes:
    target = pa.BufferOutputStream()
    table = pa.table({name: pa.array(values, TYPES[name]) for name, values in columns.items()})
    pq.write_table(table, target, store_schema=False)
    return target.getvalue().to_pybytes()


def drop_and_land(shop: Shop, content: bytes) -> LandedFile:
    shop.drop("promotions_1.parquet", content, "marketing")
    (landed,) = shop.land().files
    return landed


def raw(shop: Shop) -> list[dict[str, Any]]:
    return shop.raw("promotions")


def test_raw_has_the_files_rows_and_its_hash_as_name(marketing: Shop) -> None:
    landed, content = take(marketing, placements())
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    assert path.stem == landed.batch_id == hashlib.sha256(content).hexdigest()
    assert pq.read_table(path).to_pydict() == placements()


@pytest.mark.parametrize("week", [2, 99])
def test_raw_always_has_page_checksums_and_statistics(marketing: Shop, week: int) -> None:
    take(marketing, placements(week=[1, 1, week]))
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    group = pq.read_metadata(path).row_group(0)
    assert all(group.column(number).is_stats_set for number in range(group.num_columns))
    assert group.column(1).statistics.max == max(row["week"] for row in raw(marketing))
    content, chunk = bytearray(path.read_bytes()), group.column(0)
    content[chunk.dictionary_page_offset + chunk.total_compressed_size - 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)


def forged(content: bytes, true: bytes, false: bytes) -> bytes:
    """Return a file whose footer says other things of its pages than they hold."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    assert true in content[start:] and len(true) == len(false)
    return content[:start] + content[start:].replace(true, false)


def bound(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)


NULL_COUNT = b"\x16"
"""Field 3 of a page's statistics, a whole number: the count follows, doubled."""


@pytest.mark.parametrize(
    ("change", "true", "false", "reason"),
    [
        ({"week": [1, 54, 999]}, bound(999), bound(54), "OUT_OF_RANGE"),
        ({"week": [1, 54, -7]}, bound(-7), bound(1), "OUT_OF_RANGE"),
        ({"product_id": [11, 12, None]}, NULL_COUNT + b"\2", NULL_COUNT + b"\0", "MISSING"),
    ],
)
def test_a_value_that_the_footer_denies_is_found(
    marketing: Shop, change: dict[str, list[Any]], true: bytes, false: bytes, reason: str
) -> None:
    landed = drop_and_land(marketing, forged(parquet(placements(**change)), true, false))
    assert (landed.accepted_count, landed.quarantined_count) == (2, 1)
    assert [(row["reason"], row["line_number"]) for row in marketing.quarantined()] == [(reason, 3)]


def test_rows_that_the_footer_does_not_count_refuse_the_file(marketing: Shop) -> None:
    content = parquet(placements())
    three, two = b"\x16\x06", b"\x16\x04"
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    of_file, of_group = content.index(three, start), content.rindex(three)
    for place in (of_file, of_group):
        content = content[:place] + two + content[place + 2 :]
    assert pq.read_table(pa.BufferReader(content)).num_rows == 2, "the forgery forged nothing"
    landed = drop_and_land(marketing, content)
    assert landed.result == "refused" and landed.detail.startswith("UNREADABLE: its footer says 2 rows")


def test_readers_of_raw_see_rows_that_the_footer_denied(marketing: Shop) -> None:
    drop_and_land(marketing, forged(parquet(placements(week=[40, 41, 42])), bound(42), bound(40)))
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    assert duckdb.sql(f"select week from '{path}' where week > 41").fetchall() == [(42,)]


def test_columns_are_matched_by_name_and_narrower_types_widened(marketing: Shop) -> None:
    columns = dict(reversed(placements().items()))
    take(marketing, columns, {"week": pa.int8(), "price": pa.decimal128(9, 1), "product_id": pa.int32()})
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    schema = pq.read_schema(path)
    assert dict(zip(schema.names, schema.types, strict=True)) == TYPES
    assert [row["price"] for row in raw(marketing)] == [Decimal("1.50"), None, Decimal("2.00")]


@pytest.mark.parametrize(
    "type_",
    [
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
)
def test_text_is_text_however_arrow_holds_it(marketing: Shop, type_: pa.DataType) -> None:
    landed, _ = take(marketing, placements(), {"display": type_})
    assert landed.accepted_count == 3, landed.detail
    assert [row["display"] for row in raw(marketing)] == ["0", "A", None]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_a_moment_keeps_its_instant_in_whatever_unit_and_zone(
    marketing: Shop, unit: str, zone: str | None
) -> None:
    seen_at = column("seen_at", "timestamp", has_offset=zone is not None)
    marketing.contracts = (replace(PROMOTIONS, columns=(*PROMOTIONS.columns, seen_at)),)
    moment = datetime(2017, 1, 2, 18, 30, tzinfo=UTC if zone else None)
    landed, _ = take(
        marketing, placements(seen_at=[moment, None, moment]), {"seen_at": pa.timestamp(unit, zone)}
    )
    assert landed.accepted_count == 3, landed.detail
    assert [row["seen_at"] for row in raw(marketing)] == [moment, None, moment]
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    (type_,) = duckdb.sql(f"select distinct typeof(seen_at) from '{path}'").fetchall()
    assert type_ == ("TIMESTAMP WITH TIME ZONE" if zone else "TIMESTAMP",)


@pytest.mark.parametrize("rows_a_group", [1, 7])
def test_raw_has_large_groups_for_small_ones(marketing: Shop, rows_a_group: int) -> None:
    many = {name: values * 100 for name, values in placements().items()} | {"product_id": list(range(1, 301))}
    take(marketing, many, row_group_size=rows_a_group)
    (path,) = marketing.home.raw.glob("marketing/promotions/*.parquet")
    assert pq.read_metadata(path).num_row_groups == 1
    assert pq.read_table(path).to_pydict() == many


def test_a_file_without_rows_lands_where_the_contract_bears_it(marketing: Shop) -> None:
    marketing.contracts = (replace(PROMOTIONS, file=replace(PROMOTIONS.file, minimum_rows=0)),)
    landed, _ = take(marketing, {name: [] for name in placements()})
    assert (landed.result, landed.record_count) == ("accepted", 0)


@pytest.mark.parametrize(
    ("change", "types", "reason"),
    [
        ({"week": ["1", "1", "2"]}, {"week": pa.string()}, "WRONG_TYPE: week is VARCHAR"),
        ({"price": [1.5, None, 2.0]}, {"price": pa.float64()}, "WRONG_TYPE: price is DOUBLE"),
        (
            {"product_id": [11, 12, 2**64 - 1]},
            {"product_id": pa.uint64()},
            "WRONG_TYPE: product_id is UBIGINT",
        ),
        ({"shelf": [1, 2, 3]}, {}, "UNKNOWN_COLUMN: column 6 is not in"),
        ({"Week": [1, 2, 3]}, {"Week": pa.int64()}, "UNKNOWN_COLUMN: column 6 is week written otherwise"),
        ({"price": [None, None, None]}, {"price": pa.null()}, "WRONG_TYPE: price is NULL"),
        ({"starts_on": [1, 2, 3]}, {"starts_on": pa.timestamp("ns")}, "WRONG_TYPE: starts_on is TIMESTAMP"),
    ],
)
def test_a_schema_that_is_not_the_contracts_refuses_the_file(
    marketing: Shop, change: dict[str, list[Any]], types: dict[str, Any], reason: str
) -> None:
    landed, _ = take(marketing, placements(**change), types)
    assert landed.result == "refused" and landed.detail.startswith(reason), landed.detail


def test_a_missing_column_refuses_the_file_unless_it_is_optional(marketing: Shop) -> None:
    columns = placements()
    del columns["price"]
    landed, _ = take(marketing, columns)
    assert landed.detail == "MISSING_COLUMN: price"
    optional = tuple(replace(c, is_optional_in_file=c.name == "price") for c in PROMOTIONS.columns)
    marketing.contracts = (replace(PROMOTIONS, columns=optional),)
    landed, _ = take(marketing, columns)
    assert landed.result == "accepted"
    assert [row["price"] for row in raw(marketing)] == [None, None, None]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"week": [1, 55, 2]}, "OUT_OF_RANGE"),
        ({"product_id": [11, None, 13]}, "MISSING"),
        ({"display": ["0", "Z", None]}, "NOT_ALLOWED"),
        ({"price": [Decimal("1.50"), Decimal("-1.00"), None]}, "OUT_OF_RANGE"),
        ({"starts_on": [date(2017, 1, 2), date(2999, 1, 1), date(2017, 1, 2)]}, "FUTURE"),
    ],
)
def test_a_refused_parquet_row_is_quarantined_as_numbered_json(
    marketing: Shop, change: dict[str, list[Any]], reason: str
) -> None:
    landed, _ = take(marketing, placements(**change))
    assert (landed.accepted_count, landed.quarantined_count) == (2, 1)
    (row,) = marketing.quarantined()
    assert (row["reason"], row["line_number"], row["byte_offset"]) == (reason, 2, None)
    assert b'"product_id"' in row["record"] and b"_line_number" not in row["record"]
    assert [row["product_id"] for row in raw(marketing)] == [11, 13]
    assert list(raw(marketing)[0]) == list(TYPES)


def test_keys_that_repeat_are_found_in_their_own_types(marketing: Shop) -> None:
    marketing.contracts = (replace(PROMOTIONS, file=replace(PROMOTIONS.file, maximum_refused_rate=0.7)),)
    take(marketing, placements(product_id=[11, 11, 11], week=[1, 1, 2], display=["0", "A", "A"]))
    assert [row["line_number"] for row in marketing.quarantined()] == [1, 2]
    assert {row["reason"] for row in marketing.quarantined()} == {"CONFLICT"}


def test_a_refused_row_of_parquet_can_be_replayed(marketing: Shop) -> None:
    landed, _ = take(marketing, placements(week=[1, 55, 2]))
    wider = tuple(replace(c, maximum="60") if c.name == "week" else c for c in PROMOTIONS.columns)
    marketing.contracts = (replace(PROMOTIONS, columns=wider),)
    replayed = replay(marketing.home, str(landed.batch_id), catalog=marketing.catalog)
    assert replayed.accepted_count == 1
    assert raw(marketing)[2] == {
        "product_id": 12,
        "week": 55,
        "display": "A",
        "price": None,
        "starts_on": date(2017, 1, 2),
    }
    assert quarantine.refusals(marketing.home) == []
    assert replay(marketing.home, str(landed.batch_id), catalog=marketing.catalog).batch_id is None


def test_a_corrected_parquet_value_must_have_its_type(marketing: Shop, tmp_path: Path) -> None:
    landed, _ = take(marketing, placements(week=[1, 55, 2]))
    path = tmp_path / "corrections.csv"
    for week, result in (("five", {"WRONG_TYPE": 1}), ("5", {})):
        path.write_text(f"_line_number,product_id,week,display,price,starts_on\n2,12,{week},A,,2017-01-02\n")
        replayed = replay(marketing.home, str(landed.batch_id), path, marketing.catalog)
        assert replayed.still_refused == result
    assert [row["week"] for row in raw(marketing)] == [1, 2, 5]


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_an_unreadable_page_of_any_column_is_found_at_landing(marketing: Shop, compression: str) -> None:
    many = placements(
        product_id=list(range(1, 5001)),
        week=[1] * 5000,
        display=["A"] * 5000,
        price=[Decimal(n) for n in range(5000)],
        starts_on=[date(2017, 1, 2)] * 5000,
    )
    path = marketing.home.inbox / "marketing" / "promotions_1.parquet"
    path.parent.mkdir(parents=True)
    table = pa.table({name: pa.array(values, TYPES[name]) for name, values in many.items()})
    pq.write_table(table, path, compression=compression, use_dictionary=False)
    content = bytearray(path.read_bytes())
    meta = pq.read_metadata(path).row_group(0)
    for number in range(meta.num_columns):
        chunk = meta.column(number)
        broken = bytearray(content)
        start = chunk.data_page_offset
        broken[start : start + 12] = b"\xff" * 12
        path.write_bytes(broken)
        (landed,) = marketing.land().files
        assert landed.result == "refused" and landed.detail.startswith("UNREADABLE"), (number, landed.detail)
        assert str(marketing.home.root) not in landed.detail


def test_an_ambiguous_footer_refuses_the_file(marketing: Shop) -> None:
    _, content = take(marketing, placements(week=[1, 99, 2]))
    place = content.index(b"ARROW:schema") + 40
    broken = content[:place] + b"!" + content[place + 1 :]
    marketing.drop("promotions_2.parquet", broken, "marketing")
    (landed,) = marketing.land().files
    assert landed.result == "refused" and landed.detail.startswith("UNREADABLE")


def test_something_else_under_the_name_of_parquet_is_refused(marketing: Shop) -> None:
    path = marketing.home.inbox / "marketing" / "promotions_1.parquet"
    path.parent.mkdir(parents=True)
    for content in (b"product_id,week\n1,1\n", b"PAR1PAR1", b""):
        path.write_bytes(content)
        (landed,) = marketing.land().files
        assert landed.result == "refused" and landed.detail.startswith(("UNREADABLE", "EMPTY_FILE"))

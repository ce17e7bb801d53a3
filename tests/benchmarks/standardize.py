"""`python -m tests.benchmarks.standardize`: one million values of each kind, by two processes.

Each kind opens its own pool, whose start counts. Exits with 1 where a kind takes more than a minute by the wall.
"""

import os
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from shopkeeper import standardize
from shopkeeper.standardize.divisions import path_of
from shopkeeper.standardize.identity_cards import check_digit
from shopkeeper.standardize.tables import divisions, surnames

ROWS = 1_000_000
BAR = 60.0
AS_OF = date(2025, 6, 30)
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂華國建文志海麗"

chance = random.Random(7)
SURNAMES = list(surnames())
PATHS = [
    "".join(dict.fromkeys(each.name for each in path_of(place) if each)) for place in divisions().values()
]
CODES = [code for code in divisions() if not code.endswith("00") and code[:2] not in ("71", "81", "82")]


def write_day(form: str) -> str:
    return (date(1930, 1, 1) + timedelta(days=chance.randrange(35_000))).strftime(form)


def write_card() -> str:
    first = f"{chance.choice(CODES)}{write_day('%Y%m%d')}{chance.randrange(1000):03d}"
    return first + check_digit(first)


def write_moment() -> str:
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(60_000_000))
    return at.strftime(chance.choice(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S+08:00"]))


def write_postcode() -> str:
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    outward = f"{chance.choice(['SW', 'M', 'LS', 'B', 'EH'])}{chance.randrange(1, 99)}"
    return f"{outward} {chance.randrange(10)}{chance.choice(letters)}{chance.choice(letters)}".lower()


Write = Callable[[], str]
KINDS: dict[str, tuple[Callable[..., pa.Table], dict[str, object], Write]] = {
    "phones": (standardize.standardize_phones, {}, lambda: f"139 {chance.randrange(10**8):08d}"),
    "emails": (standardize.standardize_emails, {}, lambda: f"Li.Wei{chance.randrange(10**9)}@QQ.com"),
    "names": (
        standardize.standardize_names,
        {},
        lambda: chance.choice(SURNAMES) + " " + "".join(chance.choices(GIVEN, k=2)),
    ),
    "addresses": (
        standardize.standardize_addresses,
        {},
        lambda: f"{chance.choice(PATHS)}文三路{chance.randrange(10**6)}号",
    ),
    "identity_cards": (standardize.standardize_identity_cards, {"as_of": AS_OF}, write_card),
    "postcodes": (standardize.standardize_postcodes, {}, write_postcode),
    "birth_dates": (
        standardize.standardize_birth_dates,
        {"as_of": AS_OF},
        lambda: write_day(chance.choice(["%Y-%m-%d", "%Y年%m月%d日", "%d/%m/%Y", "%Y%m%d"])),
    ),
    "moments": (standardize.standardize_moments, {"zone": "Asia/Shanghai"}, write_moment),
    "measures": (
        standardize.standardize_measures,
        {},
        lambda: f"{chance.randrange(1, 99_999) / 10} {chance.choice(['g', 'kg', '斤', 'ml', 'oz'])}",
    ),
    "genders": (standardize.standardize_genders, {}, lambda: chance.choice(["男", "女", "M", "F", "未知"])),
    "currencies": (
        standardize.standardize_currencies,
        {"country": "CN"},
        lambda: chance.choice(["¥", "CNY", "人民币", "US$", "GBP"]),
    ),
    "categories": (
        standardize.standardize_categories,
        {"mapping": {f"类别{number}": f"Category {number}" for number in range(1_000)}},
        lambda: f"类别 {chance.randrange(1_100)}",
    ),
}


def processor_seconds() -> float:
    """Return the time that this process and its children that ended have worked."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> int:
    """Measure the kinds named on the command line, or all of them, and print the table."""
    table = Table(
        "kind", "distinct", "standardised", "wall s", "processor s", "load", title="1,000,000 values"
    )
    late = 0
    for kind in sys.argv[1:] or KINDS:
        function, options, write = KINDS[kind]
        values = pa.array([write() for _ in range(ROWS)])
        before, start = processor_seconds(), time.perf_counter()
        with standardize.open_pool(2) as pool:
            found = function(values, **options, pool=pool)
        wall, worked = time.perf_counter() - start, processor_seconds() - before
        share = 1 - (ROWS - found["reason"].null_count) / ROWS
        load = f"{os.getloadavg()[0]:.1f}"
        table.add_row(kind, f"{len(values.unique()):,}", f"{share:.1%}", f"{wall:.1f}", f"{worked:.1f}", load)
        late += wall > BAR
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())

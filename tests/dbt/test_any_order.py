"""The law: any split, order and grouping of the files gives the same tables as one rebuild from whole
files.
"""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shop.builds import Build, File, Grocer, Row, file
from tests.shop.real_slice import real_rows

SCHEMAS = ("core", "features", "marts")
ORIGIN = ("batch_id", "source_line_number")
"""Another split of the files is another origin of the same rows."""
NAMES = {
    "transaction_lines": "transaction_lines_{}.csv.gz",
    "products": "products_{}.csv",
    "promotions": "promotions_{}.parquet",
    "households": "households_{}.csv",
    "campaigns": "campaigns_{}.jsonl",
    "campaign_mailings": "mailings_{}.jsonl",
    "coupon_redemptions": "redemptions_{}.jsonl",
}
PARTS = {"transaction_lines": 4, "promotions": 3}


def rows_with_faults() -> dict[str, list[Row]]:
    """Return the slice with repeated lines, contradictory lines, and a basket in two stores."""
    rows = dict(real_rows())
    lines = rows["transaction_lines"]
    equal = lines[::40]
    dearer = [line | {"sales_value": "99.99"} for line in lines[7::90]]
    elsewhere = [line | {"store_id": "31401"} for line in lines[11::200]]
    return rows | {"transaction_lines": lines + equal + dearer + elsewhere}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Grocer, Build]:
    grocer = Grocer(tmp_path_factory.mktemp("grocer"))
    return grocer, grocer.refresh(
        *(file(table, NAMES[table], rows) for table, rows in rows_with_faults().items())
    )


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[File]]:
    """Draw the files that each refresh contains; the last one contains all rows, each once.

    The first refresh sees a draft of one till file, the second may miss a file that is held, and some promotions
    come last.
    """
    random = draw(st.randoms(use_true_random=False))
    files: list[File] = []
    for table, rows in rows_with_faults().items():
        parts: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            parts[random.randrange(PARTS.get(table, 1))].append(row)
        files += [file(table, NAMES[table].format(part), part_rows) for part, part_rows in parts.items()]
    random.shuffle(files)
    first, last = (
        next(each for each in files if each.table == table) for table in ("transaction_lines", "promotions")
    )
    files = [first, *(each for each in files if each not in (first, last)), last]
    draft = file(
        first.table,
        first.name,
        [dict(row) | {"sales_value": "0.50", "basket_id": f"9{i % 3}"} for i, row in enumerate(first.rows)],
    )
    early = sorted(draw(st.lists(st.integers(1, len(files) - 1), min_size=1, max_size=2, unique=True)))
    held = draw(st.sampled_from(files[: early[0]]))
    refreshes = [[draft, *files[1:cut]] for cut in early]
    if len(refreshes) > 1 and held is not first:
        refreshes[1].remove(held)
    return [*refreshes, files]


def assert_any_order_ends_the_same(whole: tuple[Grocer, Build], refreshes: list[list[File]]) -> None:
    grocer, rebuilt = whole
    arriving = Grocer(grocer.folder / f"arrivals_{len(list(grocer.folder.iterdir()))}")
    build = None
    for contained in refreshes:
        build = arriving.refresh(*contained, base=build)
    assert build is not None
    assert build.contents(*SCHEMAS, ignored=ORIGIN) == rebuilt.contents(*SCHEMAS, ignored=ORIGIN)


QUICK = settings(
    max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@QUICK
@given(refreshes=arrivals())
def test_any_order_of_files_gives_the_same_facts(
    whole: tuple[Grocer, Build], refreshes: list[list[File]]
) -> None:
    assert_any_order_ends_the_same(whole, refreshes)


@pytest.mark.soak
@LONG
@given(refreshes=arrivals())
def test_many_orders_of_files_give_the_same_facts(
    whole: tuple[Grocer, Build], refreshes: list[list[File]]
) -> None:
    assert_any_order_ends_the_same(whole, refreshes)


@pytest.mark.slow
def test_the_slice_has_every_fault_that_the_law_is_about(whole: tuple[Grocer, Build]) -> None:
    _, rebuilt = whole
    conflicts = "intermediate.int_sales__conflicting_lines group by all order by all"
    assert rebuilt.query(f"select conflict_reason, count(*) > 3 from {conflicts}") == [
        ("LINE_CONFLICT", True),
        ("TRANSACTION_CONFLICT", True),
    ]
    assert rebuilt.query("select count(*) > 20 from core.fct_promotion_exposures") == [(True,)]
    assert rebuilt.query("select count(*) > 500 from core.fct_transaction_lines") == [(True,)]

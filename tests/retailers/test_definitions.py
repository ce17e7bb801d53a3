"""When a definition changes, exactly what it touches is rebuilt from raw, in the same build."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.shop.commands import Shop
from tests.shop.toys import SALES

from shopkeeper.warehouse import Definitions, Increment, compare

MARTS, CORE = "dbt_project/models/marts/customers", "dbt_project/models/core/sales"
TOY = "retailers/toy_sales_only"
STAGING = f"{TOY}/dbt/models/staging/shop"
BOOKS = """\
-- One row per book sold.

select
    product_id,
    sum(net_amount) as net_amount
from {{ ref('fct_transaction_lines') }}
group by product_id
"""


def alter_contract(shop: Shop, file: str, alter: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the columns of a contract, and what is compiled from it."""
    path = shop.project / file
    declared = yaml.safe_load(path.read_text())
    alter(declared["schema"][0]["properties"])
    path.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True))
    compiled = shop.runs("contracts", "compile")
    assert compiled.returncode == 0, compiled.stderr


def add_a_shelf(columns: list[dict[str, Any]]) -> None:
    zh = [{"property": "descriptionZh", "value": "书架。"}, {"property": "isOptionalInFile", "value": True}]
    shelf = {"name": "shelf", "description": "Shelf of the book.", "logicalType": "string"}
    columns.append({**shelf, "classification": "public", "customProperties": zh})


def write_a_model(shop: Shop) -> None:
    (shop.project / TOY / "dbt/models/marts").mkdir(parents=True, exist_ok=True)
    (shop.project / TOY / "dbt/models/marts/books_sold.sql").write_text(BOOKS)


@dataclass(frozen=True)
class Kind:
    """One kind of change, and the definitions that the refresh must name."""

    change: Callable[[Shop], None]
    named: tuple[str, ...]


def replacing(file: str, old: str, new: str) -> Callable[[Shop], None]:
    return lambda shop: shop.changes(file, old, new)


KINDS = {
    "a mart": Kind(
        replacing(f"{MARTS}/customer_segments.sql", "segments.*", "segments.* replace (upper(segments.segment_name) as segment_name)"),
        ("model customer_segments is changed",),
    ),
    "an incremental model": Kind(
        replacing(f"{CORE}/fct_transaction_lines.sql", "coalesce(freight_amount, 0)", "coalesce(freight_amount, 0.5)"),
        ("model fct_transaction_lines is changed",),
    ),
    "a macro": Kind(
        replacing("dbt_project/macros/current_rows.sql", "stated_at desc nulls last,\n                    row_content desc", "stated_at desc nulls last,\n                    row_content"),
        ("model int_sales__headers is changed",),
    ),
    "a contract's cast": Kind(
        lambda shop: (
            shop.changes(f"{TOY}/contracts/shop/sales.odcs.yaml", "timeZone, value: Europe/London", "timeZone, value: Asia/Shanghai"),
            alter_contract(shop, f"{TOY}/contracts/shop/sales.odcs.yaml", lambda columns: None),
        ),
        ("model stg_shop__transactions is changed", "rules of shop.sales is changed"),
    ),
    "an added column": Kind(
        lambda shop: alter_contract(shop, f"{TOY}/contracts/shop/sales.odcs.yaml", add_a_shelf),
        ("model stg_shop__transactions is changed",),
    ),
    "a new model": Kind(write_a_model, ("model books_sold is new",)),
    "a step": Kind(
        replacing("plugins/shopkeeper/pipeline/segmentation.py", "\nBINS = 5", "\nBINS = 4"),
        ("step segment_customers is changed",),
    ),
    "a setting": Kind(
        replacing(f"{TOY}/retailer.yml", "currency_code: GBP", "currency_code: GBP\nconversions: {minimum_amount: '9.00'}"),
        ("retailer's conversions is changed",),
    ),
    "a removed model": Kind(
        lambda shop: (shop.project / TOY / "dbt/models/marts/books_sold.sql").unlink(),
        ("model books_sold is gone",),
    ),
}  # fmt: skip


def manifest(shop: Shop) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((shop.home / "published/current/manifest.json").read_text())
    return told


def is_built_anew(shop: Shop) -> None:
    """The version is what a full rebuild of the same definitions makes."""
    found = manifest(shop)["tables"]
    shop.refreshes("--full")
    made = manifest(shop)["tables"]
    assert [name for name in found | made if found.get(name) != made.get(name)] == []


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop.with_project("toy_sales_only", tmp_path_factory.mktemp("definitions"))
    shop.drops("shop/sales_2024-02.csv", SALES[:200])
    shop.drops("shop/sales_2024-03.csv", SALES[200:])
    shop.refreshes()
    yield shop


@pytest.mark.slow
def test_a_comment_makes_nothing_anew(shop: Shop) -> None:
    before = shop.published()
    shop.changes(
        f"{MARTS}/segment_profiles.sql", "with profiles as (", "-- the portraits\nwith  profiles  as ("
    )
    shop.changes("plugins/shopkeeper/pipeline/segmentation.py", "\nBINS = 5", "\n# quintiles\nBINS = 5")
    shop.refreshes()
    assert shop.published() == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_definition_is_named_and_made(shop: Shop, kind: str) -> None:
    KINDS[kind].change(shop)
    shop.refreshes()
    assert set(KINDS[kind].named) <= set(manifest(shop)["changed"])


@pytest.mark.slow
def test_a_dry_run_names_what_is_changed(shop: Shop) -> None:
    KINDS["a new model"].change(shop)
    printed = shop.runs("refresh", "--dry-run").stdout
    assert "model books_sold is new" in printed
    assert "tables that this reaches: marts.books_sold" in printed
    KINDS["a removed model"].change(shop)


@pytest.mark.slow
def test_a_change_is_tried_beside_what_is_published(shop: Shop) -> None:
    before, bins = shop.published(), ("\nBINS = 4", "\nBINS = 3")
    shop.changes("plugins/shopkeeper/pipeline/segmentation.py", *bins)
    tried = shop.runs("refresh", "--try")
    shop.changes("plugins/shopkeeper/pipeline/segmentation.py", *reversed(bins))
    assert "marts.customer_segments" in tried.stdout, tried.stderr
    assert "step segment_customers is changed" in tried.stdout
    assert shop.published() == before
    assert list((shop.home / "state/trial").iterdir()) == [shop.home / "state/trial/lock"]


@pytest.mark.slow
def test_nothing_changed_has_nothing_to_try(shop: Shop) -> None:
    assert "nothing is new" in shop.runs("refresh", "--try").stdout


@pytest.mark.slow
def test_a_contract_change_names_all_that_it_would_reach(shop: Shop) -> None:
    sales = f"{TOY}/contracts/shop/sales.odcs.yaml"
    before = (shop.project / sales).read_text()
    alter_contract(shop, sales, lambda columns: columns[-1].update(description="Shelf, from left to right."))
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", "'store' as", "'market' as")
    printed = shop.runs("refresh", "--dry-run").stdout
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", "'market' as", "'store' as")
    (shop.project / sales).write_text(before)
    assert "core.fct_transactions" in printed and "marts.customer_360" in printed
    assert "segment_customers" in printed


@pytest.mark.slow
def test_a_model_that_does_not_compile_names_what_it_feeds(shop: Shop) -> None:
    broken = "{% if execute %}{{ exceptions.raise_compiler_error('no channel') }}{% endif %} 'store' as"
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", "'store' as", broken)
    said = shop.runs("refresh", "--dry-run").stderr
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", broken, "'store' as")
    assert "stg_shop__transactions" in said and "no channel" in said
    assert "core.fct_transactions" in said and "marts.customer_360" in said and "segment_customers" in said


@pytest.mark.slow
def test_a_canonical_column_that_no_yml_lists_ends_the_refresh(shop: Shop) -> None:
    unlisted = "cast(1 as decimal(18, 2)) as tax_amount, 'store' as"
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", "'store' as", unlisted)
    said = shop.runs("refresh", "--local").stderr
    shop.changes(f"{STAGING}/stg_shop__transactions.sql", unlisted, "'store' as")
    assert "stg_shop__transactions gives tax_amount, which its yml does not list: add it there" in said


@pytest.mark.slow
def test_changes_and_refreshes_equal_the_full_rebuild(shop: Shop) -> None:
    assert "marts.books_sold" not in manifest(shop)["tables"]
    assert shop.asks("select sum(freight_amount) from core.fct_transaction_lines") == [(150,)]
    is_built_anew(shop)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_random_changes_and_a_new_file_equal_the_full_rebuild(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    shop = Shop.with_project("toy_sales_only", tmp_path)
    shop.drops("shop/sales_2024-02.csv", SALES[:200])
    shop.refreshes()
    number = chance.randrange(2, 9)
    edits = [
        (f"{MARTS}/customer_segments.sql", "segments.*", f"segments.* replace ('{number}' as rfm_cell)"),
        (f"{CORE}/fct_transaction_lines.sql", "coalesce(tax_amount, 0)", f"coalesce(tax_amount, {number})"),
        (f"{STAGING}/stg_shop__transaction_lines.sql", "'piece' as", f"'piece of {number}' as"),
        (f"{STAGING}/stg_shop__transactions.sql", "'store' as", f"'store {number}' as"),
        ("plugins/shopkeeper/pipeline/segmentation.py", "\nBINS = 5", f"\nBINS = {number}"),
        (
            f"{TOY}/retailer.yml",
            "currency_code: GBP",
            f"currency_code: GBP\nconversions: {{minimum_amount: '{number}.00'}}",
        ),
    ]
    for edit in chance.sample(edits, 2):
        shop.changes(*edit)
    if chance.random() < 0.5:
        shop.drops("shop/sales_2024-03.csv", SALES[200:])
    shop.refreshes()
    is_built_anew(shop)


LINES = Increment(frozenset({"model a", "model lines"}), frozenset({"till.lines"}))
SALES_OF_A_DAY = Increment(frozenset({"model lines", "model days"}), frozenset({"till.lines", "till.days"}))
VISITS = Increment(frozenset({"model visits"}), frozenset({"web.visits"}))
NOW = Definitions(
    {"model lines": "1", "model a": "1", "model days": "1", "model visits": "1", "model mart": "1"},
    frozenset({"core.lines", "core.days", "core.visits", "marts.mart"}),
    {"core.lines": LINES, "core.days": SALES_OF_A_DAY, "core.visits": VISITS},
)


@pytest.mark.parametrize(
    ("altered", "dropped", "retaken"),
    [
        ("model mart", set(), set()),
        ("model visits", {"core.visits"}, {"web.visits"}),
        ("model a", {"core.lines", "core.days"}, {"till.lines", "till.days"}),
        ("model days", {"core.lines", "core.days"}, {"till.lines", "till.days"}),
    ],
)
def test_only_what_shares_raw_with_a_change_is_made_anew(
    altered: str, dropped: set[str], retaken: set[str]
) -> None:
    change = compare({**NOW.fingerprints, altered: "0"}, NOW, NOW.tables)
    assert (change.dropped, change.retaken, change.is_full) == (dropped, retaken, False)
    assert change.why == (f"{altered} is changed",)


def test_another_engine_makes_everything_anew() -> None:
    known = {**NOW.fingerprints, "library duckdb": "1.4"}
    assert compare(known, NOW, NOW.tables).is_full


def test_a_version_without_definitions_is_made_anew() -> None:
    assert compare(None, NOW, NOW.tables).is_full


def test_a_table_that_nothing_makes_goes() -> None:
    assert compare(NOW.fingerprints, NOW, {*NOW.tables, "marts.old"}).dropped == {"marts.old"}

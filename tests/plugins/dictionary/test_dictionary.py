"""The dictionary of a small version: lineage end to end, its JSON, its pages."""

import re
from datetime import date
from pathlib import Path

import pytest
from tests.shop.dictionaries import gaps, unlisted
from tests.shop.published import graph

from shopkeeper import dbt_runner, dictionary, words
from shopkeeper.contracts import catalog
from shopkeeper.dictionary import Dictionary, writing
from shopkeeper.dictionary import lineage as computing
from shopkeeper.paths import BuildPaths, Home

TILL = "pos.transaction_lines"
LAST = {TILL: date(2017, 1, 7)}


@pytest.fixture(scope="module")
def small() -> Dictionary:
    return dictionary.make("v000001", "2017-01-14", catalog(), graph(), LAST, {})


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    """The whole project of the retailer that tests have by default; no version is needed."""
    project = dbt_runner.graph(Home(tmp_path_factory.mktemp("grocer")))
    return dictionary.make("v000001", "2017-01-14", catalog(), project, LAST, {})


def test_a_marts_column_leads_to_the_source_and_back(small: Dictionary) -> None:
    mart, till = small.table("marts.customer_360"), small.table(TILL)
    assert mart is not None and till is not None
    net, sold = mart.column("net_amount"), till.column("sales_value")
    assert net is not None and sold is not None
    assert net.made_of == {"features.feat_customers__lines": ("net_amount",)}
    assert net.sources == {TILL: ("sales_value",)}
    assert sold.gives_to == {"staging.stg_pos__transaction_lines": ("net_amount",)}
    assert sold.reaches == {"marts.customer_360": ("net_amount",)}


def test_a_column_that_decides_is_read_and_others_are_listed(small: Dictionary) -> None:
    unread = small.unread_columns()[TILL]
    assert "store_id" in unread
    assert not {"sales_value", "household_id", "quantity"} & set(unread)


def test_a_derived_table_says_whose_it_is_and_how_old(small: Dictionary) -> None:
    staged = small.table("staging.stg_pos__transaction_lines")
    assert staged is not None
    assert staged.owners == ("store operations",)
    assert staged.retention == "unlimited"
    assert staged.freshness is not None and (staged.freshness.age_days, staged.freshness.limit_days) == (
        7,
        14,
    )
    mart = small.table("marts.customer_360")
    assert mart is not None and (mart.owners, mart.readers) == (("marketing",), ("audiences",))


def test_a_dictionary_is_read_as_it_was_written(small: Dictionary, tmp_path: Path) -> None:
    build = BuildPaths(tmp_path)
    dictionary.write(build, small, catalog())
    assert dictionary.read(build.dictionary_json) == small
    assert dictionary.read(tmp_path / "older.json") is None


def test_a_page_lists_unread_columns_and_escapes_texts(small: Dictionary, tmp_path: Path) -> None:
    build = BuildPaths(tmp_path)
    dictionary.write(build, small, catalog())
    for language in ("en", "zh"):
        page = build.dictionary(language).read_text()
        assert list(unlisted(small, page)) == []
        assert "<img" not in page
    assert "门店运营部" in page


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("en", "Store in which the basket was paid.", "结账门店编号。"),
        ("zh", "结账门店编号。", "Store in which the basket was paid."),
    ],
)
def test_a_page_explains_every_column_in_its_language(
    grocer: Dictionary, tmp_path: Path, language: str, said: str, unsaid: str
) -> None:
    build = BuildPaths(tmp_path)
    dictionary.write(build, grocer, catalog())
    page = build.dictionary(language).read_text()
    shown = (
        page.count('<tr><td><code class="key">') + page.count("<tr><td><code>") - len(grocer.unread_columns())
    )
    rules = sum(len(contract.rules) for contract in catalog().all)
    assert shown >= sum(len(table.columns) for table in grocer.tables) + rules
    assert said in page and unsaid not in page
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize(("count", "folded"), [(4, 0), (5, 0), (6, 2)])
def test_a_cell_of_many_tables_is_links_and_not_text(count: int, folded: int) -> None:
    columns = {f"till.lines_{number}": ("<b>net</b>",) for number in range(count)}
    cell = writing._cell(lambda table: writing._linked(frozenset(columns), table), columns)
    assert cell.count('<a href="#till.lines_') == count
    assert cell.count("&lt;b&gt;net") == count
    assert "&lt;div" not in cell
    assert (f"+{folded}" in cell) is bool(folded)


def test_models_that_did_not_change_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = graph()
    asked: list[str] = []
    original = computing.table_lineage
    monkeypatch.setattr(
        computing, "table_lineage", lambda sql, *rest: asked.append(sql) or original(sql, *rest)
    )
    last = known.models[-1]
    changed = (*known.models[:-1], dictionary.Model(*[*vars(last).values()][:-2], "select 1 as one", False))
    found, _ = dictionary.compute(changed, catalog(), known)
    assert asked == ["select 1 as one"]
    assert found["features.feat_customers__lines"] == known.lineage["features.feat_customers__lines"]


def test_every_table_of_the_grocer_is_described_and_traced(grocer: Dictionary) -> None:
    assert list(gaps(grocer)) == []
    assert {"marketing", "merchandising", "finance", "store operations", "data protection"} <= {
        reader.owner for reader in grocer.readers
    }


def test_every_mart_of_the_grocer_has_a_reader(grocer: Dictionary) -> None:
    assert [table.name for table in grocer.tables if table.layer == "marts" and not table.readers] == []


def test_what_a_score_takes_exists(grocer: Dictionary) -> None:
    for contract in catalog().scores:
        for column in contract.columns:
            for name in column.takes or ():
                table, _, taken = name.rpartition(".")
                found = grocer.table(table)
                assert found is not None and found.column(taken), f"{contract.name}.{column.name}: {name}"


def test_every_reader_is_spoken_of_in_chinese(grocer: Dictionary) -> None:
    spoken = {text for each in grocer.readers for text in (each.label, each.owner, each.description)}
    spoken |= {text for table in grocer.tables for text in (*table.owners, *table.purposes)}
    assert sorted(spoken - words.chinese().keys()) == []

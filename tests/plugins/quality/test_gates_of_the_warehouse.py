"""Features, models and marts: what the gates see in a warehouse file and in the models' Parquet."""

import hashlib
import html
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from tests.shop.gated import rule_of, stored, text_of

from shopkeeper import quality
from shopkeeper.contracts import Catalog, Rule, catalog
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.contract import Contract
from shopkeeper.contracts.suites import COLUMNS_RULE
from shopkeeper.errors import GateFailed
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.quality import tables

PLAIN: dict[str, Any] = {
    "text": "x",
    "integer": 3,
    "decimal": Decimal("12.50"),
    "double": 0.5,
    "boolean": False,
}


@pytest.fixture
def build(tmp_path: Path) -> BuildPaths:
    build = Home(tmp_path).build("v000003")
    for folder in (build.gates, build.scores):
        folder.mkdir(parents=True)
    for contract in catalog().scores:
        write_model(build, contract.table, model_rows(contract))
    write_warehouse(build)
    return build


def row_of(contract: Contract, **changed: object) -> dict[str, Any]:
    row = {
        column.name: column.allowed_values[0]
        if column.allowed_values
        else PLAIN.get(column.type, "2017-12-31")
        for column in contract.columns
    }
    return {**row, **changed}


def model_rows(contract: Contract) -> list[dict[str, Any]]:
    if contract.table == "touch_credits":
        return [
            row_of(contract, attribution_model=model, transaction_id=sale, credited_amount=Decimal(amount))
            for model, shares in {"first": ("70.00", "30.00"), "markov": ("55.50", "44.50")}.items()
            for sale, amount in zip(("1", "2"), shares, strict=True)
        ]
    return [row_of(contract)]


def write_model(build: BuildPaths, table: str, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), build.scores / f"{table}.parquet")


def empty(build: BuildPaths, *tables: str) -> None:
    """Take the rows out of features and marts."""
    with duckdb.connect(str(build.warehouse)) as connection:
        for table in tables:
            connection.execute(f"delete from {table}")


def write_warehouse(build: BuildPaths, renamed: str | None = None, **changed: object) -> None:
    """Write features and marts of one customer; `changed` replaces values, `renamed` spoils a name."""
    build.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(build.warehouse)) as connection:
        for contract in catalog().features + catalog().marts:
            names = {c.name: c.name.upper() + "_2" if c.name == renamed else c.name for c in contract.columns}
            row = row_of(
                contract, currency_code="USD", credit_rate=1.0, tenure_day_count=9, mailed_customer_count=9
            )
            row |= {"campaign_type": "type_a"} | changed
            written = {name: "null" if value is None else repr(str(value)) for name, value in row.items()}
            values = ", ".join(
                f"cast({written[c.name]} as {duckdb_type(c)}) as {names[c.name]}" for c in contract.columns
            )
            connection.execute(f"create schema if not exists {contract.layer}")
            connection.execute(f"create table {contract.layer}.{contract.table} as select {values}")


@pytest.mark.parametrize("gate", ["features", "scores", "marts"])
def test_a_sound_build_passes_and_is_not_touched(build: BuildPaths, gate: str) -> None:
    before = hashlib.sha256(build.warehouse.read_bytes()).hexdigest()
    result = quality.gate(gate, build)
    assert result.has_passed
    assert {rule.contract for rule in result.rules} == {c.name for c in getattr(catalog(), gate)}
    assert hashlib.sha256(build.warehouse.read_bytes()).hexdigest() == before


def test_a_mart_that_lost_a_column_is_not_published(build: BuildPaths) -> None:
    write_warehouse(build, renamed="rfm_cell")
    with pytest.raises(GateFailed, match=COLUMNS_RULE):
        quality.gate("marts", build)
    failed = {rule["contract"] for rule in stored(build, "marts")["rules"] if not rule["has_passed"]}
    assert failed == {"marts.customer_360", "marts.customer_segments"}


def test_a_future_purchase_is_shown_without_its_customer(build: BuildPaths) -> None:
    write_warehouse(build, recency_day_count=-1, customer_id="household 1042")
    with pytest.raises(GateFailed, match="nobody_bought_after_the_as_of_date"):
        quality.gate("features", build)
    (row,) = rule_of(build, "features", "nobody_bought_after_the_as_of_date")["failing_rows"]
    assert (row["recency_day_count"], row["customer_id"]) == (-1, "•••")
    assert "household 1042" not in text_of(build.gates) + text_of(build.docs)


def test_a_buyer_without_a_segment_is_not_published(build: BuildPaths) -> None:
    write_warehouse(build, segment_id=None)
    with pytest.raises(GateFailed, match="every_customer_who_bought_has_a_segment"):
        quality.gate("marts", build)


def test_credit_that_differs_by_a_cent_between_attribution_models_fails(build: BuildPaths) -> None:
    credits = model_rows(catalog().contract("scores", "touch_credits"))
    credits[0]["credited_amount"] += Decimal("0.01")
    write_model(build, "touch_credits", credits)
    with pytest.raises(GateFailed, match="every_attribution_model_credits_the_same_revenue"):
        quality.gate("scores", build)
    rows = rule_of(build, "scores", "every_attribution_model_credits_the_same_revenue")["failing_rows"]
    assert sorted(row["attribution_model"] for row in rows) == ["first", "markov"]


def test_a_customer_in_two_segments_fails(build: BuildPaths) -> None:
    segments = catalog().contract("scores", "customer_segments")
    write_model(
        build, "customer_segments", [row_of(segments), row_of(segments, segment_id="y", segment_name="y")]
    )
    with pytest.raises(GateFailed, match="a_customer_is_in_one_segment"):
        quality.gate("scores", build)


def test_a_score_that_is_no_number_fails(build: BuildPaths) -> None:
    profiles = catalog().contract("scores", "segment_profiles")
    write_model(build, "segment_profiles", [row_of(profiles, standardized_difference=float("nan"))])
    with pytest.raises(GateFailed, match="differences_are_in_standard_deviations"):
        quality.gate("scores", build)


def test_a_retailer_without_campaigns_passes_every_gate(build: BuildPaths) -> None:
    credits = catalog().contract("scores", "touch_credits")
    path = build.scores / "touch_credits.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    empty(build, "marts.campaign_attribution", "marts.campaign_performance", "marts.channel_attribution")
    assert quality.gate("scores", build).has_passed
    assert quality.gate("marts", build).has_passed
    told = {
        rule["rule"]: rule for rule in stored(build, "scores")["rules"] if rule["contract"] == credits.name
    }
    assert told.pop(COLUMNS_RULE)["has_passed"]
    assert {rule["observed"] for rule in told.values()} == {"0 of 0 rows"}


@pytest.mark.parametrize("expectation", ["mean", "sum", "max", "stdev", "proportion_of_non_null_values"])
def test_a_figure_of_no_rows_is_not_too_low(
    build: BuildPaths, expectation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    credits = catalog().contract("scores", "touch_credits")
    kwargs = {"column": "credited_amount", "min_value": 0.01}
    figure = Rule(
        "it_is_not_too_low", f"expect_column_{expectation}_to_be_between", kwargs, "critical", "Why."
    )
    monkeypatch.setattr(tables, "catalog", lambda: Catalog((), (), (replace(credits, rules=(figure,)),), ()))
    path = build.scores / "touch_credits.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    assert quality.gate("scores", build).has_passed
    assert rule_of(build, "scores", "it_is_not_too_low")["observed"] == "0 of 0 rows"


def test_a_warehouse_without_customers_passes_with_a_warning(build: BuildPaths) -> None:
    empty(build, "marts.customer_360")
    assert quality.gate("marts", build).has_passed
    assert not rule_of(build, "marts", "there_are_customers")["has_passed"]


def test_an_empty_table_that_lost_a_column_fails(build: BuildPaths) -> None:
    write_warehouse(build, renamed="credit_rate")
    empty(build, "marts.channel_attribution")
    with pytest.raises(GateFailed, match=COLUMNS_RULE):
        quality.gate("marts", build)


def test_a_warning_that_could_not_be_asked_stops_the_refresh(
    build: BuildPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    credits = catalog().contract("scores", "touch_credits")
    kwargs = {"column": "credit", "min_value": 0.01}
    broken = Rule("it_is_asked", "expect_column_mean_to_be_between", kwargs, "warning", "Why.")
    monkeypatch.setattr(tables, "catalog", lambda: Catalog((), (), (replace(credits, rules=(broken,)),), ()))
    with pytest.raises(GateFailed, match=r"it_is_asked .*in BatchData does not exist"):
        quality.gate("scores", build)


def test_a_missing_model_fails_its_gate(build: BuildPaths) -> None:
    (build.scores / "touch_credits.parquet").unlink()
    with pytest.raises(GateFailed, match="gate scores could not run"):
        quality.gate("scores", build)


def test_the_docs_show_every_gate_and_link_every_table(build: BuildPaths) -> None:
    for gate in ("features", "scores", "marts"):
        quality.gate(gate, build)
    quality.write_data_docs(build)
    index = (build.docs / "gates" / "index.html").read_text(encoding="utf-8")
    assert 'name="viewport" content="width=device-width' in index
    for contract in catalog().features + catalog().scores + catalog().marts:
        assert f'href="{contract.name}.html"' in index
        assert (build.docs / "gates" / f"{contract.name}.html").is_file()
    assert "http" not in text_of(build.docs / "gates")


def test_a_page_of_a_gate_speaks_one_language(build: BuildPaths) -> None:
    quality.gate("marts", build)
    quality.write_data_docs(build)
    for contract in catalog().marts:
        english, chinese = (build.gate_page(contract.name, each).read_text() for each in ("en", "zh"))
        assert contract.description in html.unescape(english)
        assert not re.search(r"[\u4e00-\u9fff]", english)
        assert contract.description_zh in chinese
        assert contract.description not in html.unescape(chinese)
        own = re.sub(r'<div lang="en">.*</div>|<style>.*</style>', "", chinese, flags=re.DOTALL)
        assert not re.search(r">[^<\u4e00-\u9fff]*[A-Z][a-z]+", own)
        assert 'href="index.zh.html"' in own
        assert f'href="{contract.name}.zh.html"' in build.gate_index_zh.read_text()


@pytest.mark.parametrize("is_mixed", [False, True])
def test_a_reused_verdict_brings_a_page_in_each_language(build: BuildPaths, is_mixed: bool) -> None:
    quality.gate("scores", build)
    (contract,) = (each for each in catalog().scores if each.table == "touch_credits")
    if is_mixed:
        build.gate_page(contract.name, "zh").unlink()
    later = Home(build.root.parents[1]).build("v000004")
    later.gates.mkdir(parents=True)
    shutil.copytree(build.scores, later.scores)
    result = quality.gate("scores", later, build, {contract.name})
    rules = [rule for rule in result.rules if rule.contract == contract.name]
    assert {rule.judged_in for rule in rules} == {None if is_mixed else "v000003"}
    assert all(later.gate_page(contract.name, each).exists() for each in ("en", "zh"))


def test_a_rules_query_runs_once_and_returns_no_row(build: BuildPaths) -> None:
    asked: list[str] = []
    listen = sa.event.listens_for(sa.Engine, "before_cursor_execute")
    note = listen(lambda _connection, _cursor, statement, *_rest: asked.append(" ".join(statement.split())))
    try:
        quality.gate("scores", build)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    (once,) = (statement for statement in asked if "touch_number, count(*) as row_count" in statement)
    assert once.startswith("SELECT COUNT(*)")

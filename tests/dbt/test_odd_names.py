"""Column names that SQL reads only in quotes, from a web shop's export through staging."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from shopkeeper.contracts import Column, Contract, FileFormat, all_contracts, dbt_sources
from shopkeeper.engine import identifier
from shopkeeper.paths import DBT_PROJECT, sources_file

NAMES = {
    "Name": "order_name",
    "Created at": "created_text",
    "order": "order_number",
    "实付金额(元)": "paid_amount",
    'Size 10"': "size_name",
    "select": "selected_name",
    "{{ total }}": "total_name",
    "50% off": "discount_name",
}
ORDERS = Contract(
    "sources",
    "shopify",
    "orders",
    "1.0.0",
    "One row per order.",
    "每个订单一行。",
    tuple(
        Column(
            name,
            "decimal" if "元" in name else "text",
            "What it holds.",
            "列说明。",
            "internal",
            precision=18,
            scale=2,
        )
        for name in NAMES
    ),
    file=FileFormat("orders*.csv", "csv"),
)


def unrendered(sql: str) -> str:
    return f"{{% raw %}}{sql}{{% endraw %}}"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build with one landed order, and beside it a project whose only source is the web shop."""
    landed = tmp_path / "build" / "landed" / "shopify" / "orders"
    landed.mkdir(parents=True)
    row = {name: pa.array(["12.50" if "元" in name else f"{name} holds it"]) for name in NAMES}
    pq.write_table(pa.table({**row, "_line_number": pa.array([2], pa.int64())}), landed / "ab12.parquet")
    pq.write_table(pa.table({"as_of_date": ["2017-01-02"]}), tmp_path / "build" / "refresh.parquet")
    staging = tmp_path / "project" / "models" / "staging" / "shopify"
    staging.mkdir(parents=True)
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())
    macros = {"macro-paths": [str(DBT_PROJECT / "macros")], "models": {}}
    (tmp_path / "project" / "dbt_project.yml").write_text(yaml.safe_dump({**project, **macros}))
    compiled = dbt_sources.compiled_files(replace(all_contracts(), sources=(ORDERS,)))
    (sources,) = (text for path, text in compiled.items() if path.name == sources_file("shopify"))
    (staging / sources_file("shopify")).write_text(sources)
    columns = ",\n".join(
        f"        {unrendered(identifier(name))} as {alias}" for name, alias in NAMES.items()
    )
    (staging / "stg_shopify__orders.sql").write_text(
        "with source as (\n    {{ typed_source('shopify', 'orders') }}\n),\n\nrenamed as (\n    select\n"
        f"        batch_id,\n        source_line_number,\n{columns}\n    from source\n)\n\nselect * from renamed\n"
    )
    return tmp_path / "build"


def test_names_that_need_quotes_come_through_staging(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    monkeypatch.setenv("SHOPKEEPER_BUILD", str(build))
    places = ("--project-dir", str(build.parent / "project"), "--profiles-dir", str(DBT_PROJECT))
    try:
        run = dbtRunner().invoke(["--quiet", "run", *places, "--target-path", str(build / "dbt")])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert run.success, run.exception or [result.message for result in run.result]
    config = {"file_search_path": str(build)}
    with duckdb.connect(str(build / "warehouse.duckdb"), config=config) as connection:
        (row,) = connection.sql("from stg_shopify__orders").to_arrow_table().to_pylist()
    values = {
        alias: Decimal("12.50") if "元" in name else f"{name} holds it" for name, alias in NAMES.items()
    }
    assert row == {"batch_id": "ab12", "source_line_number": 2, **values}

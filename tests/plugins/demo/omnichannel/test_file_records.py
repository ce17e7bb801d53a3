"""Conservation between truth and files: every record of a file has its truth, every planted row is in a
file.
"""

import duckdb
import pytest
from tests.plugins.demo.omnichannel.conftest import Shop

from shopkeeper.demo.omnichannel.files.queries import EXPORTS, has_integer_key
from shopkeeper.demo.omnichannel.tables import TABLES

EXPORTED = sorted({export.table for export in EXPORTS})
TRUTH_ALONE = {"persons", "contacts", "devices", "lives", "visits", "lost_sales"}


@pytest.fixture(scope="module")
def records(shop: Shop) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.read_parquet(str(shop.truth.root / "records" / "*.parquet")).create_view("records")
    for folder in (shop.truth.root / "tables").iterdir():
        connection.read_parquet(str(folder / "*.parquet")).create_view(folder.name)
    return connection


def test_every_dropped_file_is_explained_from_its_first_record(
    shop: Shop, records: duckdb.DuckDBPyConnection
) -> None:
    files = {str(p.relative_to(shop.home.inbox)) for p in shop.home.inbox.rglob("*") if p.is_file()}
    told = records.sql(
        "select place, min(record_number), max(record_number), count(*) from records group by all"
    ).fetchall()
    assert {place for place, *_ in told} == files
    assert all(first == 1 and last == count for _, first, last, count in told)


def test_a_record_without_a_row_is_dirt(records: duckdb.DuckDBPyConnection) -> None:
    assert records.sql("select count(*) from records where row_id is null and dirt is null").fetchone() == (
        0,
    )


def test_every_table_is_exported_or_is_truth_alone() -> None:
    assert set(EXPORTED) | TRUTH_ALONE == set(TABLES)


@pytest.mark.parametrize("table", [name for name in EXPORTED if name != "experiment_assignments"])
def test_every_planted_row_is_in_a_file(records: duckdb.DuckDBPyConnection, table: str) -> None:
    records.execute(f"create or replace temp view told as select * from records where \"table\" = '{table}'")
    planted = records.sql(f"select count(*) from {table}").fetchone()
    assert planted == records.sql("select count(distinct row_id) from told").fetchone()
    if has_integer_key(table):
        key = TABLES[table].key
        row_id = key[0] if len(key) == 1 else f"{key[0]} * 1000 + line_number"
        assert records.sql(
            f"select count(*) from told anti join {table} on row_id = {row_id}"
        ).fetchone() == (0,)

"""Conservation between truth and files: every record of a file has its truth, every planted row is in a
file.
"""

import duckdb
import pyarrow as pa
import pytest
from tests.plugins.demo.omnichannel.conftest import Shop

from shopkeeper.demo.omnichannel.files.exports import EXPORTS, WEEKLY
from shopkeeper.demo.omnichannel.files.stories import STORIES
from shopkeeper.demo.omnichannel.tables import TABLES
from shopkeeper.demo.omnichannel.truth.checkpoint import waiting_files

EXPORTED = sorted({export.table for export in EXPORTS})
TRUTH_ALONE = {"persons", "contacts", "devices", "lives", "visits", "lost_sales"}
PURE_DIRT = {"bot", "orphan"}


@pytest.fixture(scope="module")
def records(shop: Shop) -> duckdb.DuckDBPyConnection:
    """The truth of every record: of the files that have come, and of those that still wait."""
    connection = duckdb.connect()
    connection.read_parquet(str(shop.truth.root / "records" / "*.parquet")).create_view("come")
    parts = [rows for file in waiting_files(shop.truth) for rows in file.records()]
    still = pa.concat_tables(parts) if parts else connection.sql("from come limit 0").to_arrow_table()
    connection.register("still", still)
    connection.execute("create view records as from come union all by name from still")
    for folder in (shop.truth.root / "tables").iterdir():
        connection.read_parquet(str(folder / "*.parquet")).create_view(folder.name)
    return connection


def test_every_dropped_file_is_explained_from_its_first_record(
    shop: Shop, records: duckdb.DuckDBPyConnection
) -> None:
    files = {str(p.relative_to(shop.home.inbox)) for p in shop.home.inbox.rglob("*") if p.is_file()}
    told = records.sql(
        "select place, min(record_number), max(record_number), count(*) from come group by all"
    ).fetchall()
    assert {place for place, *_ in told} == files
    assert all(first == 1 and last == count for _, first, last, count in told)


def test_a_file_has_as_many_records_as_its_truth(shop: Shop, records: duckdb.DuckDBPyConnection) -> None:
    told = dict(records.sql("select place::varchar, count(*) from come group by all").fetchall())
    for place, count in told.items():
        if place.endswith((".csv", ".jsonl")):
            written = (shop.home.inbox / place).read_bytes().count(b"\n")
            assert written - place.endswith(".csv") == count, place


def test_a_record_without_a_row_is_a_bots_or_an_orphan(records: duckdb.DuckDBPyConnection) -> None:
    found = records.sql("select distinct unnest(dirt) from records where row_id is null").fetchall()
    assert PURE_DIRT <= {story for (story,) in found} <= PURE_DIRT | {"late_file", "restated_file"}
    assert records.sql("select count(*) from records where row_id is null and dirt is null").fetchone() == (
        0,
    )
    assert records.sql(
        'select count(*) from records where ("table" is null) <> (row_id is null)'
    ).fetchone() == (0,)


def test_every_table_is_exported_or_is_truth_alone() -> None:
    assert set(EXPORTED) | TRUTH_ALONE == set(TABLES)


@pytest.mark.parametrize("table", EXPORTED)
def test_every_planted_row_is_in_a_file(records: duckdb.DuckDBPyConnection, table: str) -> None:
    records.execute(f"create or replace temp view told as select * from records where \"table\" = '{table}'")
    row_id = "row_id" if table not in WEEKLY else "row_id % 10000000"
    planted = records.sql(f"select count(*) from {table}").fetchone()
    assert planted == records.sql(f"select count(distinct {row_id}) from told").fetchone()
    key = TABLES[table].key
    if key[0].endswith("_id") and (len(key) == 1 or key[1] == "line_number"):
        row = key[0] if len(key) == 1 else f"{key[0]} * 1000 + line_number"
        assert records.sql(f"select count(*) from told anti join {table} on row_id = {row}").fetchone() == (
            0,
        )


def test_a_clean_row_is_written_once(records: duckdb.DuckDBPyConnection) -> None:
    twice = records.sql(
        "select 1 from records where \"table\" in ('receipt_lines', 'orders', 'order_lines', 'events', 'payments')"
        ' and dirt is null group by "table", row_id having count(*) > 1'
    )
    assert len(twice) == 0


@pytest.mark.parametrize("story", [story for story in STORIES if story != "merged_retailer"])
def test_every_story_befalls_a_record(records: duckdb.DuckDBPyConnection, story: str) -> None:
    assert records.sql(
        f"select count(*) > 0 from records where list_contains(dirt, '{story}')"
    ).fetchone() == (True,)

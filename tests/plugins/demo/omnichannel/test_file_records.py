"""Conservation between truth and files: every record of a file has its truth, every planted row is in a file."""

import duckdb
import pytest
from tests.plugins.demo.omnichannel.conftest import Shop


@pytest.fixture(scope="module")
def records(shop: Shop) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.read_parquet(str(shop.truth.root / "records" / "*.parquet")).create_view("records")
    connection.read_parquet(str(shop.truth.root / "tables" / "receipt_lines" / "*.parquet")).create_view(
        "receipt_lines"
    )
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


def test_every_receipt_line_is_in_a_file(records: duckdb.DuckDBPyConnection) -> None:
    lacking = records.sql(
        "select count(*) from receipt_lines anti join (from records where \"table\" = 'receipt_lines') as r "
        "on receipt_id * 1000 + line_number = row_id"
    ).fetchone()
    assert lacking == (0,)

"""What a reader may query in a published version, and that queries change and reveal nothing else."""

import hashlib
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.shop.versions import MONDAY, SHOPKEEPER, TILL_LINES, TUESDAY, Shop

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.warehouse import builds, restatements

WRITING = (
    "copy (select 1) to '{raw}/pos/lines/{batch}.parquet'",
    "copy input.transaction_lines to '{home}/till.csv'",
    "attach '{current}' as w (read_write); drop schema w.input cascade; select 1",
    "attach '{current}' as w",
    "attach ':memory:' as m; create table m.t as select 1",
    "export database '{home}/export'",
    "import database '{home}'",
    "pragma import_database('{home}')",
    "create temp table lines as select 1",
    "create macro sales_value() as 1",
    "create or replace view input.transaction_lines as select 1",
    "insert into input.transaction_lines values ('R1', '1', 1, 'x')",
    "update input.transaction_lines set sales_value = 0",
    "delete from input.transaction_lines",
    "truncate input.transaction_lines",
    "drop table input.transaction_lines",
    "set memory_limit = '1MB'",
    "set enable_external_access = true; select content from read_text('{receipt}')",
    "reset threads",
    "pragma threads = 1",
    "set variable sales_value = 1",
    "use input",
    "install httpfs",
    "install h3 from community",
    "load httpfs",
    "update extensions",
    "prepare total as select 1",
    "execute total",
    "call pragma_version()",
    "checkpoint",
    "force checkpoint",
    "vacuum",
    "begin",
    "explain analyze copy (select 1) to '{home}/till.csv'",
    "explain delete from input.transaction_lines",
    "select 1; select 2",
    "select 1; -- \n drop table input.transaction_lines",
    "/* a comment */ copy (select 1) to '{home}/till.csv'",
    "",
    "-- nothing",
    ";",
)
READING_ELSEWHERE = (
    "select content from read_text('{receipt}')",
    "select content from read_blob('{receipt}')",
    "from glob('{home}/**')",
    "from '{receipt}'",
    "from '{raw}/pos/lines/{batch}.parquet'",
    "from read_parquet('{raw}/pos/lines/*.parquet')",
    "from read_csv('/etc/passwd')",
    "from sniff_csv('/etc/passwd')",
    "from read_duckdb('{current}', table_name = 'transaction_lines')",
    "from parquet_metadata('{raw}/pos/lines/{batch}.parquet')",
    "select (select count(*) from glob('/*'))",
    "with found as materialized (from READ_TEXT('/etc/passwd')) from found",
    "from range(3), lateral (from read_text('/etc/passwd'))",
    "describe from read_csv('/etc/passwd')",
    "summarize from read_csv('/etc/passwd')",
    "explain from glob('/*')",
    "from query('select content from read_text(''/etc/passwd'')')",
    "from system.main.query('select 1')",
    "from query_table(['/etc/passwd'])",
    "from json_execute_serialized_sql(json_serialize_sql('from glob(''/*'')'))",
    "from enable_logging(storage = 'file', storage_path = '{home}/log')",
    "from enable_profiling(format = 'json', save_location = '{home}/profile.json')",
    "from force_checkpoint()",
    "from arrow_scan(0::pointer, 0::pointer, 0::pointer)",
    "from duckdb_secrets()",
    "from 'https://example.com/till.csv'",
    "select getenv('HOME')",
    "from secret",
)
READING = {
    "select count(*) as n from input.transaction_lines": [(2,)],
    "from input.transaction_lines select count(*)": [(2,)],
    "with lines as (from input.transaction_lines) select sum(sales_value)::varchar from lines": [("2.05",)],
    "values (1, 'milk'), (2, 'bread')": [(1, "milk"), (2, "bread")],
    "table meta.batches": None,
    "show all tables": None,
    "describe input.transaction_lines": None,
    "describe select 1": None,
    "summarize input.transaction_lines": None,
    "explain select 1": None,
    "explain analyze from meta.batches": None,
    "(select 1)": [(1,)],
    "-- a comment\nselect 1; -- and another": [(1,)],
    "select ';' as semicolon": [(";",)],
    "select unnest(range(2)) as n": [(0,), (1,)],
    "select table_name from duckdb_tables() order by all": [("batches",), ("transaction_lines",)],
    "pivot input.transaction_lines on basket_id in ('R1') using count(*) group by basket_id": None,
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A shop with one published version, which no test here changes, and the places in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builds, "catalog", lambda: SimpleNamespace(sources=(TILL_LINES,)))
        patch.setattr(restatements, "catalog", lambda: SimpleNamespace(sources=(TILL_LINES,)))
        patch.setattr(builds, "retailer", lambda: SHOPKEEPER)
        shop = Shop(Home(tmp_path_factory.mktemp("shop") / "home"))
        batch = shop.land("till_1.csv", MONDAY)
        version = shop.refresh()
        raw = shop.home.raw
        yield (
            shop,
            {
                "home": shop.home.root,
                "raw": raw,
                "batch": batch,
                "receipt": raw / "pos" / "lines" / f"{batch}.json",
                "current": shop.home.versions / version / "warehouse.duckdb",
            },
        )


def content_of(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("statement", WRITING + READING_ELSEWHERE)
def test_a_query_that_does_more_than_read_is_refused(published, statement):
    shop, places = published
    secret = MONDAY  # noqa: F841, no variable of this process is a table
    before = content_of(shop.home.root)
    with pytest.raises(UserError) as refusal:
        warehouse.query(shop.home, statement.format(**places))
    assert "\n" not in str(refusal.value)
    assert content_of(shop.home.root) == before


@pytest.mark.parametrize(("statement", "rows"), READING.items())
def test_every_way_to_read_gives_rows(published, statement, rows):
    shop, _ = published
    found = warehouse.query(shop.home, statement)
    assert found.num_rows
    assert rows is None or [tuple(row.values()) for row in found.to_pylist()] == rows


def test_whoever_writes_into_another_version_is_refused(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    current = shop.home.versions / warehouse.current(shop.home) / "warehouse.duckdb"
    attack = f"attach '{current}' as w (read_write); drop schema w.input cascade; select 1"
    with pytest.raises(UserError, match="a query is one statement that begins with SELECT"):
        warehouse.query(shop.home, attack, version="v000001")
    assert warehouse.query(shop.home, "from input.transaction_lines").num_rows == 3


def test_a_published_connection_opens_no_file_and_keeps_settings(published):
    shop, places = published
    with warehouse.connect_published(shop.home) as connection:
        for statement in ("from read_text('{receipt}')", "set threads = 1", "install httpfs"):
            with pytest.raises(Exception, match=r"disabled by configuration|locked"):
                connection.execute(statement.format(**places)).fetchall()


def test_many_readers_of_one_process_are_all_confined(published):
    shop, _ = published

    def read(_):
        with warehouse.connect_published(shop.home) as connection:
            count = connection.sql("select count(*) from input.transaction_lines").fetchone()
            return count, connection.sql("select current_setting('enable_external_access')").fetchone()

    with ThreadPoolExecutor(8) as readers:
        assert set(readers.map(read, range(40))) == {((2,), (False,))}


def test_a_query_larger_than_memory_is_answered(published, monkeypatch):
    shop, _ = published
    monkeypatch.setenv("SHOPKEEPER_MEMORY_LIMIT", "40MB")
    settings.cache_clear()
    sorting = "select count(*) from (select hash(range)::varchar as h from range(1500000) order by h, range)"
    try:
        assert warehouse.query(shop.home, sorting).num_rows == 1
    finally:
        settings.cache_clear()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("select 1 as a, 2 as b, 3 as a", ["a", "b", "a_1"]),
        ("select 1 as a, 2 as a, 3 as a_1, 4 as a", ["a", "a_2", "a_1", "a_3"]),
        ("from meta.batches b join meta.batches c using (batch_id) select b.file_name, c.file_name",
         ["file_name", "file_name_1"]),
        ("select 1 as a, 2 as A", ["a", "A"]),
    ],
)  # fmt: skip
def test_columns_of_one_name_are_told_apart(published, statement, names):
    shop, _ = published
    assert warehouse.query(shop.home, statement).column_names == names


def test_a_query_that_is_no_text_is_one_line(published):
    shop, _ = published
    with pytest.raises(UserError, match="UTF-8"):
        warehouse.query(shop.home, "select '\udce9'")


def test_ctrl_c_ends_a_query_that_would_take_hours(published):
    shop, _ = published
    main = threading.main_thread().ident
    assert main is not None
    key = threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT))
    # A process that runs tests for another one ignores the key.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        key.start()
        with pytest.raises(KeyboardInterrupt):
            warehouse.query(
                shop.home, "select sum(hash(a.range + b.range)) from range(10000000) a, range(100000) b"
            )
        key.join()
    finally:
        signal.signal(signal.SIGINT, ignored)


@pytest.mark.parametrize(
    "value", ["md5_number('x')", "[1::uhugeint]", "'101'::bit", "'9'::bignum", "timetz '10:00:00+15'"]
)
def test_a_value_that_would_be_printed_wrong_is_refused(published, value):
    shop, _ = published
    with pytest.raises(UserError, match=r"column x is of the type .*; cast it to varchar"):
        warehouse.query(shop.home, f"select {value} as x")
    assert warehouse.query(shop.home, f"select ({value})::varchar as x").num_rows == 1

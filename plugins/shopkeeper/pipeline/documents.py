"""The step that writes a build's documentation, without personal values."""

from shopkeeper import dbt_runner, dictionary, pages, quality, warehouse
from shopkeeper.contracts import catalog
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step

TYPES = (
    "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
)
LAST_DATES = """
    select system || '.' || table_name, max(stated_date) from batches where status <> 'withdrawn' group by all
"""


@step
def document(home: Home, build_id: str) -> Facts:
    """Write the dictionary, dbt's documentation, the gates' pages and the pages for the business."""
    build = home.build(build_id)
    dbt_runner.document(home, build_id, build.dbt_pages)
    quality.write_data_docs(build)
    as_of_date = warehouse.describe(home, build_id).as_of_date
    with warehouse.connect_build(home, build_id) as connection:
        pages.write(build, connection, as_of_date)
        last_dates = dict(connection.read_parquet(str(build.batches)).query("batches", LAST_DATES).fetchall())
        types = {(table, column): type_ for table, column, type_ in connection.execute(TYPES).fetchall()}
    graph = dbt_runner.graph(home)
    found = dictionary.make(build_id, as_of_date, catalog(), graph, last_dates, types)
    dictionary.write(build, found, catalog())
    return {"pages": sum(1 for _ in build.docs.rglob("*.html"))}

"""The step that writes a build's documentation, without personal values."""

from shopkeeper import dbt_runner, pages, quality, warehouse
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step


@step
def document(home: Home, build_id: str) -> Facts:
    """Write dbt's documentation, the gates' pages and the pages for the business."""
    build = home.build(build_id)
    dbt_runner.document(home, build_id, build.dbt_pages)
    quality.write_data_docs(build)
    as_of_date = warehouse.describe(home, build_id).as_of_date
    with warehouse.connect_build(home, build_id) as connection:
        pages.write(build, connection, as_of_date)
    return {"pages": sum(1 for _ in build.docs.rglob("*.html"))}

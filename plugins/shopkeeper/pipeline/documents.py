"""The step that writes a build's documentation, without personal values."""

from shopkeeper import dbt_runner, quality
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step


@step
def document(home: Home, build_id: str) -> Facts:
    """Write dbt's documentation and the gates' pages."""
    build = home.build(build_id)
    dbt_runner.document(home, build_id, build.dbt_pages)
    quality.write_data_docs(build)
    return {"pages": sum(1 for _ in build.docs.rglob("*.html"))}

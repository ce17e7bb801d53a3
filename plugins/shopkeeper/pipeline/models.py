"""The steps in which dbt builds tables."""

from shopkeeper import dbt_runner
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step


@step
def standardize(home: Home, build_id: str) -> Facts:
    """Bring every source to the canonical input tables."""
    return dbt_runner.run(home, build_id, "standardize")


@step
def integrate(home: Home, build_id: str) -> Facts:
    """Build the facts, dimensions and features of the business."""
    return dbt_runner.run(home, build_id, "integrate")


@step
def serve(home: Home, build_id: str) -> Facts:
    """Build the marts that readers use."""
    return dbt_runner.run(home, build_id, "serve")

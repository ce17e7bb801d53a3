"""The first and the last step of a build."""

from shopkeeper import warehouse
from shopkeeper.contracts import catalog
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.pipeline.definitions import definitions
from shopkeeper.pipeline.guard import Facts, writing
from shopkeeper.retailers import retailer


def begin(home: Home, full: bool = False) -> Facts | None:
    """Begin a build; None if the published version is already up to date, including its definitions."""
    needed = [each.table for each in catalog().input if each.is_required]
    lacking = [each for each in needed if not retailer().delivers(each)]
    if lacking:
        raise UserError(
            f"no system of {retailer().name} delivers {' and '.join(lacking)}: "
            f"write stg_<system>__{lacking[0]} and name it in retailer.yml (docs/entities.md)"
        )
    with writing(home):
        build_id = warehouse.begin(home, full, lambda: definitions(home))
        if build_id is None:
            return None
        begun = warehouse.describe(home, build_id)
    return {
        "build_id": begun.build_id,
        "base_version": begun.base_version,
        "as_of_date": begun.as_of_date,
        "is_full": begun.is_full,
        "changed": list(begun.changed),
    }


def publish(home: Home, build_id: str) -> Facts:
    """Show the build to readers, all at once."""
    with writing(home):
        manifest = warehouse.publish(home, build_id)
    rows = sum(table["row_count"] for table in manifest["tables"].values())
    return {"version": manifest["version"], "tables": len(manifest["tables"]), "rows": rows}

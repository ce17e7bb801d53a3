"""Finds what staging models would lose in silence, by their files alone."""

import re
from collections.abc import Iterator, Mapping, Sequence

from shopkeeper.contracts.registry import Catalog
from shopkeeper.paths import RetailerPaths


def problems_of_staging(
    contracts: Catalog, systems: Mapping[str, Sequence[str]], places: RetailerPaths
) -> Iterator[str]:
    """Yield a line with the cure for each fault in a retailer's staging models.

    `systems`: what each of the systems delivers.
    """
    yield from _unlisted_columns(contracts, places)
    yield from _deletions_without_records(contracts, systems, places)


def _unlisted_columns(contracts: Catalog, places: RetailerPaths) -> Iterator[str]:
    """Each canonical column of a staging model that its yml lacks: it would be lost."""
    entities = {contract.table: contract for contract in contracts.input}
    for path in sorted(places.staging.glob("*/stg_*__*.sql")):
        entity = entities.get(path.stem.split("__")[1])
        selections = re.split(r"\bselect\b", path.read_text(encoding="utf-8"), flags=re.IGNORECASE)
        yml = path.with_suffix(".yml")
        listed = yml.read_text(encoding="utf-8") if yml.exists() else ""
        for column in entity.columns if entity else ():
            is_given = re.search(rf"^(.* as |\s*){column.name},?$", selections[-2:][0], re.MULTILINE)
            if is_given and not re.search(rf"name: {column.name}\b", listed):
                yield f"{path.name} gives {column.name}, which its yml does not list: add it there"


def _deletions_without_records(
    contracts: Catalog, systems: Mapping[str, Sequence[str]], places: RetailerPaths
) -> Iterator[str]:
    """Each file of deleted keys whose system states no record that it could delete."""
    sources = {(contract.system, contract.table): contract for contract in contracts.sources}
    for system, parts in systems.items():
        deliveries: dict[str, dict[str, str]] = {}
        for part in parts:
            path = places.staging_model(system, f"stg_{system}__{part}")
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for table in re.findall(r"typed_source\('[^']*', '([^']*)'\)", text):
                source = sources.get((system, table))
                if source is not None and source.file is not None:
                    deliveries.setdefault(part.split("__")[0], {})[table] = source.file.delivery
        for entity, tables in deliveries.items():
            if set(tables.values()) == {"deletes"}:
                yield (
                    f"{system}.{min(tables)} deletes {entity}, of which {system} states none, so that it "
                    "deletes nothing: drop its files as a table of the system that states them"
                )

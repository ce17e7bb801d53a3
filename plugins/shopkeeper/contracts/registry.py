"""Every contract of a deployment, canonical and the retailer's, by layer, table and file name."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from shopkeeper.contracts.contract import LAYERS, Column, Contract, Layer
from shopkeeper.contracts.odcs import read_contract
from shopkeeper.errors import UserError
from shopkeeper.paths import EXPECTATIONS
from shopkeeper.retailers import retailer

SUFFIX = ".odcs.yaml"


@dataclass(frozen=True)
class Catalog:
    """The contracts of each border, ordered by name."""

    sources: tuple[Contract, ...]
    features: tuple[Contract, ...]
    scores: tuple[Contract, ...]
    marts: tuple[Contract, ...]
    input: tuple[Contract, ...] = ()

    @property
    def all(self) -> tuple[Contract, ...]:
        """All contracts, in the order of a refresh."""
        return self.sources + self.input + self.features + self.scores + self.marts

    def contract(self, system: str, table: str) -> Contract:
        """Return a contract by its system (sources) or its layer (others); `UserError` if unknown."""
        for contract in self.all:
            if (contract.system, contract.table) == (system, table):
                return contract
        raise UserError(f"no contract for {system}.{table}; write {system}/{table}{SUFFIX}")

    def for_file(self, system: str, file_name: str) -> Contract | None:
        """Return the contract whose file pattern a dropped file's name matches, or `None`."""
        for contract in self.sources:
            if contract.system == system and contract.file and fnmatchcase(file_name, contract.file.pattern):
                return contract
        return None


def contract_folders() -> tuple[Path, ...]:
    """Return the folders of this deployment's contracts: the canonical ones, then the retailer's."""
    return EXPECTATIONS, retailer().contracts


def contract_files(*folders: Path) -> list[tuple[Path, Layer, str]]:
    """Return each contract file with its layer and its system (for contracts of a border, the layer's name).

    A subfolder named after a layer holds the contracts of that border; any other subfolder is a system's.
    """
    found: list[tuple[Path, Layer, str]] = []
    for path in sorted(path for folder in folders for path in folder.glob(f"*/*{SUFFIX}")):
        name = path.parent.name
        layer: Layer = next((layer for layer in LAYERS if layer == name), "sources")
        found.append((path, layer, name))
    return found


def read_catalog(*folders: Path) -> Catalog:
    """Read every contract below folders laid out as `expectations/` or a retailer's `contracts/`."""
    by_layer: dict[str, list[Contract]] = {layer: [] for layer in LAYERS}
    for path, layer, system in contract_files(*folders):
        by_layer[layer].append(read_contract(path, layer, system))
    return Catalog(**{layer: tuple(contracts) for layer, contracts in by_layer.items()})


_RECORDS = ("customers", "households")
_OF_A_STATEMENT = (
    *("batch_id", "source_line_number", "identifier_type", "identifier_value", "stated_at", "is_deleted"),
)


@lru_cache
def all_contracts() -> Catalog:
    """Return every contract of this deployment, including those whose data the retailer does not deliver.

    A contract that `includes` customers also gets the columns of their records.
    """
    known = read_catalog(*contract_folders())
    return replace(known, marts=tuple(_with_records(contract, known) for contract in known.marts))


@lru_cache
def catalog() -> Catalog:
    """Return the contracts whose entities this retailer delivers, read once per process.

    A contract that `includes` a group gets the columns of that group's features at its end.
    """
    known = all_contracts()
    delivered: dict[str, tuple[Contract, ...]] = {
        layer: tuple(c for c in getattr(known, layer) if is_delivered(c)) for layer in LAYERS
    }
    marts = tuple(with_group(contract, delivered["features"]) for contract in delivered["marts"])
    delivered["marts"] = marts
    return Catalog(**delivered)


def off() -> dict[str, str]:
    """Return the tables of this deployment that are off, each with its missing entities."""
    on = {(contract.layer, contract.table) for contract in catalog().all}
    lacking = [c for c in all_contracts().all if (c.layer, c.table) not in on]
    return {
        c.table: " and ".join(
            [need for need in c.needs if not retailer().delivers(need)] or [" or ".join(c.needs_any)]
        )
        for c in lacking
    }


def is_delivered(contract: Contract) -> bool:
    """Whether this retailer delivers everything that a contract needs, and at least one of its
    alternatives.
    """
    delivers = retailer().delivers
    any_needed = not contract.needs_any or any(delivers(need) for need in contract.needs_any)
    return any_needed and all(delivers(need) for need in contract.needs)


def group_columns(features: tuple[Contract, ...], group: str) -> dict[str, list[Column]]:
    """Return the columns of each feature table of a group, without their shared keys."""
    return {c.table: [each for each in c.columns if not each.is_key] for c in features if c.group == group}


def with_group(contract: Contract, features: tuple[Contract, ...]) -> Contract:
    """Return a contract with the columns of its included feature group."""
    if contract.includes is None:
        return contract
    groups = group_columns(features, contract.includes)
    included = [replace(each, is_required=False) for columns in groups.values() for each in columns]
    own = [each for each in contract.columns if is_known(each.name)]
    return replace(contract, columns=(*own, *included))


def _with_records(contract: Contract, known: Catalog) -> Contract:
    """Return a contract with the columns that records of customers and households tell, after its key."""
    if contract.includes != "customer":
        return contract
    records = [entity for entity in known.input if entity.table in _RECORDS]
    told = {
        column.name: replace(column, is_required=False, is_key=False)
        for entity in records
        for column in entity.columns
        if column.name not in _OF_A_STATEMENT
    }
    key, *own = contract.columns
    return replace(contract, columns=(key, *told.values(), *own))


def is_known(column: str) -> bool:
    """Whether the retailer delivers this column of customers or households; true for all other columns."""
    described = {entity: set[str]() for entity in _RECORDS}
    for contract in all_contracts().input:
        if contract.table in described:
            described[contract.table] = {each.name for each in contract.columns}
    tellers = [f"{entity}.{column}" for entity, columns in described.items() if column in columns]
    is_identifier = column in retailer().identifiers
    return not tellers or is_identifier or any(retailer().delivers(teller) for teller in tellers)

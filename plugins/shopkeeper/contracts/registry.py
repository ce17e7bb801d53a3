"""Every contract of a deployment, the canonical ones and the retailer's, by layer, table and file name."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from shopkeeper.contracts.model import LAYERS, Contract, Layer
from shopkeeper.contracts.odcs import read_contract
from shopkeeper.errors import UserError
from shopkeeper.retailers import retailer
from shopkeeper.settings import PROJECT_ROOT

EXPECTATIONS = PROJECT_ROOT / "expectations"
SUFFIX = ".odcs.yaml"


@dataclass(frozen=True)
class Catalog:
    """The contracts of each border, in the order of their names."""

    sources: tuple[Contract, ...]
    features: tuple[Contract, ...]
    models: tuple[Contract, ...]
    marts: tuple[Contract, ...]

    @property
    def all(self) -> tuple[Contract, ...]:
        """All contracts, in the data's order."""
        return self.sources + self.features + self.models + self.marts

    def contract(self, system: str, table: str) -> Contract:
        """Return a source's contract by its system, another one by its layer; ``UserError`` if unknown."""
        for contract in self.all:
            if (contract.system, contract.table) == (system, table):
                return contract
        raise UserError(f"no contract for {system}.{table}; write {system}/{table}{SUFFIX}")

    def for_file(self, system: str, file_name: str) -> Contract | None:
        """Return the contract whose file pattern a dropped file's name matches, or ``None``."""
        for contract in self.sources:
            if contract.system == system and contract.file and fnmatchcase(file_name, contract.file.pattern):
                return contract
        return None


def contract_folders() -> tuple[Path, ...]:
    """Return the folders of this deployment's contracts: the canonical ones, then the retailer's."""
    return EXPECTATIONS, retailer().contracts


def contract_files(*folders: Path) -> list[tuple[Path, Layer, str]]:
    """Return each contract's file with its layer and its system (the layer's name where there is none).

    A subfolder that is named as a layer holds contracts of that border; any other one is a system's.
    """
    found: list[tuple[Path, Layer, str]] = []
    for path in sorted(path for folder in folders for path in folder.glob(f"*/*{SUFFIX}")):
        name = path.parent.name
        layer: Layer = next((layer for layer in LAYERS if layer == name), "sources")
        found.append((path, layer, name))
    return found


def read_catalog(*folders: Path) -> Catalog:
    """Read every contract below folders laid out as ``expectations/`` or a retailer's ``contracts/``."""
    by_layer: dict[str, list[Contract]] = {layer: [] for layer in LAYERS}
    for path, layer, system in contract_files(*folders):
        by_layer[layer].append(read_contract(path, layer, system))
    return Catalog(**{layer: tuple(contracts) for layer, contracts in by_layer.items()})


@lru_cache
def catalog() -> Catalog:
    """Return this deployment's contracts, read once a process."""
    return read_catalog(*contract_folders())

"""Every contract of the project, by layer, by table and by file name."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import get_args

from shopkeeper.contracts.model import Contract, Layer
from shopkeeper.contracts.odcs import read_contract
from shopkeeper.errors import UserError
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
        raise UserError(f"no contract for {system}.{table}; write expectations/…/{table}{SUFFIX}")

    def for_file(self, system: str, file_name: str) -> Contract | None:
        """Return the contract whose file pattern a dropped file's name matches, or ``None``."""
        for contract in self.sources:
            if contract.system == system and contract.file and fnmatchcase(file_name, contract.file.pattern):
                return contract
        return None


def contract_files(folder: Path = EXPECTATIONS) -> list[tuple[Path, Layer, str]]:
    """Return each contract's file with its layer and its system (the layer's name where there is none)."""
    found: list[tuple[Path, Layer, str]] = []
    for layer in get_args(Layer):
        for path in sorted((folder / layer).rglob(f"*{SUFFIX}")):
            found.append((path, layer, path.parent.name))
    return found


def read_catalog(folder: Path) -> Catalog:
    """Read every contract below a folder that is laid out as ``expectations/``."""
    by_layer: dict[str, list[Contract]] = {layer: [] for layer in get_args(Layer)}
    for path, layer, system in contract_files(folder):
        by_layer[layer].append(read_contract(path, layer, system))
    return Catalog(**{layer: tuple(contracts) for layer, contracts in by_layer.items()})


@lru_cache
def catalog() -> Catalog:
    """Return the project's contracts, read once a process."""
    return read_catalog(EXPECTATIONS)

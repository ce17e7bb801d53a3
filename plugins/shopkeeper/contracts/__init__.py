"""Data contracts (Open Data Contract Standard v3) and what is compiled from them.

The landing check, strict casts, GX suites, masks, dbt sources and the dictionary all come from here; nothing
that only one of their users needs belongs here.
"""

from shopkeeper.contracts.model import MASKED, Column, Contract, FileFormat, Rule
from shopkeeper.contracts.registry import Catalog, catalog

__all__ = ["MASKED", "Catalog", "Column", "Contract", "FileFormat", "Rule", "catalog"]

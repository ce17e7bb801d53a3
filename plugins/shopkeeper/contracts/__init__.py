"""Data contracts (Open Data Contract Standard v3) and what is compiled from them.

The landing check, strict casts, GX suites, masks, dbt sources and the dictionary all come from here; nothing
that only one of their users needs belongs here.
"""

from shopkeeper.contracts.dbt_models import variables
from shopkeeper.contracts.model import GATES, MASKED, Column, Contract, FileFormat, Rule, Severity
from shopkeeper.contracts.registry import Catalog, all_contracts, catalog, off

__all__ = [
    "GATES",
    "MASKED",
    "Catalog",
    "Column",
    "Contract",
    "FileFormat",
    "Rule",
    "Severity",
    "all_contracts",
    "catalog",
    "off",
    "variables",
]

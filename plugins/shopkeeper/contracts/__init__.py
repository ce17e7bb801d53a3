"""Data contracts (Open Data Contract Standard v3) and everything compiled from them.

The landing checks, strict casts, GX suites, masks and dbt sources are all derived here. Keep
caller-specific behaviour out.
"""

from shopkeeper.contracts.contract import (
    GATES,
    MASKED,
    Classification,
    Column,
    Contract,
    FileFormat,
    Rule,
    Severity,
)
from shopkeeper.contracts.dbt_models import variables
from shopkeeper.contracts.registry import Catalog, all_contracts, catalog, off
from shopkeeper.contracts.sums import adds_up_sql

__all__ = [
    "GATES",
    "MASKED",
    "Catalog",
    "Classification",
    "Column",
    "Contract",
    "FileFormat",
    "Rule",
    "Severity",
    "adds_up_sql",
    "all_contracts",
    "catalog",
    "off",
    "variables",
]

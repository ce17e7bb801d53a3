"""Writes the data dictionary: every contracted table and column on one page, in English and Chinese.

Each version contains its own copy, so that readers of old data find the descriptions of that day.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from shopkeeper.contracts import suites
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.registry import Catalog
from shopkeeper.paths import CONTRACT_TEMPLATES

_TEMPLATES = Environment(loader=FileSystemLoader(CONTRACT_TEMPLATES), autoescape=True, trim_blocks=True)


def write(contracts: Catalog, page: Path) -> None:
    """Write the dictionary of all contracts as one self-contained HTML page."""
    template = _TEMPLATES.get_template("dictionary.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    text = template.render(contracts=contracts.all, type_of=duckdb_type, rules_of=suites.rules)
    page.write_text(text, encoding="utf-8")

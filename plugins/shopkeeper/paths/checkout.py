"""The places of the checkout: contracts, dbt projects, retailers, code."""

import sys
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below
from shopkeeper.settings import PROJECT_ROOT

EXPECTATIONS = PROJECT_ROOT / "expectations"
VOCABULARY = EXPECTATIONS / "vocabulary.yaml"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
ENTITIES_PAGE = PROJECT_ROOT / "docs" / "entities.md"
SCORES = DBT_PROJECT / "models" / "scores"
RETAILERS = PROJECT_ROOT / "retailers"
DAGS = PROJECT_ROOT / "dags"
PLUGINS = Path(__file__).parents[2]
CONTRACT_TEMPLATES = Path(__file__).parents[1] / "contracts" / "templates"
ENTITY_NAMES = CONTRACT_TEMPLATES.with_name("draft") / "entities.yaml"
PAGE_TEMPLATES = Path(__file__).parents[1] / "quality" / "templates"
PARSED_PROJECT = Path(sys.prefix) / "share" / "shopkeeper" / "partial_parse.msgpack"
"""The dbt project as parsed when the environment was made; every new home starts from it."""


def sources_file(system: str) -> str:
    """Return what dbt's file of a system's sources is called."""
    return f"_{system}__sources.yml"


@dataclass(frozen=True)
class RetailerPaths:
    """The folder of one retailer."""

    root: Path

    description = Below("retailer.yml")
    contracts = Below("contracts")
    dbt = Below("dbt")
    staging = Below("dbt", "models", "staging")
    package = Below("dbt", "dbt_packages", "shopkeeper")
    """Shopkeeper's dbt project, where dbt looks for it."""

    def contract(self, system: str, table: str) -> Path:
        """Return the place of a source's contract."""
        return self.contracts / system / f"{table}.odcs.yaml"

    def staging_model(self, system: str, name: str) -> Path:
        """Return the place of a staging model's SQL; its yml stands beside it."""
        return self.staging / system / f"{name}.sql"

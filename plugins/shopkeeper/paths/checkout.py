"""The paths of the checkout, or of the installed wheel: contracts, dbt projects, retailers, code."""

import sys
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below
from shopkeeper.settings import IS_INSTALLED, PACKAGE, PROJECT_ROOT

EXPECTATIONS = PROJECT_ROOT / "expectations"
VOCABULARY = EXPECTATIONS / "vocabulary.yaml"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
ENTITIES_PAGE = PROJECT_ROOT / "docs" / "entities.md"
GUIDES = PROJECT_ROOT / "docs"
"""The documents that the console serves: its files, and those of `runbooks`."""

SCORES = DBT_PROJECT / "models" / "scores"
RETAILERS = PROJECT_ROOT / "retailers"
NEW_RETAILERS = Path() if IS_INSTALLED else RETAILERS
"""Where a new retailer's folder is made by default; never inside an installed wheel."""

DAGS = PROJECT_ROOT / "dags"
PLUGINS = PROJECT_ROOT / "plugins"
"""What Airflow executes at startup; an installed Shopkeeper has an entry point instead of this folder."""

CODE = PACKAGE.parent
"""The folder from which `shopkeeper` is imported."""

DICTIONARY_TEMPLATES = PACKAGE / "dictionary" / "templates"
ENTITY_NAMES = PACKAGE / "contracts" / "draft" / "entities.yaml"
PAGE_TEMPLATES = PACKAGE / "quality" / "templates"
CONSOLE = PACKAGE / "console"
PAGES = PACKAGE / "pages"
"""One folder for each page that is a query, a template, a chart and its limits (`PagePaths`)."""

WORDS = PACKAGE / "words" / "words.yaml"
PARSED_PROJECT = Path(sys.prefix) / "share" / "shopkeeper" / "partial_parse.msgpack"
"""The dbt project as parsed when the environment was made; every new home starts from it."""


def module_file(name: str) -> Path | None:
    """Return the file of a module of this package, or of its `__init__`; None if there is no such module."""
    stem = CODE.joinpath(*name.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)


def sources_file(system: str) -> str:
    """Return the name of dbt's source file of a system."""
    return f"_{system}__sources.yml"


@dataclass(frozen=True)
class ConsolePaths:
    """The files of the console that are not Python."""

    root: Path = CONSOLE

    templates = Below("templates")
    static = Below("static")

    def icon(self, name: str) -> Path:
        """Return a picture of the menu."""
        return self.static / f"{name}.svg"


@dataclass(frozen=True)
class PagePaths:
    """The folder of one page for the business."""

    root: Path

    queries = Below("query.sql")
    template = Below("page.html")
    chart = Below("chart.json")
    limits = Below("limits.txt")
    """What the page cannot say, a line each."""


@dataclass(frozen=True)
class ExportPaths:
    """The files of an exported dictionary."""

    root: Path

    dictionary = Below("dictionary.json")
    events = Below("openlineage.jsonl")

    def contract(self, table: str) -> Path:
        """Return the file of a table's contract."""
        return self.root / f"{table}.odcs.yaml"


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
        """Return the path of a source's contract."""
        return self.contracts / system / f"{table}.odcs.yaml"

    def staging_model(self, system: str, name: str) -> Path:
        """Return the path of a staging model's SQL; its yml is next to it."""
        return self.staging / system / f"{name}.sql"

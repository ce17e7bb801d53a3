"""Data Docs: what GX says of each table, page by page, one page over all gates, and the data dictionary.

Pages hold counts and observed values, never a row. GX's sections stand in a frame of our own: its pages
load styles and scripts from other hosts.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader

from shopkeeper.contracts import catalog, dictionary
from shopkeeper.contracts.model import Contract
from shopkeeper.paths import BuildPaths
from shopkeeper.quality.results import read_results

if TYPE_CHECKING:
    from great_expectations.render.view import DefaultJinjaSectionView

_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


def write_data_docs(build: BuildPaths) -> None:
    """Write ``docs/gates/index.html`` over what the gates have left, and ``docs/dictionary.html``."""
    dictionary.write(catalog(), build.docs / "dictionary.html")
    folder = _folder(build)
    pages = {path.stem for path in folder.glob("*.html")}
    page = _TEMPLATES.get_template("gates.html")
    text = page.render(build_id=build.root.name, results=read_results(build), pages=pages)
    (folder / "index.html").write_text(text, encoding="utf-8")


def write_page(build: BuildPaths, contract: Contract, validated: Any) -> None:
    """Write ``docs/gates/<contract>.html`` with GX's own rendering of one validated table."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer(run_info_at_end=True).render(validated)
    rules = [section for section in document.sections if section.section_name not in ("Overview", "Run Info")]
    sections = [
        _section_view().render({"section": section.to_json_dict(), "section_loop": {"index": index}})
        for index, section in enumerate(rules, start=1)
    ]
    page = _TEMPLATES.get_template("table.html")
    text = page.render(contract=contract, sections=sections)
    (_folder(build) / f"{contract.name}.html").write_text(text, encoding="utf-8")


def _folder(build: BuildPaths) -> Path:
    folder = build.docs / "gates"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@lru_cache
def _section_view() -> "DefaultJinjaSectionView":
    """GX's section templates, compiled once a process."""
    from great_expectations.render.view import DefaultJinjaSectionView

    return DefaultJinjaSectionView()

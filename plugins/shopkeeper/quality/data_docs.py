"""Data Docs: GX's result for each table, and an overview of all gates.

Pages show counts and observed values, never a row. GX's sections are placed in our own page, since GX's pages
load styles and scripts from other hosts.
"""

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from jinja2 import Environment, FileSystemLoader

from shopkeeper import words
from shopkeeper.contracts import Contract
from shopkeeper.files import copy
from shopkeeper.paths import PAGE_TEMPLATES, BuildPaths
from shopkeeper.quality.results import read_results

if TYPE_CHECKING:
    from great_expectations.render.view import DefaultJinjaSectionView

_TEMPLATES = Environment(loader=FileSystemLoader(PAGE_TEMPLATES), autoescape=True)


def write_data_docs(build: BuildPaths) -> None:
    """Write the overview of the gates' results in both languages."""
    build.gate_pages.mkdir(parents=True, exist_ok=True)
    pages = {path.stem for path in build.gate_pages.glob("*.html")}
    page, results = _TEMPLATES.get_template("gates.html"), read_results(build)
    places: dict[words.Language, Path] = {"en": build.gate_index, "zh": build.gate_index_zh}
    for language, file in places.items():
        text = page.render(
            _=partial(words.say, language),
            said=partial(words.said, language),
            reason=partial(words.reason, language),
            language=language,
            build_id=build.root.name,
            results=results,
            pages=pages,
        )
        file.write_text(text, encoding="utf-8")


def write_pages(build: BuildPaths, contract: Contract, validated: Any) -> None:
    """Write `docs/gates/<contract>.html`, and `<contract>.zh.html`, with GX's own rendering of one validated
    table, which speaks English.
    """
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer(run_info_at_end=True).render(validated)
    rules = [section for section in document.sections if section.section_name not in ("Overview", "Run Info")]
    sections = [
        _section_view().render({"section": section.to_json_dict(), "section_loop": {"index": index}})
        for index, section in enumerate(rules, start=1)
    ]
    build.gate_pages.mkdir(parents=True, exist_ok=True)
    for language in get_args(words.Language):
        text = _TEMPLATES.get_template("table.html").render(
            _=partial(words.say, language), language=language, contract=contract, sections=sections
        )
        build.gate_page(contract.name, language).write_text(text, encoding="utf-8")


def copy_pages(base: BuildPaths, build: BuildPaths, contract: str) -> None:
    """Take over the pages of a contract whose verdicts are reused; one that no rule of GX asks has none."""
    build.gate_pages.mkdir(parents=True, exist_ok=True)
    for language in get_args(words.Language):
        if base.gate_page(contract, language).exists():
            copy(base.gate_page(contract, language), build.gate_page(contract, language))


def speaks_each_language(base: BuildPaths, contract: str) -> bool:
    """Say whether a contract has its page in each language, or none; older versions mixed two in one."""
    return len({base.gate_page(contract, each).exists() for each in get_args(words.Language)}) == 1


@lru_cache
def _section_view() -> "DefaultJinjaSectionView":
    """GX's section templates, compiled once per process."""
    from great_expectations.render.view import DefaultJinjaSectionView

    return DefaultJinjaSectionView()

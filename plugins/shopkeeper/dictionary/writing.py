"""Writes a version's dictionary: one page for each language, and JSON; and reads the JSON.

Each version contains its own copy, so that readers of old data find the descriptions of that day.
"""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import get_args

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shopkeeper import words
from shopkeeper.contracts import MASKED, Catalog, suites
from shopkeeper.dictionary.entries import Dictionary, Table
from shopkeeper.paths import DICTIONARY_TEMPLATES, BuildPaths
from shopkeeper.warehouse.trace import Columns

LISTED = 4
"""How many tables a cell shows before the rest is folded."""


def write(build: BuildPaths, dictionary: Dictionary, contracts: Catalog) -> None:
    """Write `docs/dictionary.json` and, in each language, a page of all tables that needs no other file."""
    build.docs.mkdir(parents=True, exist_ok=True)
    build.dictionary_json.write_bytes(msgspec.json.encode(dictionary))
    rules = {contract.name: suites.rules(contract) for contract in contracts.all}
    layers: dict[str, list[Table]] = {}
    for table in dictionary.tables:
        layers.setdefault(table.layer, []).append(table)
    cells: dict[int, Markup] = {}

    def cell(columns: Columns) -> Markup:
        """Return a cell, the same in every language."""
        if id(columns) not in cells:
            cells[id(columns)] = _cell(linked, columns)
        return cells[id(columns)]

    linked = cache(partial(_linked, frozenset(table.name for table in dictionary.tables)))
    template = _templates().get_template("dictionary.html")
    for language in get_args(words.Language):
        text = template.render(
            dictionary=dictionary,
            layers=layers,
            rules=rules,
            unread=dictionary.unread_columns(),
            masked=MASKED,
            language=language,
            linked=lambda tables: _folded([linked(each) for each in tables]) or "–",
            cell=cell,
            _=partial(words.say, language),
            reason=partial(words.reason, language),
        )
        build.dictionary(language).write_text(text, encoding="utf-8")


def _linked(known: frozenset[str], table: str) -> Markup:
    return Markup('<a href="#{0}">{0}</a>').format(table) if table in known else escape(table)


def _cell(linked: Callable[[str], Markup], columns: Columns) -> Markup:
    return _folded(
        [
            Markup(f"<div>{linked(table)} <code>{escape(', '.join(names))}</code></div>")
            for table, names in columns.items()
        ],
        between="",
    )


def _folded(items: list[Markup], between: str = ", ") -> Markup:
    """Return a list of which only the first are open; nobody needs to open it for a single one."""
    most = LISTED if len(items) > LISTED + 1 else len(items)
    shown, more = (Markup(between).join(each) for each in (items[:most], items[most:]))
    if not more:
        return shown
    return shown + Markup(f"<details><summary>+{len(items) - most}</summary>{more}</details>")


def read(file: Path) -> Dictionary | None:
    """Return the dictionary of a version from its JSON; None where an older version has no such file."""
    return msgspec.json.decode(file.read_bytes(), type=Dictionary) if file.exists() else None


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(DICTIONARY_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "words": lambda text, language: words.say(language, text),
        "period": lambda kept, language: words.period(language, kept),
    }
    return made

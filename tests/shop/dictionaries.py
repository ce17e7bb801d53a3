"""What must hold of the dictionary of any version."""

import re
from collections.abc import Iterator

from shopkeeper import dictionary as dictionaries
from shopkeeper import warehouse
from shopkeeper.dictionary import Dictionary
from shopkeeper.paths import Home

SETTINGS = {"currency_code", "is_exposure_randomized", "as_of_date", "attribution_model"}
"""Columns of marts that a retailer, the refresh or a step sets, and no source delivers."""

PLACEMENTS = {"display_transaction_rate", "mailer_transaction_rate"}
"""Shares of transactions by a word that staging writes: which column of the source is filled decides."""


def gaps(dictionary: Dictionary) -> Iterator[str]:
    """Yield what a table lacks, and each column of a mart that leads to no source."""
    for table in dictionary.tables:
        lacking = {
            "an owner": not table.owners,
            "a class": not table.classification and table.columns,
            "a purpose": not table.purposes,
            "a retention": not table.retention,
            "its meaning in Chinese": not re.search("[\u4e00-\u9fff]", table.description["zh"]),
            "a source": table.layer == "marts" and not table.sources,
        }
        yield from (f"{table.name} lacks {what}" for what, is_lacking in lacking.items() if is_lacking)
        for column in table.columns:
            if not column.description["en"] or not re.search("[\u4e00-\u9fff]", column.description["zh"]):
                yield f"{table.name}.{column.name} has no meaning in both languages"
            if not column.classification:
                yield f"{table.name}.{column.name} has no class"
            ends = [source for source in column.sources if not source.startswith("build.")]
            is_empty = column.constants == ("NULL",)
            if table.layer == "marts" and not (ends or is_empty or column.name in SETTINGS | PLACEMENTS):
                yield f"{table.name}.{column.name} leads to no source: {column.made_of or column.constants}"


def unlisted(dictionary: Dictionary, page: str) -> Iterator[str]:
    """Yield each column of a source that reaches nothing and is not on the page's list of those."""
    listed = page.partition('id="unread"')[2]
    for table in dictionary.tables:
        if table.layer == "sources":
            for column in table.columns:
                if not (column.gives_to or column.decides) and column.name not in listed:
                    yield f"{table.name}.{column.name}"


def described(home: Home) -> None:
    """Claim that what a home has published is described and traced, and that its page lists what is unread."""
    version = home.version(warehouse.manifest(home)["version"])
    dictionary = dictionaries.read(version.dictionary_json)
    assert dictionary is not None
    assert list(gaps(dictionary)) == []
    assert list(unlisted(dictionary, version.dictionary().read_text())) == []

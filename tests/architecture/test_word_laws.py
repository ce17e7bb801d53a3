"""Plain words in docstrings, comments and pages; short names of tests. `docs/naming.md` has the words to use."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest
from tests.architecture.project import files, nodes, text

ODD = re.compile(r"\b(told|stands|(?:is|are) none)\b", re.IGNORECASE)
CURES = {
    "told": "say who says what: 'is called for each file', 'reports', 'separates'",
    "stands": "say 'is in', 'means' or 'occurs'",
    "is none": "say what holds instead: 'is not a folder', '0 without a purchase'",
    "are none": "say what holds instead: 'are not in the contract', 'the list is empty'",
}
MOST_WORDS = 10
APART = ("plugins/shopkeeper/demo/omnichannel/", "tests/plugins/demo/omnichannel/", "docs/decisions/")
"""The simulated world keeps its own words, and a decision those of its day."""


def ours(*patterns: str) -> list[str]:
    found = [path for path in files(*patterns) if not path.startswith(APART)]
    return [
        path for path in found if path not in ("docs/demo_world.md", "tests/architecture/test_word_laws.py")
    ]


def prose(path: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that a person reads: all of a page, of Python docstrings and comments."""
    if not path.endswith(".py"):
        yield from enumerate(text(path).splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
        if token.type == tokenize.COMMENT or (
            token.type == tokenize.STRING and token.string.lstrip("r").startswith('"""')
        ):
            yield from enumerate(token.string.splitlines(), token.start[0])


PYTHON = ours("plugins/*.py", "tests/*.py", "dags/*.py")
PAGES = [*ours("README.md", "CONTRIBUTING.md", "docs/*.md"), *ours("dbt_project/*.sql", "dbt_project/*.yml")]


@pytest.mark.parametrize("path", [*PYTHON, *PAGES])
def test_prose_uses_no_riddling_words(path: str) -> None:
    for line, words in prose(path):
        for found in ODD.finditer(words):
            if found.group().endswith("None"):  # the value, not the word
                continue
            raise AssertionError(f"{path}:{line} says '{found.group()}': {CURES[found.group().lower()]}")


def test_docstrings_quote_code_with_single_backticks() -> None:
    for path in PYTHON:
        for line, words in prose(path):
            assert "``" not in words, f"{path}:{line} has double backticks: write `name`, as everywhere"


def test_the_name_of_a_test_is_one_short_claim() -> None:
    for path in ours("tests/*.py"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                count = len(node.name.removeprefix("test_").split("_"))
                assert count <= MOST_WORDS, (
                    f"{path}:{node.lineno}: {node.name} has {count} words, {MOST_WORDS} are allowed: "
                    "claim one thing, and leave the details to the test"
                )

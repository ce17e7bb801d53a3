"""The demo world is honest: what is scored on it never sees it, shares no table with it, and it is frozen."""

import ast
from hashlib import sha256

import pytest
import yaml
from tests.architecture.project import files, text

WORLD = "plugins/shopkeeper/demo/omnichannel"
SCORED = ("plugins/shopkeeper/science/*.py", "plugins/shopkeeper/identity/*.py")
FROZEN = (
    "docs/demo_world.md", f"{WORLD}/SCENARIOS.md", f"{WORLD}/parameters/*", f"{WORLD}/tables/*.py",
    f"{WORLD}/truth/folder.py", f"{WORLD}/files/drop.py", f"{WORLD}/files/words/*",
)  # fmt: skip
RECORD = "docs/decisions/0048-the-demo-world-is-frozen.md"


def imported(path: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(text(path))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def word_tables(path: str) -> list[frozenset[str]]:
    """Return every list, tuple, set or mapping of at least five words that a module spells out."""
    found = []
    for node in ast.walk(ast.parse(text(path))):
        items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
        items = [key for key in node.keys if key is not None] if isinstance(node, ast.Dict) else items
        words = {
            item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)
        }
        if len(words) >= 5:
            found.append(frozenset(words))
    return found


def told_words(node: object) -> list[frozenset[str]]:
    """Return every list or mapping of at least five words below a YAML node."""
    below = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    found = [words for part in below for words in told_words(part)]
    words = frozenset(
        part for part in (node if isinstance(node, list | dict) else ()) if isinstance(part, str)
    )
    return [*found, words] if len(words) >= 5 else found


def planted_words() -> list[frozenset[str]]:
    found = [words for path in files(f"{WORLD}/*.py") for words in word_tables(path)]
    for path in files(f"{WORLD}/files/words/*.yml"):
        found += told_words(yaml.safe_load(text(path)))
    return found


def test_neither_side_imports_the_other() -> None:
    for path in files(f"{WORLD}/*.py"):
        seen = {
            name for name in imported(path) if name.startswith(("shopkeeper.science", "shopkeeper.identity"))
        }
        assert not seen, f"{path} imports {seen}: the world is scored by it, write the world without it"
    for path in files(*SCORED):
        seen = {name for name in imported(path) if name.startswith("shopkeeper.demo")}
        assert not seen, f"{path} imports {seen}: it is scored on that world, learn from files alone"


def test_no_table_of_words_stands_on_both_sides() -> None:
    planted = planted_words()
    assert any("Smith" in words for words in planted)
    for path in files(*SCORED):
        for words in word_tables(path):
            shared = max((len(words & other) / min(len(words), len(other)) for other in planted), default=0)
            assert shared < 0.5, (
                f"{path} spells out a table of words that the demo world plants: write your own"
            )


def frozen_hash() -> str:
    told = sha256()
    for path in sorted(files(*FROZEN)):
        told.update(path.encode() + b"\0" + text(path).encode() + b"\0")
    return told.hexdigest()


def test_the_world_is_the_frozen_one() -> None:
    if not files(RECORD):
        pytest.fail(f"{RECORD} is missing: write down {frozen_hash()}")
    assert frozen_hash() in text(RECORD), (
        f"the demo world has changed: give the reason and {frozen_hash()} in {RECORD}, and run all scores again"
    )


def test_every_parameter_tells_where_it_comes_from() -> None:
    from shopkeeper.demo.omnichannel.parameters.described import table

    assert table() in text("docs/demo_world.md"), "docs/demo_world.md's table of parameters is stale"

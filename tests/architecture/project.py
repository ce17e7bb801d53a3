"""What the laws read: the files that git would commit, as text."""

import ast
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def committed() -> tuple[str, ...]:
    """Return every file of the tree that is not ignored, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(sorted(line for line in listed.stdout.splitlines() if (ROOT / line).is_file()))


def files(*patterns: str) -> list[str]:
    """Return the committed files whose path matches one of the patterns; `*` crosses folders."""
    return [path for path in committed() if any(fnmatch(path, pattern) for pattern in patterns)]


def text(path: str) -> str:
    """Return a committed file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def nodes(path: str) -> tuple[ast.AST, ...]:
    """Return every node of a Python file's syntax tree, parsed once for all laws."""
    return tuple(ast.walk(ast.parse(text(path))))


def imports_at_top(path: str) -> set[str]:
    """Return the modules that a Python file imports when it is imported itself."""

    def walk(body: list[ast.stmt]) -> Iterator[str]:
        for node in body:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))
            elif isinstance(node, ast.If | ast.Try) and "TYPE_CHECKING" not in ast.unparse(node):
                yield from walk(node.body)

    return set(walk(ast.parse(text(path)).body))


def calls(path: str) -> list[tuple[int, str]]:
    """Return the line and the dotted name of every call in a Python file."""
    called = (node for node in nodes(path) if isinstance(node, ast.Call))
    return [(node.lineno, ast.unparse(node.func)) for node in called]

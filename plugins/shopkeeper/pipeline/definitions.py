"""Fingerprints of everything that shapes a version: models, tests, steps, rules, the retailer, libraries.

Leave out what only decides where, when or how fast something runs.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import PurePath

from shopkeeper import dbt_runner, warehouse
from shopkeeper.contracts import all_contracts
from shopkeeper.contracts.suites import suite
from shopkeeper.errors import UserError
from shopkeeper.paths import Home, module_file
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.retailers import retailer

ROOMS = ("shopkeeper.pipeline", "shopkeeper.science", "shopkeeper.identity")
"""Where the code of steps is; the other rooms that it uses do not shape its results."""

SHAPELESS = {"folder", "title", "pulls"}
"""Fields of a retailer that affect no table."""


def definitions(home: Home) -> warehouse.Definitions:
    """Return what would shape a version made now; an error says which tables a broken model feeds."""
    try:
        compiled = dbt_runner.definitions(home)
    except dbt_runner.NotCompiled as error:
        fed = dbt_runner.impact(home, {f"model {error.model}"}, _steps())
        hit = ", ".join((*fed.tables, *fed.steps))
        raise UserError(f"{error}; hit: {hit}" if hit else str(error)) from error
    others = {
        **{f"step {step.name}": _code(step.place) for step in STEPS.values() if step.kind == "python"},
        **{f"rules of {c.name}": _hash([suite(c), repr(c.file)]) for c in all_contracts().all},
        **{
            f"retailer's {name}": _hash(value)
            for name, value in retailer().model_dump(mode="json", exclude=SHAPELESS).items()
        },
        **{f"library {name}": version(name) for name in warehouse.LIBRARIES},
    }
    return warehouse.Definitions({**compiled.fingerprints, **others}, compiled.tables, compiled.increments)


def changes(home: Home) -> tuple[tuple[str, ...], dbt_runner.Impact]:
    """Return a line for each definition that differs from the published version, and what they reach.

    Nothing differs before the first version.
    """
    if not warehouse.is_outdated(home):
        return (), dbt_runner.Impact((), ())
    manifest = warehouse.manifest(home)
    change = warehouse.compare(manifest.get("definitions"), definitions(home), manifest["tables"])
    return change.why, dbt_runner.impact(home, change.altered, _steps())


def _steps() -> dict[str, tuple[Iterable[str], list[str]]]:
    """Return the tables that each Python step reads, and the scores that it writes."""
    return {
        step.name: (scores.reads(), [f"scores.{PurePath(file).stem}" for file in scores.writes])
        for step in STEPS.values()
        if step.kind == "python" and (scores := getattr(import_module(step.place), "SCORES", None))
    }


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _code(module: str) -> str:
    """Return a fingerprint of a module and its imports from these rooms, without docstrings and comments."""
    seen, ahead = dict[str, str](), [module]
    while ahead:
        name = ahead.pop()
        file = module_file(name) if name not in seen and name.startswith(ROOMS) else None
        if file is not None:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            seen[name] = ast.dump(_undocumented(tree))
            ahead += _imported(tree)
    return _hash(seen)


def _undocumented(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                each
                for each in body
                if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
    return tree


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

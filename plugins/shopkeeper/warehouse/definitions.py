"""What shapes the content of a version, and what a build makes anew where that has changed.

Fingerprints come from whoever knows what they are of; only comparing them belongs here.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from shopkeeper.retailers import retailer
from shopkeeper.settings import PACKAGE, PROJECT_ROOT

ENGINES = ("duckdb", "dbt-core", "dbt-duckdb")
"""Libraries that every table passes through."""

LIBRARIES = (*ENGINES, "great-expectations", "numpy", "pyarrow", "scikit-learn", "scipy")
CODE = (
    "dbt_project/**/*.sql",
    "dbt_project/**/*.yml",
    "expectations/**/*.yaml",
)
RETAILER_CODE = (
    "retailer.yml",
    "contracts/**/*.yaml",
    "dbt/*.yml",
    "dbt/models/**/*",
    "dbt/macros/**/*",
    "dbt/tests/**/*",
)


@dataclass(frozen=True)
class Increment:
    """A table that refreshes extend: the models that it is made of, its own too, and the raw tables."""

    models: frozenset[str]
    raw: frozenset[str]


@dataclass(frozen=True)
class Definitions:
    """Name → fingerprint of all that shapes a version; its tables, and those that refreshes extend."""

    fingerprints: dict[str, str]
    tables: frozenset[str]
    increments: dict[str, Increment]


@dataclass(frozen=True)
class Change:
    """What a build does about definitions that are not those of its base.

    ``altered``: their names. ``why``: a line for each. ``dropped``: tables of the base that are not kept.
    ``retaken``: raw tables (``<system>.<table>``) read anew. ``is_full``: nothing of the base is kept.
    """

    why: tuple[str, ...] = ()
    altered: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    retaken: frozenset[str] = frozenset()
    is_full: bool = False


def compare(known: dict[str, str] | None, now: Definitions, made: Iterable[str]) -> Change:
    """Return what to do where a version with the tables ``made`` knew these fingerprints.

    A table that refreshes extend is made anew from raw if a model that it is made of has changed; so is each
    that reads the same raw tables, as all of their rows pass through it again.
    """
    if known is None:
        return Change(("the published version does not know its definitions",), is_full=True)
    altered = {name for name in known | now.fingerprints if known.get(name) != now.fingerprints.get(name)}
    fate = {(True, True): "changed", (False, True): "new", (True, False): "gone"}
    why = tuple(f"{name} is {fate[name in known, name in now.fingerprints]}" for name in sorted(altered))
    if altered & {f"library {engine}" for engine in ENGINES}:
        return Change(why, frozenset(altered), is_full=True)
    increments = now.increments
    dropped = {table for table, made_of in increments.items() if altered & made_of.models}
    retaken = _raw(increments, dropped)
    while more := {t for t, made_of in increments.items() if made_of.raw & retaken} - dropped:
        dropped |= more
        retaken = _raw(increments, dropped)
    return Change(why, frozenset(altered), frozenset(dropped | (set(made) - now.tables)), frozenset(retaken))


def _raw(increments: dict[str, Increment], tables: Iterable[str]) -> set[str]:
    return {raw for table in tables for raw in increments[table].raw}


def code_version() -> str:
    """Return a short hash of all files and libraries that can shape a version; equal, nothing has changed."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    shaping = ((PACKAGE, ("**/*.py",)), (PROJECT_ROOT, CODE), (retailer().folder, RETAILER_CODE))
    for root, patterns in shaping:
        for path in sorted(path for pattern in patterns for path in root.glob(pattern) if path.is_file()):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]

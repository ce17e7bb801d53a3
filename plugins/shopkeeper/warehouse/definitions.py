"""The definitions that shape a version's content, and what a build must rebuild when they change.

Only compares fingerprints; computing them belongs to the owners of the definitions.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import PACKAGE, PROJECT_ROOT
from shopkeeper.warehouse import published

ENGINES = ("duckdb", "dbt-core", "dbt-duckdb")
"""Libraries that every table depends on."""

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
    """An incremental table: the models that it is made of, including its own, and its raw tables."""

    models: frozenset[str]
    raw: frozenset[str]


@dataclass(frozen=True)
class Definitions:
    """Name → fingerprint of everything that shapes a version; its tables, and the incremental ones."""

    fingerprints: dict[str, str]
    tables: frozenset[str]
    increments: dict[str, Increment]


@dataclass(frozen=True)
class Change:
    """What a build must do about definitions that differ from its base.

    `altered`: their names. `why`: a line for each. `dropped`: tables of the base that are not kept.
    `retaken`: raw tables (`<system>.<table>`) that are read again. `is_full`: nothing of the base is kept.
    """

    why: tuple[str, ...] = ()
    altered: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    retaken: frozenset[str] = frozenset()
    is_full: bool = False


def compare(known: dict[str, str] | None, now: Definitions, made: Iterable[str]) -> Change:
    """Return what to rebuild on top of a version that has the tables `made` and these fingerprints.

    An incremental table is rebuilt from raw if a model that it is made of has changed. So is every other
    table that reads the same raw tables, since all their rows are processed again.
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
    """Return a short hash of all files and libraries that can shape a version."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    shaping = ((PACKAGE, ("**/*.py",)), (PROJECT_ROOT, CODE), (retailer().folder, RETAILER_CODE))
    for root, patterns in shaping:
        for path in sorted(path for pattern in patterns for path in root.glob(pattern) if path.is_file()):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def is_outdated(home: Home) -> bool:
    """Whether a file or library that can shape a version differs from those of the published one."""
    base = published.current(home)
    return base is not None and published.manifest(home, base).get("code_version") != code_version()

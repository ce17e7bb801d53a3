"""Keeps what follows from the code alone, in each home and with the environment: the parsed project and all
fingerprints.

What is kept is used only while every file of both dbt projects, and every file and library that shapes a
version, is the same. A missing, damaged or old file costs time, nothing else.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from shopkeeper.paths import DBT_PROJECT, PARSED_PROJECT, AirflowPaths, Home, RememberedPaths
from shopkeeper.retailers import retailer
from shopkeeper.warehouse import code_version

Kept = TypeVar("Kept")
_MADE = {"dbt_packages", "logs", "target"}


def remembered(home: Home, name: str, make: Callable[[], Kept]) -> Kept:
    """Return what is kept under a name, or make it and keep it in the home."""
    key = _key()
    for folder in (AirflowPaths(home.airflow).dbt, PARSED_PROJECT.parent):
        with suppress(Exception):  # a damaged pickle may raise anything
            known, content = pickle.loads(RememberedPaths(folder).of(name).read_bytes())
            if known == key:
                return content  # type: ignore[no-any-return]
    content = make()
    file = RememberedPaths(AirflowPaths(home.airflow).dbt).of(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(pickle.dumps((key, content)))
    partial.replace(file)
    return content


def kept_before(home: Home, name: str) -> object:
    """Return what was kept under a name, even for other code, or None: parts of it may still hold."""
    for folder in (AirflowPaths(home.airflow).dbt, PARSED_PROJECT.parent):
        with suppress(Exception):
            return pickle.loads(RememberedPaths(folder).of(name).read_bytes())[1]  # type: ignore[no-any-return]
    return None


def keep_with_environment(home: Home) -> None:
    """Move what a home has kept, and dbt's own parse state, to the environment."""
    for file in AirflowPaths(home.airflow).dbt.iterdir():
        if file.suffix == ".pickle" or file.name == PARSED_PROJECT.name:
            file.replace(PARSED_PROJECT.with_name(file.name))


def _key() -> str:
    digest = hashlib.sha256(repr((sys.version, code_version())).encode())
    for project in (DBT_PROJECT, retailer().dbt):
        digest.update(str(project).encode())
        for folder, inner, names in os.walk(project):
            inner[:] = sorted(set(inner) - _MADE)
            for name in sorted(names):
                file = Path(folder, name)
                digest.update(f"\0{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()

"""Keeps the code that Jinja compiles from dbt's templates, in each home and with the environment.

A template is found by its text, so that what is kept is never old. A missing or damaged file costs time,
nothing else.
"""

import os
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from shopkeeper.paths import PARSED_PROJECT, AirflowPaths, Home, RememberedPaths
from shopkeeper.startup import compile_templates_once

_NAME = "templates"
_COMPILER = (sys.version, *(version(name) for name in ("jinja2", "dbt-common")))

_codes: dict[bytes, bytes] = {}
_kept: set[bytes] = set()
_read = set[str]()


def load(home: Home) -> None:
    """Take over what is kept in a home and with the environment, once per process."""
    compile_templates_once(_codes)
    for folder in (PARSED_PROJECT.parent, AirflowPaths(home.airflow).dbt):
        file = RememberedPaths(folder).of(_NAME)
        if str(file) in _read:
            continue
        _read.add(str(file))
        with suppress(Exception):  # a damaged pickle may raise anything
            compiler, codes = pickle.loads(file.read_bytes())
            if compiler == _COMPILER:
                _codes.update(codes)
                _kept.update(codes)


def keep(home: Home) -> None:
    """Keep in a home what was compiled since, if anything was."""
    if len(_kept) == len(_codes):
        return
    file = RememberedPaths(AirflowPaths(home.airflow).dbt).of(_NAME)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(pickle.dumps((_COMPILER, _codes)))
    partial.replace(file)
    _kept.update(_codes)


def compile_macros(macros: Iterable[Any]) -> None:
    """Compile macros before any build asks for them."""
    from dbt_common.clients.jinja import template_cache

    for macro in macros:
        template_cache.get_node_template(macro)

"""Keeps with the environment what follows from the code alone: dbt's parse state and all fingerprints.

Of use only while no file that shapes a version differs; a damaged or old memory costs time, nothing else.
"""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from shopkeeper.dbt_runner import runs
from shopkeeper.dbt_runner.definitions import compiled_definitions
from shopkeeper.files import write_json
from shopkeeper.paths import Home
from shopkeeper.warehouse import Definitions, Increment, code_version

_FINGERPRINTS = "definitions.json"


def remember_project() -> None:
    """Parse and compile the project; store dbt's parse state and the fingerprints in the environment."""
    place = runs.PARSED_PROJECT
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.parent) as folder:
        home = Home(Path(folder))
        found = compiled_definitions(home)
        runs.parse_state(home).replace(place)
    increments = {
        table: {"models": sorted(each.models), "raw": sorted(each.raw)}
        for table, each in found.increments.items()
    }
    content = {"fingerprints": found.fingerprints, "tables": sorted(found.tables), "increments": increments}
    write_json(place.with_name(_FINGERPRINTS), {"key": _key(), **content})


def definitions(home: Home) -> Definitions:
    """Return the fingerprint of each model and test; compiles the dbt projects if they have changed."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(runs.PARSED_PROJECT.with_name(_FINGERPRINTS).read_text(encoding="utf-8"))
        if known["key"] == _key():
            return Definitions(
                known["fingerprints"],
                frozenset(known["tables"]),
                {
                    table: Increment(frozenset(each["models"]), frozenset(each["raw"]))
                    for table, each in known["increments"].items()
                },
            )
    return compiled_definitions(home)


def _key() -> list[str]:
    return [code_version(), str(runs.DBT_PROJECT), str(runs.retailer().folder)]

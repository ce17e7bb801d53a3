"""The dictionary in open formats, as files: its own JSON, ODCS contracts, OpenLineage events.

Nothing is sent anywhere: a catalogue reads the files.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from shopkeeper.contracts import Catalog
from shopkeeper.dictionary.entries import Dictionary
from shopkeeper.dictionary.lineage_events import events_of
from shopkeeper.dictionary.odcs import contracts_of
from shopkeeper.paths import ExportPaths

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


Format = Literal["json", "odcs", "openlineage"]
"""What a dictionary is exported as."""


def export(
    dictionary: Dictionary,
    contracts: Catalog,
    manifest: Mapping[str, Any],
    sql: Mapping[str, str],
    form: Format,
    folder: Path,
) -> list[Path]:
    """Write a version's dictionary below a folder and return the files.

    `manifest`: of the version; `sql`: the compiled SQL of each model by its name.
    """
    places = ExportPaths(folder)
    match form:
        case "json":
            files = {
                places.dictionary: msgspec.json.format(msgspec.json.encode(dictionary), indent=1).decode()
            }
        case "odcs":
            files = {
                places.contract(document["schema"][0]["physicalName"]): yaml.dump(
                    document, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120
                )
                for document in contracts_of(dictionary, contracts)
            }
        case "openlineage":
            events = events_of(dictionary, manifest, sql)
            files = {places.events: "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events)}
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(files)

"""The parameters as a table: name, default, meaning, and where the default comes from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shopkeeper.demo.omnichannel.parameters.reading import Parameters

SOURCES = Path(__file__).with_name("sources.yml")


def leaves() -> Iterator[tuple[str, Any, str]]:
    """Return the name, the default and the meaning of each parameter."""
    defaults = Parameters()
    for group in Parameters.model_fields:
        value = getattr(defaults, group)
        if not hasattr(type(value), "model_fields"):
            yield group, value, Parameters.model_fields[group].description or ""
            continue
        for name, field in type(value).model_fields.items():
            yield f"{group}.{name}", getattr(value, name), field.description or ""


def origin(told: dict[str, Any]) -> str:
    """Return the words for one entry of sources.yml."""
    if "source" in told:
        return str(told["source"])
    if "range" in told:
        low, high = told["range"]
        return f"no figure found; range {low:g} to {high:g}"
    return str(told["structure"])


def table() -> str:
    """Return the table in Markdown, as docs/demo_world.md carries it."""
    sources = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))
    rows = ["| parameter | default | meaning | where from |", "|---|---|---|---|"]
    for name, default, meaning in leaves():
        shown = (
            "see categories.yml"
            if name == "assortment.categories"
            else str(getattr(default, "value", default))
        )
        rows.append(f"| `{name}` | {shown} | {meaning} | {origin(sources[name])} |")
    return "\n".join(rows)

"""Saves fitted models as JSON, so that one run can use what another has learned.

For models whose fields are numbers, text, dicts or lists of these, or other such models.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class Saved:
    """A fitted model that saves to JSON and loads from it with every digit."""

    def to_json(self) -> str:
        """Return the model as a JSON object: its class as `kind`, and its fields."""
        return json.dumps(_told(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` wrote; raise `ValueError` if `text` is not of this kind."""
        try:
            told = json.loads(text)
        except json.JSONDecodeError:
            told = None
        return cls._from_fields(told)

    @classmethod
    def _from_fields(cls, told: Any) -> Any:
        if not isinstance(told, dict) or "kind" not in told:
            raise ValueError("the text is no saved model; give what to_json returned")
        kind = next((kind for kind in _kinds(cls) if kind.__name__ == told["kind"]), None)
        if kind is None:
            raise ValueError(f"the saved model is a {told['kind']}; load it with {told['kind']}.from_json")
        values = {
            name: Saved._from_fields(value) if isinstance(value, dict) and "kind" in value else value
            for name, value in told.items()
            if name != "kind"
        }
        try:
            return TypeAdapter(kind).validate_python(values)
        except ValidationError as error:
            wrong = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
            raise ValueError(f"the saved {kind.__name__} is broken in: {wrong}") from None


def _told(value: Any) -> Any:
    if isinstance(value, Saved):
        told = {field.name: _told(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **told}
    return value


def _kinds(kind: type[Saved]) -> Iterator[type[Saved]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)

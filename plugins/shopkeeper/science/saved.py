"""Fitted models as JSON, so that what was learned in one run is asked in another.

A model belongs here when its fields are numbers, text, and dicts or lists of these.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class Saved:
    """A fitted model that saves to JSON and loads from it with every digit."""

    def to_json(self) -> str:
        """Return the model as a JSON object: its kind as `model`, and its fields."""
        return json.dumps({"model": type(self).__name__, **asdict(self)}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` wrote; raise `ValueError` where `text` is none of this kind."""
        try:
            fields: Any = json.loads(text)
        except json.JSONDecodeError:
            fields = None
        if not isinstance(fields, dict) or "model" not in fields:
            raise ValueError("the text is no saved model; give what to_json returned")
        kind = fields.pop("model")
        if kind != cls.__name__:
            raise ValueError(f"the saved model is a {kind}; load it with {kind}.from_json")
        try:
            return TypeAdapter(cls).validate_python(fields)
        except ValidationError as error:
            wrong = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
            raise ValueError(f"the saved {kind} is broken in: {wrong}") from None

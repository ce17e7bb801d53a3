"""A descriptor for one path below another, named once."""

from pathlib import Path
from typing import Any


class Below:
    """A path below the root of the object that has it."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __get__(self, of: Any, kind: type) -> Path:
        """Return the path."""
        place: Path = of.root.joinpath(*self._parts)
        return place

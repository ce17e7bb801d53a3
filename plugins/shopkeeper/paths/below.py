"""One place below another, named once."""

from pathlib import Path
from typing import Any


class Below:
    """A place below the root of the object that it is asked of."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __get__(self, of: Any, kind: type) -> Path:
        """Return the place."""
        place: Path = of.root.joinpath(*self._parts)
        return place

"""Persons in blocks: what is made of each on the way is held for one block at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

BLOCK = 32_768
Rows = TypeVar("Rows")


def blocks(count: int) -> Iterator[slice]:
    """Return the rows of each block, in order."""
    for first in range(0, count, BLOCK):
        yield slice(first, min(first + BLOCK, count))


def gathered(count: int, parts: Iterable[Rows]) -> Rows:
    """Return blocks of a dataclass of arrays as one of ``count`` rows."""
    whole: Any = None
    first = 0
    for part in parts:
        names = [field.name for field in fields(part)]  # type: ignore[arg-type]
        length = len(getattr(part, names[0]))
        if length == count:
            return part
        if whole is None:
            told = {name: getattr(part, name) for name in names}
            empty = {n: np.empty((count, *rows.shape[1:]), rows.dtype) for n, rows in told.items()}
            whole = type(part)(**empty)
        for name in names:
            getattr(whole, name)[first : first + length] = getattr(part, name)
        first += length
    return whole

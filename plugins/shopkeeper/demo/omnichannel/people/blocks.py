"""Persons in blocks, and blocks in shards: what is made of each on the way is held for one block at a time,
a day's tables for one shard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, TypeVar

from shopkeeper.demo.omnichannel.scratch import Scratch

BLOCK = 32_768
SHARD = 4 * BLOCK
Rows = TypeVar("Rows")


def blocks(end: int, begin: int = 0) -> Iterator[slice]:
    """Return the rows of each block, in order."""
    for first in range(begin, end, BLOCK):
        yield slice(first, min(first + BLOCK, end))


def shards(count: int) -> list[slice]:
    """Return the rows of each shard, in order."""
    return [slice(first, min(first + SHARD, count)) for first in range(0, count, SHARD)]


def gathered(count: int, parts: Iterable[Rows], scratch: Scratch) -> Rows:
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
            empty = {n: scratch.array((count, *rows.shape[1:]), rows.dtype) for n, rows in told.items()}
            whole = type(part)(**empty)
        for name in names:
            getattr(whole, name)[first : first + length] = getattr(part, name)
        first += length
    return whole

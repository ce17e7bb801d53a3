"""Paths as flat arrays, the one shape that every model of attribution works on.

Reads and merges tables of paths; weights of touches belong to `rules` and `markov`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.attribution import money
from shopkeeper.science.inputs import encode, read_table

UNTOUCHED = "no_touch"
"""The channel of conversions without a preceding touch; no channel of a touch may have this name."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Paths:
    """Paths end to end: the touches of path p are `codes[offsets[p]:offsets[p + 1]]`, oldest first.

    `channels` is sorted and `codes` index it. `value` is in the smallest unit of `value_type` (cents) where
    that is a decimal, otherwise a float. `ages` are microseconds from touch to the path's end, where the
    table has them.
    """

    channels: tuple[str, ...]
    codes: Integers
    offsets: Integers
    conversions: Integers
    value: NDArray[Any]
    nulls: Integers
    ages: Integers | None
    value_type: pa.DataType

    @cached_property
    def lengths(self) -> Integers:
        """Touches of each path."""
        return np.diff(self.offsets)

    @cached_property
    def path(self) -> Integers:
        """The path of each touch."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def position(self) -> Integers:
        """The place of each touch in its path, from 0."""
        return np.arange(len(self.codes)) - self.offsets[self.path]

    @cached_property
    def is_stage_start(self) -> Flags:
        """Whether a touch differs from the one before it in its path."""
        same = np.zeros(len(self.codes), dtype=bool)
        same[1:] = self.codes[1:] == self.codes[:-1]
        return ~same | (self.position == 0)

    def keep_touches(self, kept: Flags) -> "Paths":
        """Return the same paths with only the touches that are True in `kept`."""
        return replace(
            self,
            codes=self.codes[kept],
            offsets=_offsets(np.bincount(self.path[kept], minlength=len(self.lengths))),
            ages=None if self.ages is None else self.ages[kept],
        )

    def touches_of(self, chosen: Integers) -> Integers:
        """Return the touches of the chosen paths, path after path."""
        lengths = self.lengths[chosen]
        before = np.cumsum(lengths) - lengths
        return np.arange(lengths.sum()) + np.repeat(self.offsets[chosen] - before, lengths)

    def take(self, chosen: Integers) -> "Paths":
        """Return the chosen paths (by number), in that order."""
        touches = self.touches_of(chosen)
        return replace(
            self,
            codes=self.codes[touches],
            offsets=_offsets(self.lengths[chosen]),
            conversions=self.conversions[chosen],
            value=self.value[chosen],
            nulls=self.nulls[chosen],
            ages=None if self.ages is None else self.ages[touches],
        )

    def travelled(self) -> "Paths":
        """Return the paths with touches and at least one conversion or failure."""
        return self.take(np.flatnonzero((self.lengths > 0) & (self.conversions + self.nulls > 0)))

    def merged(self, *, by_age: bool = False) -> "Paths":
        """Return one path per distinct sequence of channels (and ages), in arbitrary but fixed order."""
        fields = [self.codes.astype(">u4")]
        if by_age and self.ages is not None:
            fields.append(self.ages.astype(">i8"))
        records = np.rec.fromarrays(fields)
        offsets = self.offsets * records.dtype.itemsize
        keys = pa.Array.from_buffers(
            pa.large_binary(),
            len(self.lengths),
            [None, pa.py_buffer(offsets), pa.py_buffer(records.tobytes())],
        ).dictionary_encode()
        in_order = pc.sort_indices(keys.dictionary).to_numpy()
        rank = np.empty_like(in_order)
        rank[in_order] = np.arange(len(in_order))
        group = rank[keys.indices.to_numpy()].astype(np.int64)
        # Ordered by value within a group, because a sum of floats depends on its order.
        order = np.lexsort((self.value, group))
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        return replace(
            self.take(order[starts]),
            conversions=_sums(self.conversions[order], starts),
            value=_sums(self.value[order], starts),
            nulls=_sums(self.nulls[order], starts),
        )


def read_paths(given: Any) -> Paths:
    """Check a table of paths (the columns of `credit`) and lay it out flat."""
    table = read_table(given, "touches", "conversions", "value", "nulls", optional=("ages",))
    touches = table["touches"].combine_chunks()
    if not (pa.types.is_list(touches.type) or pa.types.is_large_list(touches.type)):
        raise ValueError(f"column touches is {touches.type}; give each path as a list of channel names")
    names = pa.chunked_array([touches.flatten()])
    if names.null_count:
        raise ValueError(f"column touches has {names.null_count} nulls in its lists; name every channel")
    channels, codes = encode(as_text(names, "touches"))
    conversions, nulls = _counts(table, "conversions"), _counts(table, "nulls")
    value, value_type = money.read(table["value"])
    if np.any(value[conversions == 0] != 0):
        raise ValueError(
            "column value is not 0 where conversions is 0; a path without conversions earns nothing"
        )
    offsets = _offsets(pc.list_value_length(touches).to_numpy(zero_copy_only=False))
    return Paths(
        tuple(channels.to_pylist()),
        codes,
        offsets,
        conversions,
        value,
        nulls,
        _ages(table, offsets),
        value_type,
    )


def as_text(names: pa.ChunkedArray, column: str) -> pa.ChunkedArray:
    """Return channel names, plain or in a dictionary, as strings."""
    kind = names.type.value_type if pa.types.is_dictionary(names.type) else names.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise ValueError(f"column {column} holds {kind}; give the names of channels as text")
    text = names.cast(pa.string())
    if pc.any(pc.equal(text, UNTOUCHED)).as_py():
        raise ValueError(
            f"column {column} has a channel {UNTOUCHED}, the name of conversions without a touch; rename it"
        )
    return text


def direct_code(channels: Sequence[str], direct_channel: str | None) -> int | None:
    """Return the index of the channel of direct traffic; None if it was not named and does not occur.

    Raises `ValueError` if no touch has the channel that was named, or if a channel differs from it by
    capitals and blanks only.
    """
    wanted = "direct" if direct_channel is None else direct_channel
    alike = [name for name in channels if name.strip().casefold() == wanted.strip().casefold()]
    if any(name != wanted for name in alike):
        raise ValueError(
            f"direct_channel is {wanted!r}, but there is {' and '.join(map(repr, alike))}; write it one way"
        )
    if not alike and direct_channel is not None and channels:
        raise ValueError(
            f"direct_channel is {wanted!r}, which no touch has; the channels are: {', '.join(channels)}"
        )
    return channels.index(wanted) if alike else None


def _counts(table: pa.Table, name: str) -> Integers:
    kind = table[name].type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise ValueError(f"column {name} is {kind}; give whole numbers")
    counts = table[name].cast(pa.float64()).to_numpy()
    if not np.all((counts >= 0) & (counts < 2**53) & (counts == np.floor(counts))):
        raise ValueError(f"column {name} has values that are not whole numbers of 0 or more")
    return counts.astype(np.int64)


def _ages(table: pa.Table, offsets: Integers) -> Integers | None:
    if "ages" not in table.column_names:
        return None
    ages = table["ages"].combine_chunks()
    if not np.array_equal(_offsets(pc.list_value_length(ages).to_numpy(zero_copy_only=False)), offsets):
        raise ValueError(
            "column ages has lists that are not as long as those of touches; give one age a touch"
        )
    micros = ages.flatten().cast(pa.duration("us")).cast(pa.int64())
    if micros.null_count or (len(micros) and pc.min(micros).as_py() < 0):
        raise ValueError(
            "column ages has nulls or negative ages; an age is the time from touch to conversion"
        )
    return micros.to_numpy()


def _offsets(lengths: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _sums(values: NDArray[Any], starts: Integers) -> NDArray[Any]:
    return np.add.reduceat(values, starts) if len(starts) else values[:0]

"""Splits money without losing a cent.

Reads amounts and rounds shares of them; the models decide the shares.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.amounts import decimal_units

_LARGEST = 10**18 - 1


def read(column: pa.ChunkedArray) -> tuple[NDArray[Any], pa.DataType]:
    """Return amounts as int64 of the smallest unit (decimal input) or float64 (other numbers), and the type
    of sums.

    Raises `ValueError` on negative or infinite amounts, and where the sum has more than 18 digits.
    """
    if pa.types.is_decimal(column.type):
        amounts = decimal_units(column, "value")
        result = pa.decimal128(max(column.type.precision, 18), column.type.scale)
        too_large = amounts.sum(dtype=np.float64) > _LARGEST
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        amounts = column.to_numpy().astype(np.float64)
        result = pa.float64()
        too_large = not np.all(np.isfinite(amounts))
    else:
        raise ValueError(f"column value is {column.type}; give decimals or floats")
    if too_large:
        raise ValueError("column value is infinite, or its sum has more than 18 digits")
    if np.any(amounts < 0):
        raise ValueError("column value has negative amounts; net refunds against their purchase first")
    return amounts, result


def write(amounts: NDArray[Any], value_type: pa.DataType) -> pa.Array:
    """Return amounts of `read` as an Arrow array of that type."""
    if not pa.types.is_decimal(value_type):
        return pa.array(amounts, value_type)
    words = np.zeros((len(amounts), 2), dtype="<i8")
    words[:, 0] = amounts
    return pa.Array.from_buffers(value_type, len(amounts), [None, pa.py_buffer(words)])


def largest_remainder(
    shares: NDArray[np.float64],
    totals: NDArray[np.int64],
    starts: NDArray[np.int64],
    names: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Round `shares` to whole units that sum to `totals`, group by group (`starts`: each group's first row).

    Units left over go to the largest remainders; equal ones (to 1e-6 of a unit) by `names`, then by row.
    """
    if len(shares) == 0:
        return np.empty(0, dtype=np.int64)
    whole = np.floor(shares).astype(np.int64)
    left = totals - np.add.reduceat(whole, starts)
    lengths = np.diff(starts, append=len(shares))
    open_rows = np.flatnonzero(np.repeat(left > 0, lengths))
    group = np.repeat(np.arange(len(starts)), lengths)[open_rows]
    remainder = np.round((shares[open_rows] - whole[open_rows]) * 1e6)
    order = np.lexsort((names[open_rows], -remainder, group))
    sizes = lengths[left > 0]
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    winners = order[rank < np.repeat(left[left > 0], sizes)]
    whole[open_rows[winners]] += 1
    return whole

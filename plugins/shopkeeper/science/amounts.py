"""Amounts of money as whole numbers, so that sums are exact and do not depend on their order.

Only converts columns to such numbers; signs and splits belong to the topics.
"""

import numpy as np
import pyarrow as pa

from shopkeeper.science.days import Integers

_FLOAT_UNITS = 10**6
_TOO_LARGE = 1e18


def read_amounts(table: pa.Table, name: str) -> tuple[Integers, int]:
    """Return a column's amounts in their smallest unit, and how many of these are 1.

    Decimals count in their last digit; floats and integers are read to the sixth decimal. Raises `ValueError`
    if the column holds no numbers, one that is not finite, or more than 18 digits in all.
    """
    column = table[name]
    if pa.types.is_decimal(column.type):
        amounts, units = decimal_units(column, name), 10**column.type.scale
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = column.cast(pa.float64()).to_numpy()
        if not np.all(np.isfinite(values)):
            raise ValueError(f"column {name} has values that are not finite; remove those rows")
        amounts, units = np.rint(values * _FLOAT_UNITS), _FLOAT_UNITS
    else:
        raise ValueError(f"column {name} is {column.type}; give decimals or floats")
    if np.abs(amounts).sum(dtype=np.float64) >= _TOO_LARGE:
        raise ValueError(f"column {name} is too large to be summed exactly: its sum has more than 18 digits")
    return amounts.astype(np.int64), units


def decimal_units(column: pa.ChunkedArray, name: str) -> Integers:
    """Return decimals in units of their last digit; raise `ValueError` on more than 18 digits."""
    wide = column.cast(pa.decimal128(38, column.type.scale)).combine_chunks()
    if len(wide) == 0:
        return np.empty(0, dtype=np.int64)
    words = np.frombuffer(wide.buffers()[1], dtype="<i8").reshape(-1, 2)[
        wide.offset : wide.offset + len(wide)
    ]
    if np.any(words[:, 1] != words[:, 0] >> 63):
        raise ValueError(f"column {name} has amounts of more than 18 digits")
    return words[:, 0].copy()

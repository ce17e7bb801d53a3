"""Reads the scalar arguments of science functions: moments, spans, numbers.

Add a kind of value when two topics take it. NumPy and pandas scalars are accepted like Python's own.
"""

import operator
from datetime import date, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np


def read_moment(name: str, value: Any) -> date | datetime:
    """Return a moment given as a date, a datetime (also of pandas or NumPy), or text in ISO 8601."""
    if isinstance(value, np.datetime64) and not np.isnat(value):
        is_date = np.datetime_data(value.dtype)[0] in ("Y", "M", "W", "D")
        value = value.astype("datetime64[D]" if is_date else "datetime64[us]").item()
    elif isinstance(value, str):
        value = _from_text(value)
    # pandas' NaT is a datetime that equals nothing, not even itself.
    if not isinstance(value, date) or value != value:
        raise ValueError(f"{name} is no moment; give a date, a datetime, or text such as 2024-03-31")
    return value


def read_duration(name: str, value: Any) -> timedelta:
    """Return a time above 0 given as a timedelta, also of pandas or NumPy."""
    if isinstance(value, np.timedelta64) and not np.isnat(value):
        if np.datetime_data(value.dtype)[0] in ("Y", "M"):
            raise ValueError(f"{name} is in months or years, which differ in length; give days")
        value = value.astype("timedelta64[us]").item()
    if not isinstance(value, timedelta) or value != value:
        raise ValueError(f"{name} is no time span; give a timedelta such as timedelta(days=30)")
    if value <= timedelta(0):
        raise ValueError(f"{name} is {value}; give a time above 0")
    return value


def read_whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return a whole number from `least` to `most`, also a NumPy scalar."""
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        span = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value}; give a whole number {span}")
    return number


def read_number(name: str, value: Any) -> float:
    """Return a finite number as a float: int, float, Decimal, Fraction or a NumPy scalar."""
    is_number = isinstance(value, Real | np.number | Decimal)
    if isinstance(value, bool | np.bool_) or not is_number or not np.isfinite(float(value)):
        raise ValueError(f"{name} is {value}; give a finite number")
    return float(value)


def _from_text(text: str) -> date | datetime | None:
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    return None

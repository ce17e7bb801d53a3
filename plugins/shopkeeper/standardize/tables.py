"""Reads the tables of this room: words, China's divisions and surnames.

`docs/standardize.md` says where they come from; matching against them belongs to the readers.
"""

import csv
import io
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml


@dataclass(frozen=True)
class Surname:
    """A Chinese surname, its reading as a surname, and whether it is one of the hundred commonest."""

    surname: str
    pinyin: str
    is_common: bool


@dataclass(frozen=True)
class Division:
    """A province, city or district of China by its code (GB/T 2260)."""

    code: str
    name: str
    is_former: bool


@cache
def surnames() -> dict[str, Surname]:
    """Return all surnames that the table has, in simplified script."""
    rows = _rows("surnames.csv")
    return {
        row["surname"]: Surname(row["surname"], row["pinyin"], row["is_common"] == "true") for row in rows
    }


@cache
def divisions() -> dict[str, Division]:
    """Return all divisions by code, the former ones too."""
    rows = _rows("divisions.csv")
    return {row["code"]: Division(row["code"], row["name"], row["is_former"] == "true") for row in rows}


@cache
def latin_names() -> dict[str, frozenset[str]]:
    """Return names in small letters and what each can be: `given`, `family`, and a common `word`."""
    return {row["name"]: frozenset(row["roles"].split()) for row in _rows("latin_names.csv")}


@cache
def name_characters() -> dict[str, tuple[float, float]]:
    """Return, by character, how much it speaks for a surname (-6: it is not a surname) and for a given name.

    The unit is bits: the base-2 logarithm of how much commoner it is there than in any text. A character that
    is missing is rare everywhere.
    """
    rows = _rows("name_characters.csv")
    return {row["character"]: (float(row["as_surname"] or -6), float(row["as_given"])) for row in rows}


@cache
def words() -> dict[str, Any]:
    """Return the words of all kinds of values, as `words.yaml` groups them."""
    return dict(yaml.safe_load(_content("words.yaml")))


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(_content(name)))


def _content(name: str) -> str:
    return (pkgutil.get_data(__package__ or "", name) or b"").decode()

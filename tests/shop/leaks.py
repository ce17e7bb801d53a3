"""Finds identifiers of persons in what a home holds outside its vault and its inbox, in whatever format.

A value counts where it occurs by itself: between delimiters, in another writing (digits only, lower case, pinyin,
escaped as JSON or HTML does, percent-encoded however often), as its last eight digits, or as an unkeyed hash. A
file's name is looked at too.
"""

import gzip
import hashlib
import html
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pypinyin import lazy_pinyin

_WORDS = re.compile(r"[\w.+@'-]+")
_DIGITS = re.compile(r"(?<![\w])(?<!\d\.)\+?\d(?:[ ()-]{0,2}\d){7,14}(?!\w)(?![ ()-]{0,2}\d)")
"""A number as long as a phone's, and no part of a hash, of a fraction or of a longer number."""

_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_ENDING = re.compile(r"\.(csv|jsonl?|parquet|gz)\b")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_HASHES = ("md5", "sha1", "sha256", "sha512")
_LAST = 8
PHONE_DIGITS = 11
"""Of a British number with its 0, and of a Chinese mobile."""

MOST_WORDS = 4
"""A name has no more, and so many of an address tell where somebody lives."""


class Planted:
    """The identifiers to look for."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = frozenset(value.strip() for value in values if value.strip())
        self._known: dict[str, str] = {}
        for value in self.values:
            for form in forms(value):
                self._known.setdefault(form, value)

    def found_in(self, texts: Iterable[str]) -> set[str]:
        """Return the planted values that occur in some texts."""
        found: set[str] = set()
        for text in map(_unescaped, texts):
            for read in readings(text):
                found |= {self._known[each] for each in candidates(read) if each in self._known}
        return found


def _unescaped(text: str) -> str:
    if "\\u" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return html.unescape(text) if "&" in text else text


def forms(value: str) -> set[str]:
    """Return every way in which a value would still tell a person."""
    found = {value.casefold()}
    digits = re.sub(r"\D", "", value)
    if len(digits) > _LAST:
        found |= {digits, digits[-_LAST:]}
    if _HAN.search(value):
        first, *rest = lazy_pinyin(value)
        given = "".join(rest)
        found |= {first + given, f"{first} {given}", f"{given} {first}"}
    words = _words(value.casefold())
    found.add(" ".join(words[:MOST_WORDS]))
    written = {value, value.casefold(), value.strip(), digits} - {""}
    written |= {f"+{digits}"} if digits else set()
    if len(digits) == PHONE_DIGITS:
        international = f"44{digits[1:]}" if digits[0] == "0" else f"86{digits}"
        written |= {international, f"+{international}"}
    return found | {hashlib.new(name, each.encode()).hexdigest() for name in _HASHES for each in written}


def readings(text: str) -> Iterator[str]:
    """Yield a text as it is, and without each layer of percent-encoding, with a plus as a space too."""
    while True:
        yield text
        if "+" in text:
            yield text.replace("+", " ")
        once = unquote(text, errors="replace")
        if once == text:
            return
        text = once


def _words(text: str) -> list[str]:
    return [word.strip(".'-") for word in _WORDS.findall(text)]


def candidates(text: str) -> Iterator[str]:
    """Yield what may be an identifier in a text, in the forms of `forms`."""
    plain = _ENDING.sub("", text.casefold())
    yield plain.strip()
    words = _words(plain)
    yield from words
    for most in range(2, MOST_WORDS + 1):
        yield from (" ".join(words[at : at + most]) for at in range(len(words) - most + 1))
    yield from (word.replace("-", "").replace("_", "") for word in words)
    yield from (piece for word in words if "_" in word for piece in word.split("_"))
    for run in _DIGITS.findall(plain.replace("_", " ")):
        digits = re.sub(r"\D", "", run)
        yield from (digits, digits[-_LAST:])
    for run in _HAN.findall(text):
        yield from (run[at : at + most] for most in (2, 3, 4) for at in range(len(run) - most + 1))


def leaks(home: Path, planted: Planted, searched: Path | None = None) -> dict[str, set[str]]:
    """Return the files outside vault and inbox that hold planted values, with those values.

    `searched`: another home that holds none of them; what was copied from it is not read again.
    """
    found = {}
    for path in sorted(each for each in home.rglob("*") if each.is_file() and not each.is_symlink()):
        place = path.relative_to(home)
        if searched and _is_copy(path, searched / place):
            continue
        if place.parts[0] not in ("vault", "inbox") and (
            held := planted.found_in(chain([place.name], texts_of(path)))
        ):
            found[str(place)] = held
    return found


def _is_copy(path: Path, other: Path) -> bool:
    """Whether a file is as it was copied, with its time."""
    facts = [(file.stat().st_size, file.stat().st_mtime_ns) for file in (path, other) if file.exists()]
    return len(facts) == 2 and facts[0] == facts[1]


def texts_of(path: Path) -> Iterator[str]:
    """Yield every text of a file, decoded: the cells of a database or of Parquet, the lines of anything else."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PAR1"):
        yield from _of_parquet(path)
    elif head.startswith(b"SQLite format 3"):
        yield from _of_sqlite(path)
    elif head[8:12] == b"DUCK":
        yield from _of_duckdb(path)
    else:
        opened = gzip.open if head.startswith(b"\x1f\x8b") else open
        with opened(path, "rb") as lines:
            for line in lines:
                yield line.decode("utf-8", "replace")


def _of_parquet(path: Path) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            for column in file.read_row_group(group).columns:
                yield from _of_column(column)
        yield str(file.metadata.metadata)


def _of_column(column: pa.ChunkedArray) -> Iterator[str]:
    distinct = column.unique() if not pa.types.is_nested(column.type) else column
    for value in distinct.to_pylist():
        if isinstance(value, bytes):
            yield value.decode("utf-8", "replace")
        elif value is not None:
            yield str(value)


def _of_sqlite(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = [
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        for name in names:
            for row in connection.execute(f'select * from "{name}"'):
                yield from (
                    each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in row
                )


def _of_duckdb(path: Path) -> Iterator[str]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as searched (read_only)")
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            rows = connection.execute(f'select * from searched."{schema}"."{table}"').to_arrow_table()
            for column in rows.columns:
                yield from _of_column(column)
        yield from (sql for (sql,) in connection.execute("select sql from duckdb_views()").fetchall() if sql)

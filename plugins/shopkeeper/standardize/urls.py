"""URLs without the identifiers of persons; a parameter that is not allowed loses its value.

What an identifier looks like, `free_text` knows; here is where a URL hides one.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, read_distinct
from shopkeeper.standardize.free_text import find_identifiers, with_marks
from shopkeeper.standardize.phones import require_region
from shopkeeper.standardize.spans import Span
from shopkeeper.standardize.texts import decoded

PARTS = pa.schema([("text", pa.string())])

_VALUE = "[value]"
_SCHEMES = frozenset({"", "http", "https", "mailto", "tel", "sms"})
_BETWEEN = re.compile("([&;?])")
_NAME = re.compile(r"[a-z](?!.*\d{5})[\w.\[\]-]{0,39}", re.IGNORECASE | re.ASCII)
_JOINT = re.compile("[-_+]")
_NUMBER = re.compile(r"\+?\d[\d ().\u2010-\u2015-]{5,}[\dXx]")
_WITH_COUNTRY = re.compile(r"(?:00)?(?:44[1237]\d{8,9}|861[3-9]\d{9})")
_HASH = re.compile(r"(?<![0-9a-z])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9a-z])", re.IGNORECASE)


def redact_urls(
    values: Texts, parameters: Collection[str], region: str = "CN", pool: Executor | None = None
) -> pa.Table:
    """Return `text`: each URL with a mark for what may name a person, as it was if nothing does.

    `[value]` takes the place of what cannot be read, and of the value of every parameter that is not one of
    `parameters`; the rest is decoded and loses what `redact_texts` finds, and hashes. User and password of
    the host go. `text` is null where the value is null, or where a library fails on it. `region`: the ISO
    3166 country of phone numbers without a country code. Raises `ValueError` if it is unknown, `TypeError`
    if `values` is no column of text.
    """
    require_region(region)
    reader = _Reader(frozenset(name.casefold() for name in parameters), region)
    return read_distinct(values, partial(_redact_slice, reader), PARTS, pool)


def _redact_slice(reader: "_Reader", texts: list[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array([reader.safely(text) for text in texts], pa.string())], PARTS)


class _Reader:
    """Reads URLs of one column."""

    def __init__(self, parameters: frozenset[str], region: str) -> None:
        self.parameters = parameters
        self.region = region
        self.shown: dict[str, str] = {}  # most URLs of a column share most of their parts

    def safely(self, text: str) -> str | None:
        """Return the URL as it may land, or null: neither it nor a library's message about it may go on."""
        try:
            return self._url(text)
        except Exception:
            return None

    def _url(self, text: str) -> str:
        try:
            parts = urlsplit(text)
        except ValueError:
            before, mark, after = text.partition("?")
            return self._path(before) + mark + self._parameters(after)
        if parts.scheme not in _SCHEMES and not parts.netloc:  # user:password@host
            parts = parts._replace(scheme="", path=f"{parts.scheme}:{parts.path}")
        shown = SplitResult(
            parts.scheme,
            self._part(parts.netloc.rpartition("@")[2]),
            self._path(parts.path),
            self._parameters(parts.query),
            self._fragment(parts.fragment),
        )
        return text if shown == parts else urlunsplit(shown)

    def _path(self, path: str) -> str:
        return "/".join(map(self._segment, path.split("/")))

    def _segment(self, segment: str) -> str:
        before, mark, after = segment.partition(";")
        return self._part(before) + mark + self._parameters(after)

    def _fragment(self, fragment: str) -> str:
        before, mark, after = fragment.partition("?")
        if "=" in before:
            return self._parameters(fragment)
        return self._path(before) + mark + self._parameters(after)

    def _parameters(self, query: str) -> str:
        pieces = _BETWEEN.split(query)
        return "".join(piece if at % 2 else self._parameter(piece) for at, piece in enumerate(pieces))

    def _parameter(self, piece: str) -> str:
        name, equals, value = piece.partition("=")
        known = decoded(name) or ""
        if known.casefold() in self.parameters:
            return f"{name}{equals}{self._part(value)}"
        if equals and _NAME.fullmatch(known):
            return f"{name}={value and _VALUE}"
        return piece and _VALUE

    def _part(self, raw: str) -> str:
        """Return one part, encoded as it came unless something goes."""
        if raw not in self.shown:
            self.shown[raw] = self._read(raw)
        return self.shown[raw]

    def _read(self, raw: str) -> str:
        text = decoded(raw)
        if text is None or "=" in text or ("@" in text and ":" in text):  # parameters; user:password@host
            return _VALUE
        apart = _JOINT.sub(" ", text)
        spans = sorted({*self._spans(text), *(self._spans(apart) if apart != text else ())})
        shown = with_marks(text, _joined(spans))
        if "@" in shown:
            return _VALUE
        return quote(shown, safe="[]/:,+") if spans else raw

    def _spans(self, text: str) -> Iterator[Span]:
        yield from find_identifiers(text, self.region)
        yield from ((*found.span(), "hash") for found in _HASH.finditer(text))
        for found in _NUMBER.finditer(text):  # A letter or a stroke may join it to a word.
            alone = find_identifiers(found[0], self.region)
            if alone or _WITH_COUNTRY.fullmatch(re.sub(r"\D", "", found[0])):
                yield *found.span(), alone[0][2] if alone else "phone"


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return sorted spans with one in the place of those that overlap; the longest of them names the kind."""
    joined: list[Span] = []
    for start, end, kind in spans:
        if joined and start < joined[-1][1]:
            before = joined.pop()
            longest = max(before, (start, end, kind), key=lambda span: span[1] - span[0])
            start, end, kind = before[0], max(before[1], end), longest[2]
        joined.append((start, end, kind))
    return joined

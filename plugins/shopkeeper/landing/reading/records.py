"""The careful path through a text file: record by record, starting afresh at every line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from shopkeeper.landing.reading.lines import MAXIMUM_LINE_BYTES, Line, read_lines
from shopkeeper.landing.reading.spanning import Quotes
from shopkeeper.landing.reading.text_kinds import is_utf8
from shopkeeper.landing.refusals import FileRefused, Record, RowRefusal, keep
from shopkeeper.sentences import Sentence

SUBSTITUTE = "\x1a"
_MARK = "\ufeff"
# Possessive: neither quote of a doubled pair is ever tried as the closing quote.
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_DIGIT = re.compile(r"\d")
INSIDE_QUOTE = "INSIDE_QUOTE"


class RowRefused(Exception):
    """The line is not a well-formed record."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def refusal(self, line: Line) -> RowRefusal:
        """Return the refusal of the line; a repeated header is `info`, since no data is lost."""
        severity = "info" if self.reason == "REPEATED_HEADER" else "warning"
        return RowRefusal(line.number, self.reason, self.detail, severity=severity)


class Entry(NamedTuple):
    """One physical record: its first line, how many lines it spans, and its fields or its refusal."""

    line: Line
    line_count: int
    fields: list[str]
    refusal: RowRefusal | None


@dataclass
class Tally:
    """Counts the records of a text file, and collects malformed records and those that span lines.

    `is_clean`: no text in it can need trimming or other cleaning.
    """

    record_count: int
    is_clean: bool = False
    refusals: list[RowRefusal] = field(default_factory=list)
    spans: dict[int, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Count one record; raises `FileRefused` if it shows that the file was cut off."""
        self.record_count += 1
        if entry.refusal is not None:
            if not entry.line.ending:
                raise FileRefused(
                    "TRUNCATED", Sentence("the last line is cut off: {why}", why=entry.refusal.detail)
                )
            self.refusals.append(entry.refusal)
        if entry.line_count > 1:
            self.spans[entry.line.number] = entry.line_count


@dataclass(frozen=True)
class Dialect:
    """How the records of one file are written."""

    names: tuple[str, ...]
    delimiter: str
    encoding: str
    spanning: tuple[bool, ...]
    figures: tuple[bool, ...]


def split(text: str, delimiter: str) -> list[str]:
    """Return the fields of one record, strictly by RFC 4180; raises `RowRefused` if it is malformed."""
    if '"' not in text:
        return text.split(delimiter)
    fields: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            quoted = _QUOTED.match(text, position)
            if quoted is None:
                raise RowRefused("UNBALANCED_QUOTE", Sentence("a quote opens and does not close on its line"))
            fields.append(quoted[1].replace('""', '"'))
            position = quoted.end()
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            if '"' in text[position:end]:
                raise RowRefused("STRAY_QUOTE", Sentence("a quote inside an unquoted field"))
            fields.append(text[position:end])
            position = end
        if position == len(text):
            return fields
        if text[position] != delimiter:
            raise RowRefused("STRAY_QUOTE", Sentence("text follows a closing quote"))
        position += 1


def read_entries(lines: Iterator[Line], dialect: Dialect, quotes: Quotes) -> Iterator[Entry]:
    """Yield every remaining record, well-formed or not, in file order; blank lines are skipped.

    A quote that never closes costs its own line. If a quote closes on a later line, the lines up to there
    become one record, or are all refused if that is ambiguous.
    """
    for line in lines:
        if is_blank(line, dialect.delimiter):
            continue
        try:
            yield Entry(line, 1, _sound_fields(line.content, line, dialect), None)
            continue
        except RowRefused as error:
            refusal = error.refusal(line)
        end = quotes.end_of(line.offset) or line.end
        rest = list(_lines_before(end, line, lines)) if end - line.offset <= MAXIMUM_LINE_BYTES else []
        joined = _join(line, rest, dialect) if rest else None
        if joined:
            yield joined
            continue
        yield Entry(line, 1, [], refusal)
        last, following = line, chain(rest, lines)
        while last.end < end:
            for inner in _lines_before(end, last, following):
                last = inner
                if not is_blank(inner, dialect.delimiter):
                    detail = Sentence(
                        "it may belong to the quoted text that begins on line {line}", line=line.number
                    )
                    yield Entry(inner, 1, [], RowRefused(INSIDE_QUOTE, detail).refusal(inner))
            # The closing quote may have been meant as an opening one.
            end = quotes.end_of(last.offset) or last.end


def _lines_before(end: int, line: Line, lines: Iterator[Line]) -> Iterator[Line]:
    """Yield the lines that follow `line` up to a byte of the file."""
    while line.end < end:
        line = next(lines)
        yield line


def is_blank(line: Line, delimiter: str = "") -> bool:
    """Whether a line is empty or holds only delimiters and blanks, as spreadsheets leave them."""
    return not line.is_too_long and not line.content.strip(delimiter.encode() + b" \t")


def _sound_fields(content: bytes, line: Line, dialect: Dialect) -> list[str]:
    text = decode(content, line, dialect.encoding)
    fields = split(text, dialect.delimiter)
    if len(fields) != len(dialect.names):
        reason = "TOO_FEW_FIELDS" if len(fields) < len(dialect.names) else "TOO_MANY_FIELDS"
        raise RowRefused(reason, wrong_count(len(fields), len(dialect.names)))
    if tuple(fields) == dialect.names or tuple(fields) == (_MARK + dialect.names[0], *dialect.names[1:]):
        raise RowRefused("REPEATED_HEADER", Sentence("the header is repeated among the rows"))
    if text.startswith(_MARK):
        raise RowRefused("BYTE_ORDER_MARK", Sentence("a byte-order mark among the rows"))
    return fields


def wrong_count(found: int, named: int) -> Sentence:
    """Say that a record has another number of fields than its header."""
    return Sentence("{count} fields where the header has {expected}", count=found, expected=named)


def decode(content: bytes, line: Line, encoding: str) -> str:
    """Return a line as text; raises `RowRefused` if it cannot be decoded or holds control characters."""
    if line.is_too_long:
        detail = Sentence("{count} bytes; {most} are allowed", count=line.byte_count, most=MAXIMUM_LINE_BYTES)
        raise RowRefused("LINE_TOO_LONG", detail)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        detail = Sentence("byte {place} is not {encoding}", place=error.start + 1, encoding=encoding)
        raise RowRefused("BAD_ENCODING", detail) from error
    if encoding != "utf-8" and is_utf8(content, encoding):
        raise RowRefused("BAD_ENCODING", Sentence("the line is UTF-8, not {encoding}", encoding=encoding))
    if "\0" in text:
        raise RowRefused(
            "NUL_BYTE", Sentence("a NUL byte at character {place}", place=text.index(chr(0)) + 1)
        )
    if SUBSTITUTE in text:
        detail = Sentence(
            "Ctrl-Z (U+001A) at character {place}; DOS ends files with it", place=text.index(SUBSTITUTE) + 1
        )
        raise RowRefused("CONTROL_CHARACTER", detail)
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        raise RowRefused("LONE_CARRIAGE_RETURN", Sentence("a carriage return without a line feed"))
    return text


def _join(first: Line, rest: list[Line], dialect: Dialect) -> Entry | None:
    """Return the record that continues over the next lines, or `None` if there may be no such record.

    The joined text must be well-formed, and hold a newline only in columns that allow one. The quotes may
    also be mistakes: if every line between is a record by itself, and so is the last one without its quote,
    nothing is joined.
    """
    last, parts = rest[-1], [first.content]
    for before, line in zip([first, *rest], rest, strict=False):
        parts += [before.ending, line.content]
    try:
        fields = _sound_fields(b"".join(parts), first, dialect)
    except RowRefused:
        return None
    if any("\n" in value and not may for value, may in zip(fields, dialect.spanning, strict=True)):
        return None
    between = [line for line in rest[:-1] if not is_blank(line, dialect.delimiter)]
    unquoted = last._replace(content=last.content.replace(b'"', b""))
    if between and all(_may_be_record(line, dialect) for line in [unquoted, *between]):
        return None
    return Entry(first._replace(ending=last.ending), len(rest) + 1, fields, None)


def _may_be_record(line: Line, dialect: Dialect) -> bool:
    """Whether a line is well-formed by itself, with a digit in every field for numbers or dates."""
    try:
        fields = _sound_fields(line.content, line, dialect)
    except RowRefused:
        return False
    figures = (value for value, is_figure in zip(fields, dialect.figures, strict=True) if is_figure and value)
    return len(fields) > 1 and all(_DIGIT.search(value) for value in figures)


def fetch_records(path: Path, spans: dict[int, int], wanted: set[int]) -> dict[int, Record]:
    """Return records as they arrived, by the line on which they begin."""
    found: dict[int, Record] = {}
    with path.open("rb") as file:
        lines = read_lines(file)
        while len(found) < len(wanted):
            line = next(lines)
            if line.number in wanted:
                content, ending = line.content, line.ending
                for _ in range(spans.get(line.number, 1) - 1):
                    following = next(lines)
                    content, ending = content + ending + following.content, following.ending
                found[line.number] = keep(line.offset, content, line.sha256)
    return found

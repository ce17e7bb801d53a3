"""Reads physical lines of a text file, and proves for plain files that each line is one record.

A line ends only at a line feed; a carriage return before it belongs to the ending.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from shopkeeper.landing.refusals import KEPT_BYTES

MAXIMUM_LINE_BYTES = 1 << 20
BLOCK_BYTES = 8 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line without its ending; only the start of a line longer than `MAXIMUM_LINE_BYTES`."""

    number: int
    offset: int
    content: bytes
    byte_count: int
    sha256: str | None
    ending: bytes

    @property
    def is_too_long(self) -> bool:
        """Whether the content was cut."""
        return self.sha256 is not None

    @property
    def end(self) -> int:
        """The byte at which the next line begins."""
        return self.offset + self.byte_count + len(self.ending)


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a file opened in binary, without a byte-order mark; holds one line in memory."""
    offset = skip_mark(file)
    number = 0
    while piece := file.readline(MAXIMUM_LINE_BYTES + 2):
        number += 1
        if len(piece) == MAXIMUM_LINE_BYTES + 2 and not piece.endswith(b"\n"):
            line = _read_long_line(file, piece, number, offset)
        else:
            content = piece[:-1].removesuffix(b"\r") if piece.endswith(b"\n") else piece
            line = Line(number, offset, content, len(content), None, piece[len(content) :])
        yield line
        offset = line.end


def skip_mark(file: BinaryIO) -> int:
    """Seek past a byte-order mark, if there is one, and return the position."""
    place = len(BYTE_ORDER_MARK) if file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK else 0
    return file.seek(place)


def _read_long_line(file: BinaryIO, piece: bytes, number: int, offset: int) -> Line:
    digest, size, kept = hashlib.sha256(), 0, piece[:KEPT_BYTES]
    while piece and not piece.endswith(b"\n"):
        digest.update(piece)
        size += len(piece)
        piece = file.readline(MAXIMUM_LINE_BYTES)
    digest.update(piece[:-1])
    return Line(number, offset, kept, size + len(piece[:-1]), digest.hexdigest(), piece[-1:])


@dataclass(frozen=True)
class PlainLines:
    """A file in which every line is one record by RFC 4180 and all endings are alike.

    `delimiter_count`: delimiters between fields, over all lines. `is_bare`: ASCII without blanks.
    """

    count: int
    delimiter_count: int
    is_bare: bool


def find_plain_lines(path: Path, delimiter: str) -> PlainLines | None:
    """Scan a file for plain lines; `None` if it must be read line by line, which does not make it bad.

    A repeated header is not plain either, since no parser would notice it.
    """
    count, delimiters, returns, rest, is_bare = 0, 0, 0, b"", True
    with path.open("rb") as file:
        start = skip_mark(file)
        header = b"\n" + file.readline(MAXIMUM_LINE_BYTES).rstrip(b"\r\n")
        file.seek(start)
        while block := file.read(BLOCK_BYTES):
            block = rest + block
            end = block.rfind(b"\n") + 1
            if not end and len(block) > MAXIMUM_LINE_BYTES:
                return None
            block, rest = block[:end], block[end:]
            is_repeated = header in (b"\n" + block if count else block)
            if is_repeated or not _is_plain(block, delimiter):
                return None
            count += block.count(b"\n")
            delimiters += _count_delimiters(block, delimiter)
            returns += block.count(b"\r")
            is_bare = is_bare and _is_bare(block)
    if rest and (header in b"\n" * bool(count) + rest or not _is_plain(rest + b"\n", delimiter)):
        return None
    if returns not in (0, count):
        return None
    delimiters += _count_delimiters(rest, delimiter)
    return PlainLines(count + bool(rest), delimiters, is_bare and _is_bare(rest))


def _count_delimiters(block: bytes, delimiter: str) -> int:
    """Count the delimiters outside quotes in plain lines."""
    if b'"' not in block:
        return block.count(delimiter.encode())
    characters = np.frombuffer(block, np.uint8)
    quotes, places = (np.flatnonzero(characters == ord(each)) for each in ('"', delimiter))
    return int(np.count_nonzero(np.searchsorted(quotes, places) % 2 == 0))


def _is_bare(block: bytes) -> bool:
    return block.isascii() and b" " not in block and b"\t" not in block


def _is_plain(block: bytes, delimiter: str) -> bool:
    """Whether a block of whole lines holds one well-formed record per line and needs no special care."""
    if b"\0" in block or b"\x1a" in block or BYTE_ORDER_MARK in block or not _is_utf8(block):
        return False
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return False
    if _has_blank_line(block, delimiter.encode()):
        return False
    if has_long_line(block):
        return False
    return b'"' not in block or _has_plain_quotes(np.frombuffer(block, np.uint8), ord(delimiter))


def has_long_line(block: bytes) -> bool:
    """Whether a line in a block of whole lines may be longer than `MAXIMUM_LINE_BYTES`."""
    half = MAXIMUM_LINE_BYTES // 2
    return any(block.find(b"\n", start, start + half) < 0 for start in range(0, len(block), half))


def _has_blank_line(block: bytes, delimiter: bytes) -> bool:
    """Whether any line is empty or holds only delimiters and blanks."""
    blank = rb"[ \t" + re.escape(delimiter) + rb"]*\r?\n"
    return re.match(blank, block) is not None or re.search(rb"\n" + blank, block) is not None


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _has_plain_quotes(block: np.ndarray, delimiter: int) -> bool:
    """Whether quotes open after a delimiter or newline, close before one, and never contain a newline.

    A doubled quote shows as a closing quote followed directly by an opening one.
    """
    quote, newline, carriage_return = ord('"'), ord("\n"), ord("\r")
    positions = np.flatnonzero(block == quote)
    if len(positions) % 2:
        return False
    opening, closing = positions[0::2], positions[1::2]
    before = np.where(opening > 0, block[opening - 1], newline)
    after = block[closing + 1]
    opens_well = (before == delimiter) | (before == newline)
    opens_well[1:] |= opening[1:] == closing[:-1] + 1
    closes_well = (after == delimiter) | (after == newline) | (after == carriage_return) | (after == quote)
    newlines = np.flatnonzero(block == newline)
    spans_lines = np.searchsorted(newlines, opening) != np.searchsorted(newlines, closing)
    return bool(opens_well.all() and closes_well.all() and not spans_lines.any())

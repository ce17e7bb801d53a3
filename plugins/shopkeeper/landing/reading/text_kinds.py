"""Checks that a file is text in its declared encoding, and names what it is otherwise.

GB18030 and the Windows code pages accept almost any bytes, so the whole file is tested for other encodings.
Bytes alone cannot tell one code page from another.
"""

import codecs
import re
from collections import Counter
from functools import partial
from pathlib import Path

from shopkeeper.landing.reading.lines import BYTE_ORDER_MARK, MAXIMUM_LINE_BYTES
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.sentences import Sentence

_START_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 16
_DISTINCT = 6
_UTF8 = "UTF-8"
_PERHAPS_UTF8 = "UTF-8, or GB18030"
_WESTERN = "a Western European encoding, such as Latin-1"
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03\x04"
_WORKBOOK = (b"xl/", b"[Content_Types].xml", b"opendocument.spreadsheet")
KINDS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel file of the old format, or an encrypted one",
    b"%PDF-": "a PDF",
    b"PAR1\x15": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"PK\x05\x06": "an empty zip archive",
    b"\x89PNG\r\n": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a document (RTF)",
    b"\0\0\0\0": "filled with NUL bytes, as a copy that broke off leaves it",
    b"\x1f\x8b\x08": "compressed by gzip twice",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"BZh91AY&SY": "compressed by bzip2",
    b"\xfd7zXZ\0": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"SQLite format 3\0": "an SQLite database",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<meta": "a web page",
    b"<?xml": "XML",
}

_TWO_HIGH_BYTES = re.compile(rb"[\x80-\xff]{2}")
_ACCENTED = re.compile(rb"(?<=[a-z])[\xc0-\xff]|[\xc0-\xff](?=[a-z])")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_WIDE = re.compile("[\u0800-\U0010ffff]")
_SIGN = re.compile("[\u00a0-\u00bf]")
_LATIN = re.compile("(?<=[a-z])[\u00c0-\u024f]|[\u00c0-\u024f](?=[a-z])")


def refuse_other_kind(path: Path) -> None:
    """Refuse a file that is not text."""
    with path.open("rb") as file:
        kind = _kind_of(file.read(_START_BYTES))
    if kind:
        detail = Sentence("it is {kind}, not text; export it as the contract declares", kind=Sentence(kind))
        raise FileRefused("WRONG_FORMAT", detail)


def refuse_other_encoding(path: Path, declared: str) -> bool:
    """Refuse text that is not in its declared encoding; return whether some lines are UTF-8 instead."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    found, is_mixed = _other_encoding(path, start, declared)
    if found:
        detail = Sentence(
            "it reads like {found}, the contract declares {declared}",
            found=Sentence(found),
            declared=declared,
        )
        raise FileRefused("WRONG_ENCODING", detail)
    return is_mixed


def _kind_of(start: bytes) -> str | None:
    """Name what a file is by its first bytes; `None` if they could be text."""
    if start.startswith(_ZIP):
        is_workbook = any(each in start for each in _WORKBOOK)
        return "an Excel file (a workbook)" if is_workbook else "a zip archive"
    text = start.removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    for magic, kind in KINDS.items():
        if start.startswith(magic) or (magic.startswith(b"<") and text.startswith(magic)):
            return kind
    return "a tar archive" if start[257:262] == b"ustar" else None


def refuse_other_ends(path: Path, has_header: bool) -> None:
    """Refuse text whose lines do not end in a line feed, or that ends with the end-of-file mark of DOS."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
        file.seek(max(0, file.seek(0, 2) - _START_BYTES))
        end = file.read()
    first, feed, _ = start.partition(b"\n")
    first = first.removesuffix(b"\r")
    is_doubled = 2 * start.count(b"\r\r\n") > start.count(b"\n")
    if feed and first.endswith(b"\r") and (has_header or is_doubled):
        detail = Sentence("its lines end in CR CR LF, as DOS text converted twice; send it with LF or CR LF")
        raise FileRefused("LINE_ENDINGS", detail)
    if b"\r" in first and (has_header or not feed):
        detail = Sentence("its lines end in CR alone; send it with LF or CR LF")
        raise FileRefused("LINE_ENDINGS", detail)
    if b"\x1a" in end[len(end.rstrip(b"\r\n\0\x1a")) :]:
        detail = Sentence("it ends with Ctrl-Z (0x1A), the end-of-file mark of DOS; send it without")
        raise FileRefused("END_OF_FILE_MARK", detail)


def is_utf8(content: bytes, encoding: str) -> bool:
    """Whether text is UTF-8 rather than the encoding, in which most of it would be other characters.

    In GB18030 a two-byte sequence proves nothing: 茅台 consists of such sequences, and so does 女. A valid
    three-byte sequence would be rare characters in a rare order: 5 of 1,500,000 cuts of 2 to 6 characters
    from real reviews. In a code page the two bytes of an accented UTF-8 letter or of a sign form a pair that
    no language writes: Ã¼, Â°.
    """
    text = _as_utf8(content)
    is_pair = encoding != "gb18030" and (_LATIN.search(text) or _SIGN.search(text))
    return bool(is_pair or _WIDE.search(text))


def _as_utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _other_encoding(path: Path, start: bytes, declared: str) -> tuple[str | None, bool]:
    if start.startswith(_UTF32_MARKS):
        return "UTF-32", False
    has_zeros = start.startswith(_UTF16_MARKS) or b"\0" in start.partition(b"\n")[0]
    if declared == "utf-16":
        return (None if has_zeros or b"\0" in start else "an encoding of single bytes, such as UTF-8"), False
    if has_zeros:
        return "UTF-16", False
    if declared == "utf-8":
        return None, False
    if start.startswith(BYTE_ORDER_MARK):
        return "UTF-8", False
    return _instead_of_gb18030(path) if declared == "gb18030" else _instead_of_code_page(path, declared)


def _instead_of_code_page(path: Path, declared: str) -> tuple[str | None, bool]:
    """Return the encoding of most non-ASCII lines if it is not the declared one, and whether any is UTF-8."""
    votes: Counter[str] = Counter()
    with path.open("rb") as file:
        for line in iter(partial(file.readline, MAXIMUM_LINE_BYTES), b""):
            if not line.isascii():
                is_single = declared != "cp932"
                is_wide = is_single and _TWO_HIGH_BYTES.search(line) and not _ACCENTED.search(line)
                votes[_UTF8 if is_utf8(line, declared) else "GB18030" if is_wide else declared] += 1
    found = next((each for each in (_UTF8, "GB18030") if 2 * votes[each] > votes.total()), None)
    return found, votes[_UTF8] > 0


def _instead_of_gb18030(path: Path) -> tuple[str | None, bool]:
    """Return the encoding of most non-ASCII lines if it is not GB18030, and whether any is UTF-8."""
    votes: Counter[str] = Counter()
    short: set[str] = set()
    sample = bytearray()
    with path.open("rb") as file:
        for line in iter(partial(file.readline, MAXIMUM_LINE_BYTES), b""):
            if line.isascii():
                continue
            vote = _reads_like(line)
            votes[vote] += 1
            if vote == _PERHAPS_UTF8 and len(short) < _DISTINCT:
                short |= {character for character in line.decode("utf-8") if not character.isascii()}
            if len(sample) < _SAMPLE_BYTES:
                sample += line
    is_mixed = votes[_UTF8] > 0
    if len(short) >= _DISTINCT:
        votes[_UTF8] += votes.pop(_PERHAPS_UTF8)
    for found in (_UTF8, _WESTERN):
        if 2 * votes[found] > votes.total():
            return found, is_mixed
    return ("Big5" if _is_big5(bytes(sample)) else None), is_mixed


def _reads_like(line: bytes) -> str:
    text = _as_utf8(line)
    if text:
        return _UTF8 if _WIDE.search(text) or _LATIN.search(text) else _PERHAPS_UTF8
    return "GB18030" if _TWO_HIGH_BYTES.search(line) or not _ACCENTED.search(line) else _WESTERN


def _is_big5(sample: bytes) -> bool:
    """Whether text is Big5 rather than GB18030, judged by its pairs: common Big5 pairs begin with A4 to C6,
    and four in ten end in ASCII.

    In GB18030 simplified characters never end in ASCII, and traditional ones often begin with 81 to A0.
    """
    pairs = _PAIR.findall(sample)
    if len(pairs) < _DISTINCT or any(pair[0] < 0xA1 for pair in pairs):
        return False
    common = sum(0xA4 <= pair[0] <= 0xC6 for pair in pairs)
    in_ascii = sum(pair[1] < 0x80 for pair in pairs)
    return common >= 0.9 * len(pairs) and in_ascii >= 0.2 * len(pairs)

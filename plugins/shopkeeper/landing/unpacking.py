"""Bytes as they were dropped → text that can be read line by line: gzip, byte-order marks, encodings.

A file that cannot be unpacked whole and proven whole is refused here.
"""

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.landing.lines import BYTE_ORDER_MARK
from shopkeeper.landing.refusals import FileRefused

MAXIMUM_RATIO = 200
MAXIMUM_BYTES = 16 << 30
RATIO_COUNTS_FROM = 16 << 20
GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 1 << 16
UTF8_IS_CERTAIN_FROM = 8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Text:
    """A file of lines, and the encoding in which its lines are."""

    path: Path
    encoding: str


def unpack(source: Path, folder: Path, file_name: str, encoding: str) -> Text:
    """Return the text of a dropped file; what had to be unpacked lies in ``folder``.

    UTF-16 becomes UTF-8. UTF-8 and GB18030 stay as they came: no byte of theirs but a line feed is 0x0A.
    """
    with source.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    if file_name.endswith(".gz") and not is_gzip and source.stat().st_size:
        raise FileRefused("BAD_GZIP", "the name ends in .gz, the content is not gzip; send it compressed")
    path = source
    if is_gzip:
        path = folder / "unpacked"
        _gunzip(source, path)
    _refuse_other_encoding(path, encoding)
    if encoding == "utf-16":
        path = _transcode(path, folder / "transcoded", "utf-16")
        encoding = "utf-8"
    return Text(path, encoding)


def as_utf8(text: Text, folder: Path) -> Path | None:
    """Return the text in UTF-8, or ``None`` where some of it is not in its declared encoding."""
    if text.encoding == "utf-8":
        return text.path
    try:
        return _transcode(text.path, folder / "utf8", text.encoding)
    except FileRefused:
        return None


def _gunzip(source: Path, target: Path) -> None:
    """Unpack every member and let zlib verify its checksum; size and ratio are watched on the way."""
    packed, unpacked = 0, 0
    member = zlib.decompressobj(wbits=31)
    with source.open("rb") as file, target.open("wb") as output:
        while chunk := file.read(CHUNK_BYTES):
            packed += len(chunk)
            while chunk:
                if member.eof and not chunk.strip(b"\0"):
                    break
                member = zlib.decompressobj(wbits=31) if member.eof else member
                try:
                    piece = member.decompress(chunk)
                except zlib.error as error:
                    raise FileRefused("BAD_GZIP", f"the checksum or the data is wrong: {error}") from error
                unpacked += len(piece)
                _refuse_bomb(packed, unpacked)
                output.write(piece)
                chunk = member.unused_data
    if not member.eof:
        raise FileRefused("TRUNCATED_GZIP", "the file ends before its gzip trailer; send it again whole")


def _refuse_bomb(packed: int, unpacked: int) -> None:
    if unpacked > RATIO_COUNTS_FROM and unpacked > MAXIMUM_RATIO * packed:
        raise FileRefused("ZIP_BOMB", f"it unpacks to more than {MAXIMUM_RATIO} times its size")
    if unpacked > MAXIMUM_BYTES:
        raise FileRefused("TOO_LARGE", f"it unpacks to more than {MAXIMUM_BYTES >> 30} GiB; send it in parts")


def _refuse_other_encoding(path: Path, declared: str) -> None:
    with path.open("rb") as file:
        start = file.read(CHUNK_BYTES)
    first_line = start.partition(b"\n")[0]
    if declared != "utf-16" and (start.startswith(_UTF16_MARKS) or b"\0" in first_line):
        raise FileRefused("WRONG_ENCODING", f"it reads like UTF-16, the contract declares {declared}")
    if declared != "utf-8" and (start.startswith(BYTE_ORDER_MARK) or _is_surely_utf8(start)):
        raise FileRefused("WRONG_ENCODING", f"it reads like UTF-8, the contract declares {declared}")


def _is_surely_utf8(start: bytes) -> bool:
    """Tell UTF-8 from GB18030, which would read most UTF-8 as other characters without complaint."""
    if start.isascii():
        return False
    try:
        text = codecs.getincrementaldecoder("utf-8")("strict").decode(start)
    except UnicodeDecodeError:
        return False
    return sum(not character.isascii() for character in text) >= UTF8_IS_CERTAIN_FROM


def _transcode(source: Path, target: Path, encoding: str) -> Path:
    with target.open("wb") as output:
        try:
            for piece in _decoded(source, encoding):
                output.write(piece.encode("utf-8"))
        except UnicodeError as error:
            raise FileRefused("WRONG_ENCODING", f"it is not whole {encoding}: {error}") from error
    return target


def _decoded(source: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)

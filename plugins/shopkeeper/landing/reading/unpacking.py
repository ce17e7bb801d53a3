"""Turns dropped bytes into text that can be read line by line: gzip, byte-order marks, encodings.

Refuses a file that cannot be unpacked completely and verified.
"""

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.landing.reading.text_kinds import refuse_other_encoding, refuse_other_kind
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.paths import WorkPaths
from shopkeeper.sentences import Sentence

MAXIMUM_RATIO = 200
MAXIMUM_BYTES = 16 << 30
RATIO_COUNTS_FROM = 16 << 20
GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Text:
    """A file of lines and its encoding; `is_mixed`: some lines are UTF-8 instead."""

    path: Path
    encoding: str
    is_mixed: bool = False


def unpack(source: Path, folder: Path, file_name: str, encoding: str) -> Text:
    """Return the text of a dropped file; anything unpacked goes to `folder`.

    UTF-16 becomes UTF-8. UTF-8 and GB18030 stay as they came: in both, only a line feed contains the byte
    0x0A.
    """
    with source.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    if file_name.endswith(".gz") and not is_gzip and source.stat().st_size:
        refuse_other_kind(source)
        detail = Sentence("the name ends in .gz, the content is not gzip; send it compressed")
        raise FileRefused("BAD_GZIP", detail)
    path = source
    if is_gzip:
        path = WorkPaths(folder).unpacked
        _gunzip(source, path)
    refuse_other_kind(path)
    is_mixed = refuse_other_encoding(path, encoding)
    if encoding == "utf-16":
        path = _transcode(path, WorkPaths(folder).transcoded, "utf-16")
        encoding = "utf-8"
    return Text(path, encoding, is_mixed)


def as_utf8(text: Text, folder: Path) -> Path | None:
    """Return the text in UTF-8; `None` if some of it is not in the declared encoding."""
    if text.is_mixed:
        return None
    if text.encoding == "utf-8":
        return text.path
    try:
        return _transcode(text.path, WorkPaths(folder).utf8, text.encoding)
    except FileRefused:
        return None


def _gunzip(source: Path, target: Path) -> None:
    """Unpack every gzip member, verify its checksum, and stop at the limits of size and ratio."""
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
                    detail = Sentence("the checksum or the data is wrong: {error}", error=str(error))
                    raise FileRefused("BAD_GZIP", detail) from error
                unpacked += len(piece)
                _refuse_bomb(packed, unpacked)
                output.write(piece)
                chunk = member.unused_data
    if not member.eof:
        detail = Sentence("the file ends before its gzip trailer; send it again whole")
        raise FileRefused("TRUNCATED_GZIP", detail)


def _refuse_bomb(packed: int, unpacked: int) -> None:
    if unpacked > RATIO_COUNTS_FROM and unpacked > MAXIMUM_RATIO * packed:
        detail = Sentence("it unpacks to more than {rate} times its size", rate=MAXIMUM_RATIO)
        raise FileRefused("ZIP_BOMB", detail)
    if unpacked > MAXIMUM_BYTES:
        detail = Sentence("it unpacks to more than {size} GiB; send it in parts", size=MAXIMUM_BYTES >> 30)
        raise FileRefused("TOO_LARGE", detail)


def _transcode(source: Path, target: Path, encoding: str) -> Path:
    """Write a text as UTF-8; an unpaired UTF-16 surrogate is passed on and costs only its line."""
    errors = "surrogatepass" if encoding == "utf-16" else "strict"
    with target.open("wb") as output:
        try:
            for piece in _decoded(source, encoding, errors):
                output.write(piece.encode("utf-8", errors))
        except UnicodeError as error:
            detail = Sentence(
                "it is not {encoding} from beginning to end; the contract declares that", encoding=encoding
            )
            raise FileRefused("WRONG_ENCODING", detail) from error
    return target


def _decoded(source: Path, encoding: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)

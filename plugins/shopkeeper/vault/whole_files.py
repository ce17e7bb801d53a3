"""Whole files that hold identifiers, encrypted in chunks of one MiB (STREAM over AES-256-GCM).

Each chunk's nonce holds its number and whether it is the last: none can be moved, left out or cut off.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopkeeper.vault.wrapping import Altered
from shopkeeper.vault.writing import private_file

_MARK = b"shopkeeper-1\n"
_CHUNK = 1 << 20
_TAG = 16
_PREFIX = 7


def seal_file(source: Path, target: Path, key: AESGCM, name: str) -> None:
    """Write `source` encrypted, bound to `name`; whole or not at all."""
    prefix = os.urandom(_PREFIX)
    with source.open("rb") as reader, private_file(target) as writer:
        writer.write(_MARK + prefix)
        for number, (chunk, is_last) in enumerate(_chunks(reader, _CHUNK)):
            writer.write(key.encrypt(_nonce(prefix, number, is_last), chunk, name.encode()))


def unsealed_chunks(source: Path, key: AESGCM, name: str) -> Iterator[bytes]:
    """Yield the content of a sealed file. Raises `Altered` at the first chunk that was changed."""
    with source.open("rb") as reader:
        head = reader.read(len(_MARK) + _PREFIX)
        if len(head) < len(_MARK) + _PREFIX or not head.startswith(_MARK):
            raise Altered
        prefix = head.removeprefix(_MARK)
        for number, (chunk, is_last) in enumerate(_chunks(reader, _CHUNK + _TAG)):
            try:
                yield key.decrypt(_nonce(prefix, number, is_last), chunk, name.encode())
            except (InvalidTag, ValueError):
                raise Altered from None


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _chunks(reader: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield chunks and whether each is the last; an empty file is one empty chunk."""
    chunk = reader.read(size)
    while True:
        following = reader.read(size)
        yield chunk, not following
        if not following:
            return
        chunk = following

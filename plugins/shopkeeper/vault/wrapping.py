"""AES-256-GCM over short texts of bytes: a key wrapped by another, the blob of one person.

What the associated data is, and where the keys are, belongs to the callers.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class Altered(Exception):
    """What was opened is not what was sealed, or not with this key, or not under this name."""


def new_key() -> bytes:
    """Return a key of 32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: AESGCM, content: bytes, name: str) -> bytes:
    """Return nonce (12 bytes), encrypted content and tag (16 bytes), bound to `name`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, name.encode())


def unseal(key: AESGCM, sealed: bytes, name: str) -> bytes:
    """Return the content that `seal` was given. Raises `Altered`, which quotes nothing."""
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError):
        raise Altered from None

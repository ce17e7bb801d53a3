"""The master key: in the environment or in one file that only its owner may read.

The text of a key is never quoted: not in errors, logs, `repr` or pickles.
"""

import base64
import binascii
import hmac
import os
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopkeeper.errors import UserError
from shopkeeper.files import sync
from shopkeeper.paths import VaultPaths
from shopkeeper.permissions import OTHERS
from shopkeeper.settings import settings
from shopkeeper.vault.wrapping import KEY_BYTES, new_key

VARIABLE = "SHOPKEEPER_VAULT_KEY"
_NAMED = b"shopkeeper: the id of a master key"


@dataclass(frozen=True)
class MasterKey:
    """The key that wraps every other key."""

    secret: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """A name of the key that does not lead back to it, 32 hexadecimal digits."""
        return hmac.digest(self.secret, _NAMED, "sha256")[:16].hex()

    @cached_property
    def cipher(self) -> AESGCM:
        """The key as AES-256-GCM."""
        return AESGCM(self.secret)

    def derived(self, name: str) -> bytes:
        """Return the key of 32 bytes that this name always gives: homes made with one master key have the
        same tokens.
        """
        return HKDF(hashes.SHA256(), KEY_BYTES, None, name.encode()).derive(self.secret)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError("a master key stays in its process")


def new_master() -> MasterKey:
    """Return a new master key."""
    return MasterKey(new_key())


def is_in_environment() -> bool:
    """Return whether the settings hold the key itself."""
    return settings().vault_key is not None


def is_file_configured() -> bool:
    """Return whether the settings name a file of the key."""
    return settings().vault_key_file is not None


def key_file(paths: VaultPaths) -> Path:
    """Return the file of the master key, where the settings do not hold the key itself."""
    return settings().vault_key_file or paths.own_key


def key_source(paths: VaultPaths) -> str:
    """Return where the master key comes from, for people."""
    return VARIABLE if is_in_environment() else str(key_file(paths))


def read_master(paths: VaultPaths) -> MasterKey | None:
    """Return the configured master key, or None if its file does not exist.

    Raises `UserError` if it is no key, or if others may read its file.
    """
    configured = settings().vault_key
    if configured is not None:
        return _parse(configured.get_secret_value(), VARIABLE)
    return read_key_file(key_file(paths))


def read_key_file(path: Path) -> MasterKey | None:
    """Return the key in a file, or None if there is no such file."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None
    if mode & OTHERS:
        raise UserError(f"other users may read {path}, the vault's key; run `chmod 600 {path}`")
    return _parse(text, str(path))


def write_key_file(path: Path, key: MasterKey) -> None:
    """Write a key into a new file that only its owner may read; `FileExistsError` if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key.secret) + b"\n")
        file.flush()
        os.fsync(descriptor)
    sync(path.parent)


def _parse(text: str, source: str) -> MasterKey:
    try:
        secret = base64.b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise UserError(
            f"{source} is not a key of {KEY_BYTES} bytes in base64; put back the vault's key from its backup"
        )
    return MasterKey(secret)

"""The file that is kept apart from a backup: every key, the log of erasures and who must not come back.

A tar file that only its owner may read. Whoever has it and a backup can read everything.
"""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from shopkeeper.errors import UserError
from shopkeeper.files import sync
from shopkeeper.paths import Home, PrivacyPaths, VaultPaths
from shopkeeper.vault import copied_keys, is_key_configured

_FACTS = "keys.json"


@dataclass(frozen=True)
class Keys:
    """The content of a keys file. `files`: contents by their paths in the home."""

    made_at: str
    vault_id: str | None
    files: dict[str, bytes] = field(repr=False)

    def erasures(self, home: Home) -> bytes:
        """Return the log of erasures."""
        return self.files.get(PrivacyPaths(home.privacy).erasures.relative_to(home.root).as_posix(), b"")


def keys_of(home: Home, made_at: str, vault_id: str | None) -> Keys:
    """Return all that a backup of a home must not hold."""
    privacy = PrivacyPaths(home.privacy)
    files = copied_keys(home)
    for file in (home.token_key, privacy.erasures, privacy.suppressed, *privacy.outcomes.glob("*.json")):
        if file.exists():
            files[file.relative_to(home.root).as_posix()] = file.read_bytes()
    return Keys(made_at, vault_id, files)


def write_keys(file: Path, keys: Keys) -> None:
    """Replace a keys file, which only its owner may read; it is on disk when this returns."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in keys.files.items()}
    facts = {"made_at": keys.made_at, "vault_id": keys.vault_id, "files": hashes}
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w") as tar:
                for name, content in {_FACTS: json.dumps(facts, indent=1).encode(), **keys.files}.items():
                    member = tarfile.TarInfo(name)
                    member.size, member.mode = len(content), 0o600
                    tar.addfile(member, io.BytesIO(content))
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    sync(file.parent)


def read_keys(file: Path) -> Keys:
    """Read a keys file; `UserError` in one line if it is missing, damaged or open to other users."""
    try:
        if file.stat().st_mode & 0o077:
            raise UserError(f"other users may read {file}, which holds every key; run `chmod 600 {file}`")
        with tarfile.open(file) as tar:
            members = {member.name: tar.extractfile(member) for member in tar if member.isreg()}
            contents = {name: each.read() for name, each in members.items() if each is not None}
        facts = json.loads(contents.pop(_FACTS))
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        if hashes != facts["files"] or not all(map(_is_inside, contents)):
            raise ValueError
        return Keys(facts["made_at"], facts["vault_id"], contents)
    except FileNotFoundError:
        raise UserError(f"{file} is missing; name the keys file of the backup: --keys FILE") from None
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError):
        raise UserError(f"{file} is damaged or no keys file; nothing was done, take another copy") from None


def put_keys(keys: Keys, home: Home) -> None:
    """Write the files into a home that is being restored.

    The master key is left out where the settings name a place of their own for it.
    """
    own_key = VaultPaths(home.vault).own_key.relative_to(home.root).as_posix()
    for name, content in keys.files.items():
        if name == own_key and is_key_configured():
            continue
        place = home.root / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts

"""Restores a home from a backup and its keys file; nothing is readable before all of it is.

Works beside the home, replays every erasure there, and shows it by one rename.
"""

import errno
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from shopkeeper import privacy
from shopkeeper.errors import UserError
from shopkeeper.files import copy, exclusive, sync, sync_tree
from shopkeeper.paths import BackupPaths, Home, RestorePaths
from shopkeeper.permissions import keep_private
from shopkeeper.retailers import retailer
from shopkeeper.storage import backup_folder
from shopkeeper.storage.backup_folder import Manifest, Progress
from shopkeeper.storage.keys_file import Keys, put_keys, read_keys
from shopkeeper.vault import vault_id

_BUSY = "process {holder} restores this home; wait for its end, run again"
_NEWER = "take the keys file that was written with this backup, or a later one"


@dataclass(frozen=True)
class Restored:
    """What was restored: when the backup was made, how many files, and how many persons were erased again."""

    made_at: str
    file_count: int
    erasure_count: int


def restore(home: Home, folder: Path, keys_file: Path, progress: Progress) -> Restored:
    """Restore a backup into a new or empty home.

    Raises `UserError` in one line, with nothing done, for a home that is not empty, a damaged backup, and
    keys that are damaged, of another home or older than the backup. Killed at any instant it leaves nothing
    readable, and can be repeated.
    """
    folder, keys_file = folder.expanduser().resolve(), keys_file.expanduser().resolve()
    _require_empty(home)
    manifest, keys = backup_folder.read_manifest(folder), read_keys(keys_file)
    if manifest is None:
        raise UserError(f"{folder} is no backup; `shopkeeper backup` makes one")
    _require_fitting(home, manifest, keys, keys_file)
    backup_folder.require_whole(folder, manifest, progress)
    paths = RestorePaths.beside(home.root)
    paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(paths.lock, 0, _BUSY):
        staged = Home(paths.home)
        shutil.rmtree(staged.root, ignore_errors=True)
        try:
            staged.root.mkdir(mode=0o700)
            put_keys(keys, staged)
            if vault_id(staged) != manifest.vault_id:
                raise UserError(f"{keys_file} holds the keys of another home; {_NEWER}")
            _put_files(folder, manifest, staged)
            count = privacy.replay(staged)
            keep_private(staged)
            sync_tree(staged.root)
            _show(staged.root, home.root)
        finally:
            shutil.rmtree(paths.root, ignore_errors=True)
    return Restored(manifest.made_at, len(manifest.files), count)


def _require_empty(home: Home) -> None:
    if home.root.exists() and (not home.root.is_dir() or any(home.root.iterdir())):
        raise UserError(
            f"{home.root} is not empty; set SHOPKEEPER_HOME to a new folder, or move what is there away"
        )


def _require_fitting(home: Home, manifest: Manifest, keys: Keys, keys_file: Path) -> None:
    if manifest.retailer != retailer().name:
        raise UserError(
            f"it is the backup of {manifest.retailer}; set SHOPKEEPER_RETAILER to that, and restore again"
        )
    if keys.vault_id != manifest.vault_id and manifest.vault_id is not None:
        raise UserError(f"{keys_file} holds the keys of another home; {_NEWER}")
    size, sha256 = manifest.erasures
    erasures = keys.erasures(home)[:size]
    if len(erasures) < size or hashlib.sha256(erasures).hexdigest() != sha256:
        raise UserError(
            f"the log of erasures in {keys_file} is older than the backup's, or another; {_NEWER}"
        )
    if keys.made_at < manifest.made_at:
        raise UserError(f"{keys_file} is older than the backup, and lacks keys of what it seals; {_NEWER}")


def _put_files(folder: Path, manifest: Manifest, home: Home) -> None:
    paths = BackupPaths(folder)
    for name, kept in manifest.files.items():
        place = home.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        copy(paths.content(kept.sha256), place)
        place.chmod(kept.mode)
        os.utime(place, ns=(kept.written_ns, kept.written_ns))
    for name, target in manifest.links.items():
        (home.root / name).symlink_to(target)


def _show(staged: Path, root: Path) -> None:
    """Let a home appear whole; an empty folder in its place is replaced."""
    try:
        staged.replace(root)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise UserError(
                f"{root} has been filled meanwhile; set SHOPKEEPER_HOME to a new folder"
            ) from None
        if error.errno in (errno.EBUSY, errno.EXDEV):
            raise UserError(f"{root} is a disk of its own; set SHOPKEEPER_HOME to a folder on it") from None
        raise
    sync(root.parent)

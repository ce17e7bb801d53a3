"""Backs a home up: what has landed, what was published, what people decided; keys go into a file apart.

Not backed up: the inbox, whose files are in plain; unfinished builds; Airflow and its connections.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper import privacy, warehouse
from shopkeeper.errors import UserError
from shopkeeper.paths import BackupPaths, Home, VaultPaths
from shopkeeper.storage import backup_folder
from shopkeeper.storage.alone import alone
from shopkeeper.storage.backup_folder import Kept, Manifest, Progress
from shopkeeper.storage.keys_file import keys_of, write_keys
from shopkeeper.vault import vault_id

_NOT_KEPT = (".lock", ".read", ".partial", "lock")


@dataclass(frozen=True)
class Backup:
    """How much a backup holds, and how much of it was copied now."""

    file_count: int
    byte_count: int
    new_count: int
    new_byte_count: int


def back_up(home: Home, folder: Path, keys_file: Path, progress: Progress) -> Backup:
    """Make a folder a backup of a home, and write the keys file; copies only what the folder lacks.

    A reader is not disturbed. `Fenced` beside a refresh, `UserError` for a folder that holds something else,
    and for a keys file in the same folder. A killed backup leaves the one before.
    """
    folder, keys_file = folder.expanduser().resolve(), keys_file.expanduser().resolve()
    _require_apart(home, folder, keys_file)
    privacy.finish(home)
    with alone(home):
        if not home.owner.exists():
            raise UserError(f"{home.root} holds nothing yet; set SHOPKEEPER_HOME to the home to back up")
        owner, vault = home.owner.read_text(encoding="utf-8").strip(), vault_id(home)
        before = _before(folder, owner, vault)
        keys = keys_of(home, datetime.now(UTC).isoformat(), vault)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files, new = _copied(home, folder, before, progress)
        backup_folder.flush(folder, [files[name].sha256 for name in new])
        write_keys(keys_file, keys)
        erasures = keys.erasures(home)
        current = {home.current.relative_to(home.root).as_posix(): str(home.current.readlink())}
        manifest = Manifest(
            made_at=keys.made_at,
            retailer=owner,
            vault_id=vault,
            erasures=(len(erasures), hashlib.sha256(erasures).hexdigest()),
            files=files,
            links=current if home.current.is_symlink() else {},
        )
        backup_folder.write_manifest(folder, manifest)
        backup_folder.sweep(folder, manifest)
    sizes = {name: kept.size for name, kept in files.items()}
    return Backup(len(files), sum(sizes.values()), len(new), sum(sizes[name] for name in new))


def _require_apart(home: Home, folder: Path, keys_file: Path) -> None:
    root = home.root.resolve()
    if folder.is_relative_to(root) or root.is_relative_to(folder):
        raise UserError(f"{folder} and the home {root} are in one another; name a folder apart")
    if keys_file.parent == folder.parent or any(map(keys_file.is_relative_to, (folder, root))):
        raise UserError(
            f"{keys_file} would be in the same folder as the backup or in the home, and whoever takes both "
            "can read everything; name a file elsewhere: --keys FILE"
        )
    if keys_file.is_dir():
        raise UserError(f"{keys_file} is a folder; name a file: --keys FILE")


def _before(folder: Path, owner: str, vault: str | None) -> dict[str, Kept]:
    """Return the files of the backup that is in a folder; `UserError` if something else is."""
    paths = BackupPaths(folder)
    known = backup_folder.read_manifest(folder)
    if known is not None:
        if known.retailer != owner or known.vault_id not in (None, vault):
            raise UserError(f"{folder} is a backup of another home; name another folder")
        return known.files
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder")
    if folder.is_dir() and {*folder.iterdir()} - {paths.contents, paths.partial}:
        raise UserError(f"{folder} holds other things; name a new folder for the backup")
    return {}


def _copied(
    home: Home, folder: Path, before: dict[str, Kept], progress: Progress
) -> tuple[dict[str, Kept], list[str]]:
    """Copy every file whose content the backup lacks; return all files, and the names of the new ones."""
    sources = sorted(_files(home))
    files, new = dict[str, Kept](), list[str]()
    for done, source in enumerate(sources, 1):
        name, stat = source.relative_to(home.root).as_posix(), source.stat()
        known = before.get(name)
        if known is not None and (known.size, known.written_ns) == (stat.st_size, stat.st_mtime_ns):
            files[name] = known
        else:
            files[name], is_new = backup_folder.keep(folder, source)
            new += [name] * is_new
        progress(done, len(sources))
    return files, new


def _files(home: Home) -> Iterator[Path]:
    """Yield the files of a home that a backup holds."""
    versions = [home.version(name).root for name in warehouse.version_names(home)]
    folders = (
        home.raw,
        home.quarantine,
        home.learned,
        home.failed,
        home.state,
        VaultPaths(home.vault).sealed,
    )
    apart = {home.spill, home.trial.parent, home.token_key}
    for folder in (*folders, *versions):
        for place, below, names in os.walk(folder):
            below[:] = [
                name for name in below if Path(place, name) not in apart and not name.endswith(".spill")
            ]
            for name in names:
                file = Path(place, name)
                if file not in apart and not name.endswith(_NOT_KEPT) and not file.is_symlink():
                    yield file

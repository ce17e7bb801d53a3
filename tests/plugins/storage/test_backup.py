"""A backup restored elsewhere is the same home, and nothing is readable before all of it is."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.plugins.vault.customers import identifiers, seal
from tests.shop.versions import MONDAY, TUESDAY, Shop

from shopkeeper import privacy, vault, warehouse
from shopkeeper.errors import Fenced, UserError
from shopkeeper.files import exclusive
from shopkeeper.paths import BackupPaths, Home, PrivacyPaths, RestorePaths, VaultPaths
from shopkeeper.settings import settings
from shopkeeper.storage import Backup, Restored, back_up, backup, maintain, restore, restoring


def ignore(done: int, total: int) -> None:
    pass


@dataclass
class Disks:
    """A shop with sealed identifiers and an action of a person, a disk for its backups and one for keys."""

    shop: Shop
    folder: Path
    keys: Path
    other: Home

    def back_up(self) -> Backup:
        return back_up(self.shop.home, self.folder, self.keys, ignore)

    def restore(self) -> Restored:
        return restore(self.other, self.folder, self.keys, ignore)

    def is_refused(self, match: str) -> None:
        """The restore ends with one line, and leaves nothing."""
        with pytest.raises(UserError, match=match) as refused:
            self.restore()
        assert "\n" not in str(refused.value)
        assert not self.other.root.exists() and not RestorePaths.beside(self.other.root).root.exists()


@pytest.fixture
def disks(shop: Shop, tmp_path: Path) -> Disks:
    shop.land("till_1.csv", MONDAY, "2017-01-09")
    shop.refresh()
    opened = vault.open_vault(shop.home)
    seal(opened, identifiers(opened))
    opened.reveal(["t1_" + "0" * 32], "anna", "to see")
    for place in (shop.home.action(1), shop.home.token_key):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("{}")
    for disk in ("backups", "keys", "elsewhere"):
        (tmp_path / disk).mkdir()
    return Disks(
        shop,
        tmp_path / "backups" / "home",
        tmp_path / "keys" / "keys.tar",
        Home(tmp_path / "elsewhere" / "home"),
    )


def contents_of(home: Home) -> dict[str, bytes | str]:
    return {
        path.relative_to(home.root).as_posix(): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in home.root.rglob("*")
        if (path.is_file() or path.is_symlink()) and "lock" not in path.name
    }


def test_a_restored_home_is_the_same_and_goes_on(disks: Disks) -> None:
    disks.back_up()
    assert disks.restore().erasure_count == 0
    home, other = disks.shop.home, disks.other
    restored = contents_of(other)
    restored.pop("state/token")  # replaying erasures fences whatever was under way
    assert restored.items() <= contents_of(home).items()
    assert contents_of(home).keys() - restored.keys() == {"state/token"}
    assert warehouse.verify(other).faults == ()
    sql = "select * from input.transaction_lines"
    assert warehouse.query(other, sql) == warehouse.query(home, sql)
    assert vault.open_vault(other).verify_log() == []
    shop = Shop(other, disks.shop.landed)
    shop.land("till_2.csv", TUESDAY, "2017-01-10")
    assert shop.refresh() is not None
    assert warehouse.query(other, sql).num_rows == 3


def test_only_new_contents_are_copied_and_removed_ones_leave(disks: Disks) -> None:
    first = disks.back_up()
    assert first.new_count > 0 and disks.back_up().new_count == 0
    disks.shop.land("till_2.csv", TUESDAY, "2018-01-09")
    assert 0 < disks.back_up().new_count <= 3
    count = len(list(BackupPaths(disks.folder).contents.glob("*/*")))
    maintain(disks.shop.home, disks.shop.home.airflow)
    disks.back_up()
    assert len(list(BackupPaths(disks.folder).contents.glob("*/*"))) <= count + 1  # a record, and no rows
    disks.restore()
    assert len(list(disks.other.raw.glob("*/*/*.parquet"))) == 1
    assert warehouse.verify(disks.other).faults == ()


def test_keys_are_in_their_own_file_alone(disks: Disks) -> None:
    disks.back_up()
    assert disks.keys.stat().st_mode & 0o777 == 0o600
    paths = VaultPaths(disks.shop.home.vault)
    secrets = [file.read_bytes() for file in (paths.own_key, paths.keyring, paths.access_log)]
    held = [file.read_bytes() for file in disks.folder.rglob("*") if file.is_file()]
    assert not any(secret in content for secret in secrets for content in held)
    told = json.loads(BackupPaths(disks.folder).manifest.read_text())["files"]
    assert "state/actions/000001.json" in told and "state/token_key" not in told


@pytest.mark.parametrize("place", ["backups/home/keys.tar", "backups/keys.tar", "shop/home/keys.tar"])
def test_keys_beside_the_backup_are_refused(disks: Disks, tmp_path: Path, place: str) -> None:
    disks.keys = tmp_path / place
    with pytest.raises(UserError, match="whoever takes both can read everything"):
        disks.back_up()
    assert not disks.folder.exists()


def test_a_folder_with_something_else_is_no_backup(disks: Disks) -> None:
    disks.folder.mkdir()
    (disks.folder / "photos").touch()
    with pytest.raises(UserError, match="holds other things"):
        disks.back_up()


def test_no_backup_is_made_beside_a_refresh(disks: Disks) -> None:
    with (
        exclusive(disks.shop.home.refresh_lock, 0, is_shared=True),
        pytest.raises(Fenced, match="is under way"),
    ):
        disks.back_up()


def test_a_home_that_is_not_empty_is_left_alone(disks: Disks) -> None:
    disks.back_up()
    (disks.other.root / "raw").mkdir(parents=True)
    with pytest.raises(UserError, match="is not empty"):
        disks.restore()
    assert contents_of(disks.other) == {}


def test_an_empty_folder_becomes_the_home(disks: Disks) -> None:
    disks.back_up()
    disks.other.root.mkdir()
    disks.restore()
    assert warehouse.current(disks.other) == "v000001"


def test_a_damaged_or_lost_content_is_one_line(disks: Disks) -> None:
    disks.back_up()
    damaged, lost, *_ = sorted(BackupPaths(disks.folder).contents.glob("*/*"))
    damaged.write_bytes(damaged.read_bytes() + b" ")
    lost.unlink()
    disks.is_refused("2 contents of .* are damaged or lost")


def test_a_damaged_manifest_is_one_line(disks: Disks) -> None:
    disks.back_up()
    manifest = BackupPaths(disks.folder).manifest
    manifest.write_text(manifest.read_text().replace('"size": 2,', '"size": 3,', 1))
    disks.is_refused("is damaged")


def damage(keys: Path) -> None:
    content = bytearray(keys.read_bytes())
    content[len(content) // 2] ^= 1
    keys.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (damage, "is damaged or no keys file"),
        (lambda keys: keys.write_text("key"), "is damaged or no keys file"),
        (lambda keys: keys.unlink(), "is missing"),
        (lambda keys: keys.chmod(0o644), "other users may read"),
    ],
)
def test_keys_that_are_not_sound_are_one_line(
    disks: Disks, change: Callable[[Path], None], match: str
) -> None:
    disks.back_up()
    change(disks.keys)
    disks.is_refused(match)


def test_keys_of_another_home_are_one_line(disks: Disks, tmp_path: Path) -> None:
    disks.back_up()
    other = Shop(Home(tmp_path / "second" / "home"))
    other.land("till_1.csv", MONDAY)
    other.refresh()
    vault.open_vault(other.home)
    disks.keys = tmp_path / "keys" / "second.tar"
    back_up(other.home, tmp_path / "backups" / "second", disks.keys, ignore)
    disks.is_refused("holds the keys of another home")


def test_another_configured_key_is_one_line(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    disks.back_up()
    monkeypatch.setenv("SHOPKEEPER_VAULT_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    settings.cache_clear()
    disks.is_refused("SHOPKEEPER_VAULT_KEY is not the key of")


def test_keys_from_before_the_backup_are_one_line(disks: Disks) -> None:
    disks.back_up()
    older = disks.keys.read_bytes()
    disks.back_up()
    disks.keys.write_bytes(older)
    disks.is_refused("is older than the backup")


def test_a_log_without_the_backups_own_erasures_is_one_line(disks: Disks) -> None:
    log = PrivacyPaths(disks.shop.home.privacy).erasures
    log.parent.mkdir()
    log.write_text('{"number": 1}\n')
    disks.back_up()
    log.write_text("")
    newer = disks.folder.with_name("newer")
    back_up(disks.shop.home, newer, disks.keys, ignore)
    disks.is_refused("log of erasures .* is older than the backup's")


def test_erasures_are_replayed_before_anything_is_readable(
    disks: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older backup with newer keys: those who were erased since go again."""
    disks.back_up()
    privacy_of = PrivacyPaths(disks.shop.home.privacy)
    privacy_of.root.mkdir()
    privacy_of.suppressed.write_text("those who were erased")
    back_up(disks.shop.home, disks.folder.with_name("newer"), disks.keys, ignore)

    def replay(staged: Home) -> int:
        assert not disks.other.root.exists()
        assert PrivacyPaths(staged.privacy).suppressed.read_text() == "those who were erased"
        (rows,) = staged.raw.glob("*/*/*.parquet")
        rows.write_bytes(b"without them")
        return 2

    monkeypatch.setattr(privacy, "replay", replay)
    assert disks.restore().erasure_count == 2
    (rows,) = disks.other.raw.glob("*/*/*.parquet")
    assert rows.read_bytes() == b"without them"


@pytest.mark.parametrize("step", ["put_keys", "copy", "_show"])
def test_a_restore_that_was_killed_shows_nothing_and_is_repeated(
    disks: Disks, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    disks.back_up()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(restoring, step, interrupted)
        patched.setattr(shutil, "rmtree", lambda *arguments, **options: None)  # who is killed cleans nothing
        disks.restore()
    assert not disks.other.root.exists() and RestorePaths.beside(disks.other.root).home.exists()
    disks.restore()
    assert warehouse.verify(disks.other).faults == ()
    assert not RestorePaths.beside(disks.other.root).root.exists()


def interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_killed_backup_leaves_the_one_before(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    disks.back_up()
    disks.shop.land("till_2.csv", TUESDAY, "2017-01-10")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(backup, "write_keys", interrupted)
        disks.back_up()
    disks.restore()
    assert len(list(disks.other.raw.glob("*/*/*.json"))) == 1

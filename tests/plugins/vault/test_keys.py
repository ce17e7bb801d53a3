"""A missing, wrong, open or damaged key is refused in one line, and nothing is half done."""

import base64
import logging
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.plugins.vault.customers import identifiers, revealed, seal, values_of

from shopkeeper import vault
from shopkeeper.errors import UserError
from shopkeeper.paths import Home, VaultPaths
from shopkeeper.settings import settings
from shopkeeper.vault import keyring, master

KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]


def use_environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SHOPKEEPER_{name}", value)
    settings.cache_clear()


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(home: Home) -> str:
    """Return why the vault does not open; nothing may change by it."""
    before = contents(home.root)
    with pytest.raises(UserError) as error:
        vault.open_vault(home)
    assert contents(home.root) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_first_use_makes_a_key_of_its_own(home: Home) -> None:
    opened = vault.open_vault(home)
    assert len(base64.b64decode(opened.paths.own_key.read_text())) == 32
    assert vault.open_vault(home).token_key == opened.token_key
    assert vault.open_vault(Home(home.root / "other")).token_key != opened.token_key


def test_a_key_in_the_environment_leaves_no_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    use_environment(monkeypatch, VAULT_KEY=KEYS[0])
    opened = vault.open_vault(home)
    assert not opened.paths.own_key.exists()
    use_environment(monkeypatch, VAULT_KEY=KEYS[1])
    assert "the key in SHOPKEEPER_VAULT_KEY is not the key of" in refused(home)


def test_a_named_file_that_is_missing_is_not_made(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_environment(monkeypatch, VAULT_KEY_FILE=str(tmp_path / "secret"))
    with pytest.raises(UserError, match="secret is missing, where SHOPKEEPER_VAULT_KEY_FILE"):
        vault.open_vault(home)
    assert not VaultPaths(home.vault).keyring.exists()
    master.write_key_file(tmp_path / "secret", master.new_master())
    vault.open_vault(home)
    assert not VaultPaths(home.vault).own_key.exists()


def wrong(paths: VaultPaths) -> None:
    paths.own_key.write_text(KEYS[0])


def missing(paths: VaultPaths) -> None:
    paths.own_key.unlink()


def readable(paths: VaultPaths) -> None:
    paths.own_key.chmod(0o640)


def short(paths: VaultPaths) -> None:
    paths.own_key.write_text(KEYS[0][:-8])


def binary(paths: VaultPaths) -> None:
    paths.own_key.write_bytes(bytes(range(256)))


def lost_keyring(paths: VaultPaths) -> None:
    paths.keyring.unlink()


def empty_keyring(paths: VaultPaths) -> None:
    paths.keyring.write_bytes(b"")


def keyring_of_noise(paths: VaultPaths) -> None:
    paths.keyring.write_bytes(bytes(range(256)) * 48)


def keyring_with_changed_key(paths: VaultPaths) -> None:
    with keyring._connect(paths.keyring) as connection:
        connection.execute("update keys set wrapped = zeroblob(60) where kind = 'token'")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (wrong, "is not the key of"),
        (missing, "vault/key is missing, and nobody can read"),
        (readable, "other users may read .*; run `chmod 600 "),
        (short, "is not a key of 32 bytes in base64"),
        (binary, "is not a key of 32 bytes in base64"),
        (lost_keyring, "keyring.sqlite is missing"),
        (empty_keyring, "keyring.sqlite is damaged; put it back"),
        (keyring_of_noise, "keyring.sqlite is damaged; put it back"),
        (keyring_with_changed_key, "keyring.sqlite is damaged; put it back"),
    ],
)
def test_a_damaged_vault_is_refused_and_left_alone(
    home: Home, damage: Callable[[VaultPaths], None], said: str
) -> None:
    opened = vault.open_vault(home)
    seal(opened, identifiers(opened))
    damage(opened.paths)
    message = refused(home)
    assert re.search(said, message)
    assert KEYS[0][:-8] not in message
    with pytest.raises(UserError, match=said):
        opened.reveal([f"t1_{0:032}"], "ada", "a customer asks for her data")


def test_a_vault_that_was_half_made_is_finished(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("make_keyring", "_connect"):
        with monkeypatch.context() as patch:
            patch.setattr(keyring, step, killed)
            with pytest.raises(KeyboardInterrupt):
                vault.open_vault(home)
        assert not VaultPaths(home.vault).keyring.exists()
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    assert revealed(opened, rows) == values_of(rows)


def test_no_key_is_shown_logged_or_pickled(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        opened = vault.open_vault(home)
        seal(opened, identifiers(opened))
    text = opened.paths.own_key.read_text().strip()
    key = master.read_master(opened.paths)
    assert key is not None
    shown = repr(key) + repr(opened) + repr(opened.token_key) + caplog.text
    assert text not in shown
    assert repr(key.secret) not in shown
    with pytest.raises(TypeError, match="stays in its process"):
        pickle.dumps(key)


def test_settings_hide_the_key(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    use_environment(monkeypatch, VAULT_KEY=KEYS[0])
    assert KEYS[0] not in repr(settings()) + settings().model_dump_json()

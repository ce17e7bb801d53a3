"""A new master key: nothing else changes, whenever the rotation is killed."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from tests.plugins.vault.customers import identifiers, revealed, seal, values_of

from shopkeeper import vault
from shopkeeper.errors import UserError
from shopkeeper.paths import Home, VaultPaths
from shopkeeper.settings import settings
from shopkeeper.vault import Vault, keyring, master, wrapping


class Killed(BaseException):
    pass


def sealed(home: Home) -> tuple[Vault, pa.Table]:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    opened.seal_bytes([b"refused"], "batch-1")
    return opened, rows


def test_tokens_and_values_are_the_same_after_a_rotation(home: Home) -> None:
    opened, rows = sealed(home)
    hidden = opened.seal_bytes([b"refused"], "batch-1")
    before = opened.paths.own_key.read_text()
    assert opened.rotate("ada", "yearly") == 3 + 1 + 1
    assert opened.paths.own_key.read_text() != before
    assert not VaultPaths.next_key(opened.paths.own_key).exists()
    for each in (opened, vault.open_vault(home)):
        assert each.token_key == opened.token_key
        assert identifiers(each).equals(rows)
        assert revealed(each, rows) == values_of(rows)
        assert each.open_bytes(hidden, "batch-1", "ada", "replay") == [b"refused"]


def test_the_old_key_opens_nothing_after_a_rotation(home: Home) -> None:
    opened, _ = sealed(home)
    before = opened.paths.own_key.read_text()
    opened.rotate("ada", "yearly")
    opened.paths.own_key.write_text(before)
    with pytest.raises(UserError, match="is not the key of"):
        vault.open_vault(home)


def test_every_key_is_wrapped_anew_in_small_batches(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_REWRAPPED_AT_ONCE", 2)
    opened, rows = sealed(home)
    before = wrapped(opened)
    assert opened.rotate("ada", "yearly") == len(before) == 5
    after = wrapped(opened)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert revealed(opened, rows) == values_of(rows)


def wrapped(opened: Vault) -> dict[tuple[str, str], bytes]:
    rows = sqlite3.connect(opened.paths.keyring).execute("select kind, holder, wrapped from keys")
    return {(kind, holder): content for kind, holder, content in rows}


def kill_at(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next rotation end at a step, as a kill would."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    def killed_after(function: Callable[..., object], times: int = 1) -> Callable[..., object]:
        calls = iter(range(times))

        def wrapper(*args: object, **kwargs: object) -> object:
            result = function(*args, **kwargs)
            if next(calls, None) is None:
                raise Killed
            return result

        return wrapper

    match step:
        case "before the new key":
            monkeypatch.setattr(master, "write_key_file", killed)
        case "in the new key":
            monkeypatch.setattr(os, "fsync", killed)
        case "before the first key is wrapped":
            monkeypatch.setattr(keyring.Keyring, "rewrap", killed)
        case "among the keys":
            monkeypatch.setattr(keyring, "seal", killed_after(wrapping.seal, 2))
        case "before the commit":
            monkeypatch.setattr(keyring.Keyring, "rewrap", killed_after(keyring.Keyring.rewrap, 0))
        case "before the rename":
            monkeypatch.setattr(keyring, "put_in_place", killed)
        case "after the rename":
            monkeypatch.setattr(keyring, "put_in_place", killed_after(keyring.put_in_place, 0))


@pytest.mark.parametrize(
    "step",
    [
        "before the new key",
        "in the new key",
        "before the first key is wrapped",
        "among the keys",
        "before the commit",
        "before the rename",
        "after the rename",
    ],
)
def test_a_killed_rotation_leaves_a_vault_that_opens(
    home: Home, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, rows = sealed(home)
    with monkeypatch.context() as patch:
        kill_at(step, patch)
        with pytest.raises(Killed):
            opened.rotate("ada", "yearly")
    again = vault.open_vault(home)
    assert again.token_key == opened.token_key
    assert revealed(again, rows) == values_of(rows)
    assert again.verify_log() == []
    assert not VaultPaths.next_key(opened.paths.own_key).exists()
    again.rotate("ada", "once more")
    assert revealed(opened, rows) == values_of(rows)


def test_a_key_of_the_environment_is_rotated_by_a_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    master.write_key_file(first, master.new_master())
    monkeypatch.setenv("SHOPKEEPER_VAULT_KEY", first.read_text())
    settings.cache_clear()
    opened, rows = sealed(home)
    with pytest.raises(UserError, match="--new-key-file FILE"):
        opened.rotate("ada", "yearly")
    with pytest.raises(UserError, match="holds the key that is in use"):
        opened.rotate("ada", "yearly", first)
    opened.rotate("ada", "yearly", second)
    with pytest.raises(UserError, match="SHOPKEEPER_VAULT_KEY is not the key"):
        vault.open_vault(home)
    monkeypatch.setenv("SHOPKEEPER_VAULT_KEY", second.read_text())
    settings.cache_clear()
    assert revealed(vault.open_vault(home), rows) == values_of(rows)


def test_a_key_in_a_file_needs_no_new_file(home: Home, tmp_path: Path) -> None:
    opened, _ = sealed(home)
    with pytest.raises(UserError, match="leave --new-key-file out"):
        opened.rotate("ada", "yearly", tmp_path / "new")

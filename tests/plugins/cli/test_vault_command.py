"""`shopkeeper vault` shows the state, rotates the key and reveals a value for a reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.vault.customers import identifiers, seal
from typer.testing import CliRunner

from shopkeeper import vault
from shopkeeper.cli.commands import app
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    for name in ("SHOPKEEPER_VAULT_KEY", "SHOPKEEPER_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield Home(tmp_path)
    settings.cache_clear()


def printed(*words: str) -> str:
    result = CliRunner().invoke(app, ["vault", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def sealed(home: Home) -> dict[str, str]:
    """Seal the customers; return a token of each value."""
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    return {row["value"]: row["token"] for row in rows.to_pylist()}


def test_a_home_without_a_vault_gets_none_by_looking(home: Home) -> None:
    assert "has no vault yet" in printed("status")
    with pytest.raises(UserError, match="has no vault yet"):
        printed("rotate")
    assert not home.vault.exists()


def test_a_token_is_revealed_for_a_reason(home: Home) -> None:
    tokens = sealed(home)
    assert printed("reveal", tokens["138 1234 5678"], "--reason", "she asks") == "138 1234 5678\n"
    status = printed("status")
    assert "she asks" in status
    assert "as it was written" in status


@pytest.mark.parametrize(
    ("token", "reason", "said"),
    [
        ("13812345678", "she asks", "that is no token"),
        (f"t1_{0:032}", "she asks", f"no value is behind t1_{0:032}"),
        (f"t1_{0:032}", "  ", "who looks into the vault and why"),
    ],
)
def test_a_wrong_question_is_one_line(home: Home, token: str, reason: str, said: str) -> None:
    sealed(home)
    with pytest.raises(UserError, match=said):
        printed("reveal", token, "--reason", reason)


def test_a_rotation_says_what_to_back_up(home: Home) -> None:
    tokens = sealed(home)
    assert "4 keys are wrapped by a new master key; back it up" in printed("rotate")
    assert printed("reveal", tokens["王小明"], "--reason", "she asks") == "王小明\n"


def test_an_altered_log_ends_status_with_an_error(home: Home) -> None:
    tokens = sealed(home)
    printed("reveal", tokens["王小明"], "--reason", "she asks")
    log = vault.open_vault(home).paths.access_log
    log.write_bytes(log.read_bytes().replace(b"she", b"his"))
    with pytest.raises(
        UserError, match="line 1 of the access log, or the one before it, is not what was written"
    ):
        printed("status")

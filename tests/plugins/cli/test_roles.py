"""Roles of the console are given and taken on the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopkeeper.cli.commands import app
from shopkeeper.errors import UserError
from shopkeeper.settings import settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def told(*words: str) -> str:
    result = CliRunner().invoke(app, ["roles", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_role_is_given_and_taken() -> None:
    assert "passwords.json" in told("give", "ada", "steward")
    assert "steward" in told("list").split("rights")[0]
    told("take", "ada")
    assert "ada" not in told("list")


@pytest.mark.parametrize("name", ["ada,eve:admin", "ada:admin", "a b", "$HOME", ""])
def test_no_name_that_airflow_cannot_hold_is_given(name: str) -> None:
    with pytest.raises(UserError, match="a user's name may have"):
        told("give", name, "viewer")


def test_only_known_roles_are_given() -> None:
    with pytest.raises(UserError, match="there is no role boss"):
        told("give", "ada", "boss")

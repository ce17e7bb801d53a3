"""The command line closes a home, refuses one that is not the user's own, and prints the login."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopkeeper.cli import failures
from shopkeeper.cli.commands import app
from shopkeeper.local_airflow import client, environment, processes
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    home = Home(tmp_path / "grocer")
    home.state.mkdir(parents=True)
    home.root.chmod(0o755)
    monkeypatch.setenv("SHOPKEEPER_HOME", str(home.root))
    settings.cache_clear()
    yield home
    settings.cache_clear()


def test_any_command_closes_a_home_that_others_may_enter(home: Home) -> None:
    assert CliRunner().invoke(app, ["quarantine", "list"]).exit_code == 0
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_a_folder_of_everybodys_is_one_line_and_status_2(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.root.chmod(0o1777)
    monkeypatch.setattr("sys.argv", ["shopkeeper", "status"])
    with pytest.raises(SystemExit) as ended:
        failures.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "set SHOPKEEPER_HOME to a folder of its own" in line


def test_status_tells_who_may_log_in_while_airflow_is_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "airflow_password" not in CliRunner().invoke(app, ["status", "--json"]).output
    monkeypatch.setattr(processes, "is_up", lambda _: True)
    monkeypatch.setattr(client, "PATIENCE", 0.0)
    password = environment.login(home).password
    for way in (["status"], ["status", "--json"]):
        told = CliRunner().invoke(app, way)
        assert told.exit_code == 0, told.output
        assert password in told.output

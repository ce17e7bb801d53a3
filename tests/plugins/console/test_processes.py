"""Airflow of one home: it listens on this machine only, and is stopped only if it still is itself."""

import configparser
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shopkeeper.console import environment, processes, refreshing
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPKEEPER_AIRFLOW_PORT", "18999")
    settings.cache_clear()
    yield Home(tmp_path)
    settings.cache_clear()


@pytest.fixture
def bystander() -> Iterator[psutil.Process]:
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield psutil.Process(started.pid)
    started.kill()
    started.wait()


def configured(home: Home) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(environment.configure(home))
    return parser


def test_the_configuration_can_be_read_by_its_owner_alone(home: Home) -> None:
    assert stat.S_IMODE(environment.configure(home).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.airflow.stat().st_mode) == 0o700


def test_airflow_listens_on_loopback_at_the_port_of_the_settings(home: Home) -> None:
    api = configured(home)["api"]
    assert (api["host"], api["port"], api["base_url"]) == ("127.0.0.1", "18999", "http://127.0.0.1:18999")


def test_each_home_has_secrets_of_its_own_and_keeps_them(home: Home, tmp_path: Path) -> None:
    def secrets(home: Home) -> tuple[str, str, str]:
        told = configured(home)
        return told["api_auth"]["jwt_secret"], told["api"]["secret_key"], told["core"]["fernet_key"]

    first, again, other = secrets(home), secrets(home), secrets(Home(tmp_path / "other"))
    assert first == again
    assert not set(first) & set(other)
    assert all(len(secret) >= 32 for secret in first)


def test_a_percent_sign_in_the_path_of_a_home_is_only_a_percent_sign(tmp_path: Path) -> None:
    told = configured(Home(tmp_path / "50% off"))
    assert told["logging"]["base_log_folder"].endswith("50% off/airflow/logs")


def test_nothing_reports_home_and_another_airflows_settings_do_not_leak_in(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    passed = environment.process_environment(home)
    assert passed["AIRFLOW_HOME"] == str(home.airflow)
    assert "AIRFLOW__CORE__EXECUTOR" not in passed
    assert (passed["DO_NOT_TRACK"], passed["GX_ANALYTICS_ENABLED"]) == ("1", "false")
    assert configured(home)["usage_data_collection"]["enabled"] == "False"


def test_a_port_that_is_taken_is_one_line_that_names_the_setting(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=r"is taken .* SHOPKEEPER_AIRFLOW_PORT"):
            processes._require_free(taken.getsockname()[1])


def test_down_leaves_a_stranger_alone_that_has_got_the_servers_pid(
    home: Home, bystander: psutil.Process
) -> None:
    home.airflow.mkdir()
    recorded = {"pid": bystander.pid, "created": bystander.create_time() - 3600, "runs": {}}
    (home.airflow / "console.json").write_text(json.dumps(recorded))
    assert not processes.is_up(home)
    assert processes.down(home) is False
    assert bystander.is_running()


def test_down_stops_the_server_it_has_recorded(home: Home, bystander: psutil.Process) -> None:
    home.airflow.mkdir()
    recorded = {"pid": bystander.pid, "created": bystander.create_time(), "runs": {}}
    (home.airflow / "console.json").write_text(json.dumps(recorded))
    assert processes.is_up(home)
    assert processes.down(home) is True
    assert not bystander.is_running() or bystander.status() == psutil.STATUS_ZOMBIE
    assert not processes.is_up(home)


def test_down_stops_what_a_killed_server_has_left(home: Home) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); input()"
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stdout is not None
    orphan = psutil.Process(int(server.stdout.readline()))
    home.airflow.mkdir()
    recorded = {"pid": server.pid, "created": psutil.Process(server.pid).create_time(), "runs": {}}
    (home.airflow / "console.json").write_text(json.dumps(recorded))
    server.kill()
    server.wait()
    assert orphan.is_running()
    assert processes.down(home) is True
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_down_where_nothing_runs_says_so(home: Home) -> None:
    assert processes.down(home) is False


def test_a_file_in_the_inbox_is_work_and_an_empty_home_is_too(home: Home) -> None:
    assert refreshing.has_work(home), "before the first version a refresh says what is missing"
    home.inbox.joinpath("pos").mkdir(parents=True)
    home.inbox.joinpath("pos", "products_2017.csv").write_text("product_id\n1\n")
    assert refreshing.has_work(home)

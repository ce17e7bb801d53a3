"""A home's Airflow listens on this machine only, and only its own processes are stopped."""

import configparser
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.engine import make_url

from shopkeeper import contracts
from shopkeeper.errors import UserError
from shopkeeper.local_airflow import environment, processes, refreshing
from shopkeeper.local_airflow.client import Airflow
from shopkeeper.paths import RETAILERS, Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    root = tmp_path / "grocer"
    root.mkdir()
    monkeypatch.setenv("SHOPKEEPER_HOME", str(root))
    monkeypatch.setenv("SHOPKEEPER_AIRFLOW_PORT", "18999")
    settings.cache_clear()
    yield Home(root)
    settings.cache_clear()


Start = Callable[..., psutil.Process]
PARENT = "import subprocess, time; subprocess.Popen(['sleep', '600'], close_fds=False); time.sleep(600)"
"""A server with a child that, as Airflow's forks do, keeps what was open."""


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a substitute for a home's server: a process of its own session that holds the home's lock."""
    started: list[subprocess.Popen[bytes]] = []

    def run(home: Home, code: str = "import time; time.sleep(600)") -> psutil.Process:
        home.airflow.mkdir(exist_ok=True)
        with (home.airflow / "server.lock").open("w") as lock:
            processes._take(lock.fileno())
            command = [sys.executable, "-c", code]
            started.append(subprocess.Popen(command, start_new_session=True, pass_fds=(lock.fileno(),)))
        record(home, started[-1].pid)
        server = psutil.Process(started[-1].pid)
        if code == PARENT:
            wait_for(server.children)
        return server

    yield run
    for server in started:
        for process in psutil.process_iter():
            if process.pid != os.getpid() and processes._session(process) == server.pid:
                process.kill()
        server.kill()
        server.wait()


def record(home: Home, pid: int) -> None:
    recorded = {"pid": pid, "folder": home.airflow.stat().st_ino, "runs": {}}
    (home.airflow / "console.json").write_text(json.dumps(recorded))


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def kill(server: psutil.Process) -> None:
    server.kill()
    wait_for(lambda: not lives(server))


def wait_for(found: Callable[[], Any]) -> Any:
    """Ask again until there is something; a test that waits for ever is stopped."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if answer := found():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not come")


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


@pytest.mark.parametrize(
    "name", ["50% off", "a#b", "[ho]*", "it's", "k=v", "{a}", "%(here)s", "a;b", "奶酪", ' "q" ']
)
def test_special_characters_in_a_homes_path_reach_airflow_unchanged(tmp_path: Path, name: str) -> None:
    told = configured(Home(tmp_path / name))
    assert told["logging"]["base_log_folder"] == str(tmp_path / name / "airflow" / "logs")
    assert make_url(told["database"]["sql_alchemy_conn"]).database == str(
        tmp_path / name / "airflow/airflow.db"
    )


def test_airflow_asks_for_the_homes_own_password(home: Home, tmp_path: Path) -> None:
    first, again, other = (environment.login(each) for each in (home, home, Home(tmp_path / "other")))
    assert first == again
    assert first.password != other.password
    assert len(first.password) >= 20
    assert first.password not in repr(first)
    core = configured(home)["core"]
    assert core["simple_auth_manager_all_admins"] == "False"
    assert core["simple_auth_manager_users"] == f"{first.user}:admin"
    passwords = Path(core["simple_auth_manager_passwords_file"])
    assert json.loads(passwords.read_text()) == {first.user: first.password}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


def test_who_has_a_role_can_sign_in(home: Home) -> None:
    first = environment.login(home)
    home.roles.parent.mkdir(parents=True)
    home.roles.write_text("users: {ada: steward, bo@x.org: operator, 'e:admin,f': admin, admin: admin}\n")
    core = configured(home)["core"]
    assert core["simple_auth_manager_users"] == "ada:viewer,bo@x.org:user,admin:admin"
    assert environment.login(home) == first
    passwords = json.loads(Path(core["simple_auth_manager_passwords_file"]).read_text())
    assert passwords.keys() == {"admin", "ada", "bo@x.org"}
    assert len(set(passwords.values())) == 3
    assert all(len(each) >= 20 for each in passwords.values())
    home.roles.write_text("users: {admin: admin}\n")
    assert configured(home)["core"]["simple_auth_manager_users"] == "admin:admin"


def test_a_damaged_file_of_roles_leaves_admin(home: Home) -> None:
    home.roles.parent.mkdir(parents=True)
    home.roles.write_text("users: [")
    assert configured(home)["core"]["simple_auth_manager_users"] == "admin:admin"


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"admin": ""}'])
def test_a_damaged_password_file_is_made_anew(home: Home, content: str) -> None:
    home.airflow.mkdir()
    (home.airflow / "passwords.json").write_text(content)
    assert len(environment.login(home).password) >= 20
    assert stat.S_IMODE((home.airflow / "passwords.json").stat().st_mode) == 0o600


def test_airflow_writes_its_files_for_the_owner_alone(home: Home) -> None:
    logging = configured(home)["logging"]
    assert int(logging["file_task_handler_new_folder_permissions"], 8) == 0o700
    assert int(logging["file_task_handler_new_file_permissions"], 8) == 0o600
    assert Path(environment.process_environment(home)["TMPDIR"]).is_relative_to(home.root)


def test_airflow_gets_connections_but_no_settings_of_another(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1")
    passed = environment.process_environment(home)
    assert passed["AIRFLOW_HOME"] == str(home.airflow)
    assert "AIRFLOW__CORE__EXECUTOR" not in passed
    assert passed["AIRFLOW_CONN_SMTP_DEFAULT"] == "smtp://127.0.0.1"
    assert (passed["DO_NOT_TRACK"], passed["GX_ANALYTICS_ENABLED"]) == ("1", "false")
    assert configured(home)["usage_data_collection"]["enabled"] == "False"


def test_a_taken_port_is_one_line_with_the_setting(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=r"is taken .* SHOPKEEPER_AIRFLOW_PORT"):
            processes._require_free(taken.getsockname()[1])


def test_down_leaves_a_stranger_with_the_servers_pid_alone(home: Home, bystander: psutil.Process) -> None:
    home.airflow.mkdir()
    (home.airflow / "server.lock").touch()
    record(home, bystander.pid)
    assert not processes.is_up(home)
    assert processes.down(home) is False
    assert lives(bystander)


def test_down_stops_the_server_it_has_recorded(home: Home, start: Start) -> None:
    server = start(home)
    assert processes.is_up(home)
    assert processes.down(home) is True
    assert not lives(server)
    assert not processes.is_up(home)


def test_down_in_a_copied_home_leaves_the_originals_airflow_running(
    home: Home, start: Start, tmp_path: Path
) -> None:
    server = start(home)
    for name, way in (("copied", "-a"), ("linked", "-al")):
        copy = Home(tmp_path / name)
        subprocess.run(["cp", way, home.root, copy.root], check=True)
        assert not processes.is_up(copy)
        assert processes.down(copy) is False
    assert lives(server)
    assert processes.is_up(home)


def test_a_copied_home_leaves_the_originals_server_alone(home: Home, start: Start, tmp_path: Path) -> None:
    server = start(home, PARENT)
    (child,) = server.children()
    subprocess.run(["cp", "-a", home.root, tmp_path / "copy"], check=True)
    kill(server)
    assert processes.down(Home(tmp_path / "copy")) is False
    assert lives(child)


def test_a_home_that_was_moved_still_knows_its_airflow(home: Home, start: Start, tmp_path: Path) -> None:
    server = start(home)
    moved = Home(tmp_path / "moved")
    home.root.rename(moved.root)
    assert processes.is_up(moved)
    assert processes.down(moved) is True
    assert not lives(server)


@pytest.mark.parametrize("seconds", [-3600, -2, 2, 3600])
def test_a_clock_that_was_set_hides_no_running_airflow(
    home: Home, start: Start, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    server = start(home)
    created, now = psutil.Process.create_time, time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: created(process) + seconds)
    assert processes.is_up(home)
    assert processes.down(home) is True
    assert not lives(server)


def test_down_stops_what_a_killed_server_has_left(home: Home, start: Start) -> None:
    server = start(home, PARENT)
    (child,) = server.children()
    kill(server)
    assert lives(child)
    assert not processes.is_up(home)
    assert processes.down(home) is True
    assert not lives(child)


def test_a_server_without_lock_is_known_by_its_arguments(home: Home, tmp_path: Path) -> None:
    home.airflow.mkdir()
    command = [sys.executable, "-c", "input()", processes.OLDER_SERVER, str(home.airflow / "logs")]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    (home.airflow / "console.json").write_text(json.dumps({"pid": started.pid, "created": 0.0, "runs": {}}))
    subprocess.run(["cp", "-a", home.root, tmp_path / "copy"], check=True)
    assert processes.down(Home(tmp_path / "copy")) is False
    assert processes.down(home) is True
    assert not psutil.pid_exists(started.pid)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"pid": "12"}', '{"pid": 1}', '{"folder": 1}'])
def test_a_damaged_record_names_no_process(home: Home, content: str) -> None:
    home.airflow.mkdir()
    (home.airflow / "console.json").write_text(content)
    assert not processes.is_up(home)
    assert processes.down(home) is False


def test_an_unrecorded_server_is_one_line_with_the_cure(home: Home, start: Start) -> None:
    start(home)
    with (home.airflow / "server.lock").open() as lock, pytest.raises(UserError, match="was not recorded"):
        processes._take(lock.fileno())


def test_only_this_homes_airflow_is_told_the_password(home: Home, start: Start) -> None:
    listener = (
        "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); {}; time.sleep(600)"
    )
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        start(home)
        assert not processes._listens(home, stranger.getsockname()[1])
    processes.down(home)
    server = start(home, listener.format("print(s.getsockname()[1], flush=True)"))
    port = next(each.laddr.port for each in wait_for(lambda: server.net_connections("tcp")))
    assert processes._listens(home, port)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The refreshes that are under way in whatever Airflow is asked."""
    runs: list[str] = []

    def unfinished(airflow: Airflow, *among: str) -> list[str]:
        assert among == ("running",), "a run that only waits is kept by a start"
        assert airflow.url == "http://127.0.0.1:18777", "the running Airflow has the port it was started with"
        return runs

    monkeypatch.setattr(Airflow, "unfinished_runs", unfinished)
    return runs


OTHER = {"code": "earlier", "settings": json.dumps({"airflow_port": 18777})}


def test_other_settings_never_end_a_running_refresh(home: Home, running: list[str]) -> None:
    running.append("scheduled__2017-01-02")
    with pytest.raises(UserError, match=r"run scheduled__2017-01-02 is under way .* --restart"):
        processes._require_idle(home, OTHER)


def test_other_settings_are_taken_when_no_refresh_runs(home: Home, running: list[str]) -> None:
    processes._require_idle(home, OTHER)


def test_an_airflow_that_does_not_answer_is_not_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_silent(airflow: Airflow, *among: str) -> list[str]:
        raise UserError("Airflow does not answer any more")

    monkeypatch.setattr(Airflow, "unfinished_runs", is_silent)
    with pytest.raises(UserError, match=r"does not answer any more; .* --restart"):
        processes._require_idle(home, OTHER)


def test_an_unreadable_contract_stops_no_running_airflow(
    home: Home, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(RETAILERS / "toy_sales_only", tmp_path / "shop")
    (contract,) = (folder / "contracts").glob("*/sales.odcs.yaml")
    contract.write_text("schema: [")
    monkeypatch.setenv("SHOPKEEPER_RETAILER", str(folder))
    for cached in (settings, retailer, contracts.all_contracts, contracts.catalog):
        cached.cache_clear()
    server = start(home)
    try:
        with pytest.raises(
            UserError, match=rf"^contracts/{contract.parent.name}/sales.odcs.yaml is not YAML"
        ):
            processes.up(home)
        assert lives(server)
    finally:
        monkeypatch.undo()
        for cached in (settings, retailer, contracts.all_contracts, contracts.catalog):
            cached.cache_clear()


def test_down_where_nothing_runs_says_so(home: Home) -> None:
    assert processes.down(home) is False


def test_an_inbox_file_or_an_empty_home_is_work(home: Home) -> None:
    assert refreshing.has_work(home), "before the first version a refresh says what is missing"
    home.inbox.joinpath("pos").mkdir(parents=True)
    home.inbox.joinpath("pos", "products_2017.csv").write_text("product_id\n1\n")
    assert refreshing.has_work(home)

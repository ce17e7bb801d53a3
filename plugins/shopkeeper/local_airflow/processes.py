"""Starts and stops a home's embedded Airflow, by pid, and only processes that this home started.

Its configuration is in `environment`, the questions to it in `client`.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from shopkeeper.errors import UserError
from shopkeeper.local_airflow import environment
from shopkeeper.local_airflow.client import Airflow
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.permissions import OTHERS, keep_private
from shopkeeper.settings import PROJECT_ROOT, settings

START_SECONDS = 180.0
STOP_SECONDS = 20.0
SERVER = "shopkeeper.local_airflow.server"
OLDER_SERVER = "shopkeeper.console.server"


def up(home: Home, say: Callable[[str], None] = lambda _: None, restart: bool = False) -> Airflow:
    """Return this home's running Airflow; starts it if it is down, or runs other code or settings.

    Raises `UserError` if a contract cannot be read, or if a refresh is under way with the other code or
    settings, before anything is stopped; if its port is taken, or if it does not come up. `restart` starts it
    anew even if that ends a refresh.
    """
    from shopkeeper import contracts, warehouse
    from shopkeeper.files import exclusive, write_json
    from shopkeeper.orchestration.model_graph import forget_other_graph, write_graph

    keep_private(home)
    home.airflow.mkdir(parents=True, exist_ok=True)
    airflow = Airflow(environment.url(), environment.login(home))
    with exclusive(AirflowPaths(home.airflow).lock, START_SECONDS):
        runs = {"code": warehouse.code_version(), "settings": settings().model_dump_json()}
        family = _family(home)
        recorded = _record(home)["runs"] if _leader(family) is not None else None
        if recorded == runs and not restart:
            return airflow
        contracts.all_contracts()
        if recorded is not None and not restart:
            _require_idle(home, recorded)
            say("Code or settings have changed: Airflow is started anew")
        _stop(family)
        _require_free(settings().airflow_port)
        environment.configure(home)
        forget_other_graph(home)
        server = _spawn(home)
        folder = home.airflow.stat().st_ino
        write_json(AirflowPaths(home.airflow).record, {"pid": server.pid, "folder": folder, "runs": runs})
        try:
            write_graph(home)
            _await_health(home, airflow, server)
        except BaseException:
            _stop(_family(home))
            AirflowPaths(home.airflow).record.unlink(missing_ok=True)
            raise
        return airflow


def _require_idle(home: Home, runs_with: dict[str, Any]) -> None:
    """Raise `UserError` if a refresh is under way, or if Airflow does not say whether one is."""
    try:
        runs = Airflow(_url(runs_with), environment.login(home)).unfinished_runs("running")
    except UserError as error:
        raise UserError(f"{error}; `shopkeeper up --restart` starts it anew") from error
    if runs:
        raise UserError(
            f"code or settings have changed, and run {runs[0]} is under way with the earlier ones; "
            "wait for its end, or end it with `shopkeeper up --restart`"
        )


def down(home: Home) -> bool:
    """Stop this home's Airflow; return whether one was running."""
    family = _family(home)
    _stop(family)
    AirflowPaths(home.airflow).record.unlink(missing_ok=True)
    return bool(family)


def is_up(home: Home) -> bool:
    """Whether this home's Airflow is running."""
    return _leader(_family(home)) is not None


def running_url(home: Home) -> str:
    """Return the address of this home's running Airflow, whose port may not be that of the settings."""
    return _url(_record(home).get("runs", {}))


def _url(runs_with: dict[str, Any]) -> str:
    return environment.url(json.loads(runs_with.get("settings", "{}")).get("airflow_port"))


def _record(home: Home) -> dict[str, Any]:
    try:
        recorded = json.loads(AirflowPaths(home.airflow).record.read_text())
        return recorded if isinstance(recorded, dict) and isinstance(recorded.get("pid"), int) else {}
    except (OSError, ValueError):
        return {}


def _family(home: Home) -> list[psutil.Process]:
    """Return the living processes of the recorded server's session, which has the server's pid.

    The kernel gives that pid to no other process while one of them lives. Uses no clock, since clocks may be
    set.
    """
    recorded = _record(home)
    if not recorded or not _is_held(home, recorded):
        return []
    return [each for each in psutil.process_iter() if _session(each) == recorded["pid"]]


def _leader(family: list[psutil.Process]) -> psutil.Process | None:
    return next((each for each in family if _session(each) == each.pid), None)


def _is_held(home: Home, recorded: dict[str, Any]) -> bool:
    """Whether the recorded server, or a child of it, lives and belongs to this home and not to a copy of
    it.
    """
    if "folder" not in recorded:
        return _is_older_server(home, recorded)
    try:
        if recorded["folder"] != home.airflow.stat().st_ino:
            return False
        with AirflowPaths(home.airflow).server_lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _is_older_server(home: Home, recorded: dict[str, Any]) -> bool:
    """Like `_is_held` for a server from before servers held a lock, by its start parameters."""
    with suppress(psutil.Error):
        logs = str(AirflowPaths(home.airflow).logs)
        return psutil.Process(recorded["pid"]).cmdline()[-2:] == [OLDER_SERVER, logs]
    return False


def _session(process: psutil.Process) -> int | None:
    """Return a living process's session; None for one that has ended, even as a zombie."""
    with suppress(OSError, psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE:
            return os.getsid(process.pid)
    return None


def _spawn(home: Home) -> psutil.Process:
    places = AirflowPaths(home.airflow)
    places.logs.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(places.temp, ignore_errors=True)
    places.temp.mkdir()
    with places.log("server").open("wb") as output, AirflowPaths(home.airflow).server_lock.open("w") as lock:
        _take(lock.fileno())
        started = subprocess.Popen(
            [sys.executable, "-m", SERVER, str(places.logs)],
            cwd=PROJECT_ROOT,
            env=environment.process_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
            umask=OTHERS,
        )
    return psutil.Process(started.pid)


def _take(lock: int) -> None:
    """Lock a file; callers that only test the lock release it at once."""
    held = retry_if_exception_type(BlockingIOError)
    try:
        for attempt in Retrying(stop=stop_after_delay(2), wait=wait_fixed(0.05), retry=held, reraise=True):
            with attempt:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UserError(
            f"an Airflow of this home runs that was not recorded; end the processes of {SERVER}, run again"
        ) from error


def _stop(family: list[psutil.Process]) -> None:
    """Ask the server to end, or its children if it is dead; kill what is left after a while."""
    leader = _leader(family)
    for process in [leader] if leader is not None else family:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((environment.HOST, port))
        except OSError as error:
            raise UserError(
                f"port {port} is taken by another program; "
                "set SHOPKEEPER_AIRFLOW_PORT to a free one, or stop that program"
            ) from error


def _await_health(home: Home, airflow: Airflow, server: psutil.Process) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
            raise UserError(f"Airflow has ended while starting; see {AirflowPaths(home.airflow).logs}/*.log")
        if _listens(home, settings().airflow_port) and airflow.is_ready():
            return
        time.sleep(0.25)
    raise UserError(
        f"Airflow was not ready after {START_SECONDS:.0f} seconds; "
        f"see {AirflowPaths(home.airflow).logs}/*.log"
    )


def _listens(home: Home, port: int) -> bool:
    """Whether this home's Airflow has the port; another program there must not learn the password."""
    for process in _family(home):
        with suppress(psutil.Error):
            for each in process.net_connections("tcp"):
                if each.status == psutil.CONN_LISTEN and each.laddr.port == port:
                    return True
    return False

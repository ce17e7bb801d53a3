"""Starting the embedded Airflow of a home, and stopping it: by pid, and only if it is still the same process.

What Airflow is told stands in `environment`, what it is asked in `client`.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from shopkeeper.console import environment
from shopkeeper.console.client import Airflow
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import PROJECT_ROOT, settings

START_SECONDS = 180.0
STOP_SECONDS = 20.0


def up(home: Home, say: Callable[[str], None] = lambda _: None) -> Airflow:
    """Return the running Airflow of this home, started if it is not running or runs other code or settings.

    Raises `UserError` where its port is taken or it does not come up.
    """
    from shopkeeper.model_graph import write_graph
    from shopkeeper.warehouse.builds import code_version
    from shopkeeper.warehouse.durable import exclusive, write_json

    home.airflow.mkdir(parents=True, exist_ok=True)
    with exclusive(home.airflow / "console.lock", START_SECONDS):
        runs = {"code": code_version(), "settings": settings().model_dump_json()}
        running = _recorded(home)
        if running is not None and json.loads(_state(home).read_text())["runs"] == runs:
            return Airflow(environment.url())
        if running is not None:
            say("Code or settings have changed: Airflow is started anew")
            _stop(running)
        for orphan in _orphans(home):
            _stop(orphan)
        _require_free(settings().airflow_port)
        environment.configure(home)
        began = time.time()
        server = _spawn(home)
        write_json(_state(home), {"pid": server.pid, "created": server.create_time(), "runs": runs})
        try:
            write_graph(home)
            airflow = Airflow(environment.url())
            _await_health(home, airflow, server, began)
        except BaseException:
            _stop(server)
            _state(home).unlink(missing_ok=True)
            raise
        return airflow


def down(home: Home) -> bool:
    """Stop this home's Airflow; return whether one was running."""
    running = _recorded(home)
    left = [running] if running is not None else _orphans(home)
    for process in left:
        _stop(process)
    _state(home).unlink(missing_ok=True)
    return bool(left)


def is_up(home: Home) -> bool:
    """Say whether this home's Airflow runs."""
    return _recorded(home) is not None


def _state(home: Home) -> Path:
    return home.airflow / "console.json"


def _recorded(home: Home) -> psutil.Process | None:
    """Return the recorded server if it still is the process that was started."""
    try:
        recorded = json.loads(_state(home).read_text())
        process = psutil.Process(recorded["pid"])
        is_same = abs(process.create_time() - recorded["created"]) < 1
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, KeyError):
        return None


def _orphans(home: Home) -> list[psutil.Process]:
    """Return what a killed server has left: the processes of its session, which bears its pid."""
    try:
        recorded = json.loads(_state(home).read_text())
    except (FileNotFoundError, ValueError):
        return []
    if psutil.pid_exists(recorded["pid"]):
        return []
    return [process for process in psutil.process_iter() if _session(process) == recorded["pid"]]


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:
        return None


def _spawn(home: Home) -> psutil.Process:
    logs = home.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "server.log").open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "shopkeeper.console.server", str(logs)],
            cwd=PROJECT_ROOT,
            env=environment.process_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return psutil.Process(started.pid)


def _stop(server: psutil.Process) -> None:
    """Ask the server to end, and end by force what of its family is left after a while."""
    try:
        family = [server, *server.children(recursive=True)]
        server.terminate()
    except psutil.NoSuchProcess:
        return
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in left:
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


def _await_health(home: Home, airflow: Airflow, server: psutil.Process, began: float) -> None:
    while time.time() - began < START_SECONDS:
        if not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
            raise UserError(f"Airflow has ended while starting; see {home.airflow / 'logs'}/*.log")
        if airflow.is_ready(began):
            return
        time.sleep(0.25)
    raise UserError(
        f"Airflow was not ready after {START_SECONDS:.0f} seconds; see {home.airflow / 'logs'}/*.log"
    )

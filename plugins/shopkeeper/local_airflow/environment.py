"""The embedded Airflow's configuration file, secrets and process environment.

All derived from the home and the settings; starting processes belongs to `processes`.
"""

import configparser
import io
import json
import os
import secrets
from base64 import urlsafe_b64encode
from importlib.metadata import entry_points
from pathlib import Path

from shopkeeper.local_airflow.client import Login
from shopkeeper.local_airflow.users import ADMIN, users_of_airflow
from shopkeeper.paths import CODE, DAGS, PLUGINS, AirflowPaths, Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import settings
from shopkeeper.startup import SILENT

HOST = "127.0.0.1"
TASK_SLOTS = 8
"""More slots than cores, since most hold a task that only watches dbt's log."""


def url(port: int | None = None) -> str:
    """Return the address of the UI; by default at the port of the settings."""
    return f"http://{HOST}:{port or settings().airflow_port}"


def configure(home: Home) -> Path:
    """Write `airflow.cfg` for this home, readable by its owner alone, and return it; keeps existing
    secrets.
    """
    home.airflow.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = AirflowPaths(home.airflow).configuration
    sections = _sections(home, _kept_secrets(file))
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict({name: {k: v.replace("%", "%%") for k, v in s.items()} for name, s in sections.items()})
    text = io.StringIO()
    parser.write(text)
    _write_private(file, text.getvalue())
    return file


def login(home: Home) -> Login:
    """Return the login with which commands ask this home's Airflow; passwords are created once for each user
    and readable by the owner alone.
    """
    file = AirflowPaths(home.airflow).passwords
    try:
        kept = {name: word for name, word in json.loads(file.read_text()).items() if word}
    except (FileNotFoundError, ValueError, AttributeError):
        kept = {}
    new = {name: secrets.token_urlsafe(18) for name in users_of_airflow(home) if name not in kept}
    if new:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(file, json.dumps({**kept, **new}) + "\n")
    return Login(ADMIN, (kept | new)[ADMIN])


def process_environment(home: Home) -> dict[str, str]:
    """Return the environment of Airflow's processes: ours with its connections, without the settings of
    another Airflow.
    """
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AIRFLOW_") or name.startswith("AIRFLOW_CONN_")
    }
    given = {f"SHOPKEEPER_{name.upper()}": str(value) for name, value in settings() if value is not None}
    return {
        **passed_on,
        **SILENT,
        **given,
        "AIRFLOW_HOME": str(home.airflow),
        "PYTHONPATH": str(CODE),
        "SHOPKEEPER_HOME": str(home.root),
        "SHOPKEEPER_RETAILER": str(retailer().folder),
        "TMPDIR": str(AirflowPaths(home.airflow).temp),
    }


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)


def _kept_secrets(file: Path) -> dict[str, str]:
    kept = configparser.ConfigParser(interpolation=None)
    kept.read(file)
    return {
        "jwt": kept.get("api_auth", "jwt_secret", fallback=secrets.token_urlsafe(48)),
        "session": kept.get("api", "secret_key", fallback=secrets.token_urlsafe(48)),
        "fernet": kept.get(
            "core", "fernet_key", fallback=urlsafe_b64encode(secrets.token_bytes(32)).decode()
        ),
    }


def _plugins_folder(places: AirflowPaths) -> Path:
    """Return the folder that Airflow searches: an empty one where the installed package announces the plugin
    itself, since Airflow reports a second registration as an error.
    """
    is_announced = bool(entry_points(group="airflow.plugins", name="shopkeeper"))
    return places.no_plugins if is_announced else PLUGINS


def _sections(home: Home, kept: dict[str, str]) -> dict[str, dict[str, str]]:
    from sqlalchemy.engine import URL

    places = AirflowPaths(home.airflow)
    return {
        "core": {
            "dags_folder": str(DAGS),
            "plugins_folder": str(_plugins_folder(places)),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": str(TASK_SLOTS),
            "max_active_tasks_per_dag": str(TASK_SLOTS),
            "dags_are_paused_at_creation": "False",
            "max_templated_field_length": "1000000",  # a model's compiled SQL is whole in its task
            "execution_api_server_url": f"{url()}/execution/",
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "simple_auth_manager_all_admins": "False",
            "simple_auth_manager_users": ",".join(
                f"{name}:{role}" for name, role in users_of_airflow(home).items()
            ),
            "simple_auth_manager_passwords_file": str(places.passwords),
            "fernet_key": kept["fernet"],
        },
        "database": {
            "sql_alchemy_conn": str(URL.create("sqlite", database=str(places.database))),
            "load_default_connections": "False",
        },
        "api": {
            "host": HOST,
            "port": str(settings().airflow_port),
            "base_url": url(),
            "workers": "1",
            "instance_name": f"Shopkeeper: {retailer().name}",
            "secret_key": kept["session"],
        },
        "api_auth": {"jwt_secret": kept["jwt"]},
        "logging": {
            "namespace_levels": "great_expectations=WARNING",
            "base_log_folder": str(places.logs),
            "dag_processor_child_process_log_directory": str(places.dag_processor_logs),
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
        # A worker keeps its slot for one heartbeat after its task has ended. A busy machine may answer it
        # late: five seconds, the default, would fail the task.
        "workers": {"min_heartbeat_interval": "1", "execution_api_timeout": "60"},
        "scheduler": {"scheduler_idle_sleep_time": "0.25"},
        "dag_processor": {"parsing_processes": "1", "min_file_process_interval": "300"},
        "usage_data_collection": {"enabled": "False"},
    }

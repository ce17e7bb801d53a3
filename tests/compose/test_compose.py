"""The server installation, as far as it can be checked without a container engine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
AIRFLOW = {name: service for name, service in SERVICES.items() if name != "postgres"}
SECRETS = ("POSTGRES_PASSWORD", "FERNET_KEY", "JWT_SECRET", "API_SECRET_KEY", "ADMIN_PASSWORD")


def test_airflow_runs_as_its_four_services_beside_postgres() -> None:
    assert set(SERVICES) == {"postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer"}
    for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
        assert SERVICES[name]["command"] == ["airflow", name]
        assert SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_only_the_ui_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["api-server"]
    assert all(port.startswith("127.0.0.1:") for port in published["api-server"])


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_has_no_default_and_its_absence_is_said(secret: str) -> None:
    uses = re.findall(r"\$\{SHOPKEEPER_" + secret + r"([^}]*)\}", (ROOT / "docker-compose.yml").read_text())
    assert uses and all(use.startswith(":?") for use in uses)


def test_all_services_share_the_secret_that_signs_tasks_tokens_and_one_data_volume() -> None:
    assert {s["environment"]["AIRFLOW__API_AUTH__JWT_SECRET"] for s in AIRFLOW.values()} == {
        "${SHOPKEEPER_JWT_SECRET:?set it in .env}"
    }
    assert all("data:/data" in service["volumes"] for service in AIRFLOW.values())


def test_no_service_reports_home() -> None:
    for service in AIRFLOW.values():
        environment = service["environment"]
        assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "false"
        assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
        assert environment["GX_ANALYTICS_ENABLED"] == "false"


def test_the_models_of_each_selector_are_written_before_a_dag_is_read() -> None:
    assert "write_graph(" in SERVICES["init"]["command"][-1]
    for name in ("scheduler", "dag-processor"):
        assert SERVICES[name]["depends_on"]["init"] == {"condition": "service_completed_successfully"}


def test_the_image_holds_what_the_services_run_and_nothing_secret() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert {"dags", "dbt_project", "expectations", "plugins", "retailers", "requirements-server.lock"} <= kept
    assert not kept & {"data", ".env", ".git", ".venv"}
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()


def test_the_server_lock_pins_what_the_embedded_lock_pins() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    embedded, server = pins("requirements.lock"), pins("requirements-server.lock")
    differing = {name for name in embedded.keys() & server.keys() if embedded[name] != server[name]}
    assert not differing
    assert {"psycopg2-binary", "asyncpg"} <= server.keys()


def _compose_command() -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    return ["docker", "compose"] if plugin and plugin.returncode == 0 else []


@pytest.mark.skipif(
    not _compose_command(), reason="neither docker-compose nor the compose plugin is installed"
)
def test_compose_itself_accepts_the_file_and_refuses_to_run_without_secrets(tmp_path: Path) -> None:
    command = [*_compose_command(), "--file", str(ROOT / "docker-compose.yml"), "config"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    given = {f"SHOPKEEPER_{secret}": "generated-for-this-test" for secret in SECRETS}
    accepted = subprocess.run(command, env=bare | given, cwd=tmp_path, capture_output=True, text=True)
    assert accepted.returncode == 0, accepted.stderr
    refused = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "set it in .env" in refused.stderr

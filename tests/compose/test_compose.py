"""The server installation, as far as it can be checked without a container engine."""

import io
import json
import os
import re
import shutil
import subprocess
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
AIRFLOW = {name: service for name, service in SERVICES.items() if name != "postgres"}
LASTING = {name: service for name, service in SERVICES.items() if name != "init"}
SECRETS = ("POSTGRES_PASSWORD", "FERNET_KEY", "JWT_SECRET", "API_SECRET_KEY")
NEEDED = {
    "postgres": {"POSTGRES_PASSWORD"},
    "init": {"POSTGRES_PASSWORD"},
    "api-server": {"POSTGRES_PASSWORD", "FERNET_KEY", "JWT_SECRET", "API_SECRET_KEY"},
    "scheduler": {"POSTGRES_PASSWORD", "JWT_SECRET"},
    "dag-processor": {"POSTGRES_PASSWORD", "FERNET_KEY"},
    "triggerer": {"POSTGRES_PASSWORD", "FERNET_KEY"},
}
"""Airflow signs tasks' tokens in the scheduler, checks them and the sessions of users in the web server, and decrypts
connections where the web server, a DAG file or a trigger asks for one."""


def test_airflow_runs_as_its_four_services_beside_postgres() -> None:
    assert set(SERVICES) == {"postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer"}
    for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
        assert SERVICES[name]["command"][:2] == ["airflow", name]
        assert SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices"}
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_of_cpu_memory_and_processes(name: str) -> None:
    assert SERVICES[name].keys() >= {"cpus", "mem_limit", "pids_limit"}
    assert SERVICES[name]["pids_limit"] <= 1024


@pytest.mark.parametrize("name", LASTING)
def test_a_service_that_stays_tells_whether_it_is_well(name: str) -> None:
    check = LASTING[name]["healthcheck"]
    assert check.keys() >= {"test", "interval", "timeout", "retries"}


@pytest.mark.parametrize("name", ["scheduler", "dag-processor", "triggerer"])
@pytest.mark.parametrize(("status", "is_well"), [("healthy", True), ("unhealthy", False), (None, False)])
def test_a_component_is_well_while_airflow_hears_its_heart(
    name: str, status: str | None, is_well: bool
) -> None:
    told = {"metadatabase": {"status": "healthy"}, name.replace("-", "_"): {"status": status}}
    code = SERVICES[name]["healthcheck"]["test"][-1]
    answer = io.BytesIO(json.dumps(told).encode())
    with patch("urllib.request.urlopen", return_value=answer) as asked:
        outcome = nullcontext() if is_well else pytest.raises(AssertionError)
        with outcome:
            exec(code, {})
    assert asked.call_args.args == ("http://api-server:8080/api/v2/monitor/health",)


def test_no_service_runs_as_root() -> None:
    assert SERVICES["postgres"]["user"] == "postgres"
    assert re.search(r"^USER 50000:50000$", DOCKERFILE, re.MULTILINE)
    assert all("user" not in service for service in AIRFLOW.values())


def test_nothing_from_outside_reaches_the_database_and_the_tasks() -> None:
    networks = COMPOSE["networks"]
    outside = {name for name, network in networks.items() if not (network or {}).get("internal")}
    assert [name for name, service in SERVICES.items() if outside & set(service["networks"])] == [
        "api-server"
    ]
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert SERVICES["init"]["networks"] == ["database"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_given_the_secrets_that_it_needs_alone(name: str) -> None:
    service = SERVICES[name]
    given = json.dumps([service["environment"], service.get("command"), service.get("build")])
    assert set(re.findall(r"SHOPKEEPER_(\w+?):\?", given)) == NEEDED[name]
    assert "env_file" not in service


def test_users_are_airflows_own_and_no_file_holds_a_password() -> None:
    for service in AIRFLOW.values():
        manager = service["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
        assert manager == "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / ".env.example").read_text()
    assert not re.search(r"SIMPLE_AUTH|ADMIN_PASSWORD|ADMIN_USER|--password|_PUBLIC", text)
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"airflow users create --role Admin(?!.*--password)", readme)


def test_an_image_can_be_pinned_and_the_file_says_how() -> None:
    example = (ROOT / ".env.example").read_text()
    assert SERVICES["postgres"]["image"] == "${SHOPKEEPER_POSTGRES_IMAGE:-postgres:17-alpine}"
    python = {str(service["build"]["args"]["PYTHON_IMAGE"]) for service in AIRFLOW.values()}
    assert python == {"${SHOPKEEPER_PYTHON_IMAGE:-python:3.12-slim-bookworm}"}
    assert re.search(r"^ARG PYTHON_IMAGE=.*\nFROM \$\{PYTHON_IMAGE\}$", DOCKERFILE, re.MULTILINE)
    for image in ("python:3.12-slim-bookworm", "postgres:17-alpine"):
        assert f"docker buildx imagetools inspect {image}" in example
    assert not re.search(r"sha256:[0-9a-f]", example + DOCKERFILE), "a digest that nobody looked up"


def test_uv_is_installed_by_hash_in_image_and_checkout() -> None:
    lock = (ROOT / "requirements-uv.lock").read_text()
    makefile = (ROOT / "Makefile").read_text()
    (version,) = re.findall(r"^UV := (\S+)$", makefile, re.MULTILINE)
    assert re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE) == [("uv", version)]
    assert lock.count("--hash=sha256:") > 5
    for text in (makefile, DOCKERFILE):
        (install,) = re.findall(r"\bpip install (?!--quiet --no-deps).*", text)
        assert "--require-hashes --requirement requirements-uv.lock" in install


def test_what_a_service_writes_is_for_its_own_user_alone() -> None:
    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)
    command = [*json.loads(entry), "python3", "-c", "import os; print(oct(os.umask(0)), end='')"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "0o77"
    for service in AIRFLOW.values():
        assert "entrypoint" not in service
        assert service["environment"]["AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS"] == "0o600"


def test_producers_have_an_inbox_of_their_own() -> None:
    assert SERVICES["scheduler"]["environment"]["SHOPKEEPER_INBOX"] == "/inbox"
    places = {name: v for name, s in SERVICES.items() for v in s["volumes"] if "/inbox" in v}
    assert set(places) == {"scheduler", "triggerer"}
    assert places["triggerer"].endswith(":/inbox:ro"), "the triggerer looks, and takes nothing"


def test_only_the_ui_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["api-server"]
    assert all(port.startswith("127.0.0.1:") for port in published["api-server"])


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_has_no_default_and_its_absence_is_said(secret: str) -> None:
    uses = re.findall(r"\$\{SHOPKEEPER_" + secret + r"([^}]*)\}", (ROOT / "docker-compose.yml").read_text())
    assert uses and all(use.startswith(":?") for use in uses)


def test_only_tasks_may_write_the_data() -> None:
    places = {name: [v for v in s["volumes"] if v.startswith("data:")] for name, s in SERVICES.items()}
    assert {name: found for name, found in places.items() if found} == {
        "init": ["data:/data"],
        "api-server": ["data:/data:ro"],
        "scheduler": ["data:/data"],
        "dag-processor": ["data:/data:ro"],
        "triggerer": ["data:/data:ro"],
    }


def test_no_service_reports_home() -> None:
    for service in AIRFLOW.values():
        environment = service["environment"]
        assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "false"
        assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
        assert environment["GX_ANALYTICS_ENABLED"] == "false"


def test_models_of_each_selector_are_written_before_dags_are_read() -> None:
    for done in ("write_graph(", "token_key(", "create_roles("):
        assert done in SERVICES["init"]["command"][-1]
    for name in ("scheduler", "dag-processor"):
        assert SERVICES[name]["depends_on"]["init"] == {"condition": "service_completed_successfully"}


def test_the_image_holds_what_the_services_run_and_nothing_secret() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert {"dags", "dbt_project", "expectations", "plugins", "retailers"} <= kept
    assert {"requirements-server.lock", "requirements-uv.lock"} <= kept
    assert not kept & {"data", ".env", ".git", ".venv"}
    assert "uv pip sync --no-cache --compile-bytecode --require-hashes" in DOCKERFILE


def test_the_server_lock_pins_what_the_embedded_lock_pins() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    embedded, server = pins("requirements.lock"), pins("requirements-server.lock")
    differing = {name for name in embedded.keys() & server.keys() if embedded[name] != server[name]}
    assert not differing
    assert {"psycopg2-binary", "asyncpg", "apache-airflow-providers-fab"} <= server.keys()


def _compose_command() -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    return ["docker", "compose"] if plugin and plugin.returncode == 0 else []


@pytest.mark.skipif(
    not _compose_command(), reason="neither docker-compose nor the compose plugin is installed"
)
def test_compose_accepts_the_file_and_refuses_to_run_without_secrets(tmp_path: Path) -> None:
    command = [*_compose_command(), "--file", str(ROOT / "docker-compose.yml"), "config"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    given = {f"SHOPKEEPER_{secret}": "generated-for-this-test" for secret in SECRETS}
    accepted = subprocess.run(command, env=bare | given, cwd=tmp_path, capture_output=True, text=True)
    assert accepted.returncode == 0, accepted.stderr
    refused = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "set it in .env" in refused.stderr

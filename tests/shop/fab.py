"""The server's Airflow in small: users of FAB on SQLite, its web application asked in this process.

Run as a program in a new process, since Airflow reads its settings once: prints what each user was answered.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("Viewer", "Analyst", "Steward", "Operator", "Admin")
READING = ("/shopkeeper/", "/shopkeeper/tables", "/shopkeeper/pages/segments", "/shopkeeper/docs")
WRITING = {
    "mend": ("/shopkeeper/quarantine/ffff/settle", "/shopkeeper/quarantine/ffff/replay"),
    "operate": ("/shopkeeper/batches/ffff/hold", "/shopkeeper/versions/v000009/rollback"),
}
AIRFLOW = {
    "menu": ("GET", "/api/v2/plugins"),
    "dags": ("GET", "/api/v2/dags"),
    "connections": ("GET", "/api/v2/connections"),
    "variables": ("GET", "/api/v2/variables"),
    "start": ("POST", "/api/v2/dags/refresh_warehouse/dagRuns"),
}
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}


def main(home: str) -> None:
    """Create the database, the roles twice and a user of each, and ask every route in every way."""
    from starlette.testclient import TestClient

    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, stdout=subprocess.DEVNULL)
    from airflow.api_fastapi.app import create_app
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    from shopkeeper.local_airflow.server_roles import create_roles

    create_roles()
    create_roles()
    with get_application_builder() as builder:
        security = builder.sm
        for name in (*ROLES, "Stranger"):
            role = security.find_role("Viewer" if name == "Stranger" else f"Shopkeeper{name}")
            security.add_user(name.lower(), name, "Lee", f"{name}@shop.example", role, password=name)
        both = [security.find_role(f"Shopkeeper{name}") for name in ("Steward", "Operator")]
        security.add_user("both", "Both", "Lee", "both@shop.example", both, password="Both")
    told: dict[str, Any] = {}
    with TestClient(create_app("core"), base_url="http://127.0.0.1", follow_redirects=False) as client:
        for path in (*READING, *(path for paths in WRITING.values() for path in paths)):
            method = "GET" if path in READING else "POST"
            told.setdefault("nobody", {})[path] = client.request(method, path, headers=OWN).status_code
        for name in (*ROLES, "Stranger", "Both"):
            login = {"username": name.lower(), "password": name}
            token = client.post("/auth/token", json=login).json()["access_token"]
            told[name] = {
                "cookie": _asked(client, {"Cookie": f"_token={token}", **OWN}),
                "bearer": _asked(client, {"Authorization": f"Bearer {token}"}),
                "cross-site": _asked(client, {"Cookie": f"_token={token}", **FOREIGN}),
                "airflow": {
                    what: client.request(
                        method,
                        path,
                        headers={"Authorization": f"Bearer {token}"},
                        **({"json": {"logical_date": None}} if method == "POST" else {}),
                    ).status_code
                    for what, (method, path) in AIRFLOW.items()
                },
            }
    print(json.dumps(told))


def _asked(client: Any, headers: dict[str, str]) -> dict[str, list[int]]:
    """Return the different answers to reading and to each kind of change."""
    answers = {"look": {client.get(path, headers=headers).status_code for path in READING}}
    for right, paths in WRITING.items():
        why = {"why": "asked by the test"}
        answers[right] = {client.post(path, headers=headers, data=why).status_code for path in paths}
    return {right: sorted(found) for right, found in answers.items()}


def ask(home: Path, folder: Path) -> dict[str, Any]:
    """Return what each user of a new server of this home is answered."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of the tests that is long enough to sign",
        "AIRFLOW__API__SECRET_KEY": "another secret of the tests, long enough",
        "SHOPKEEPER_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.shop.fab", str(home)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    main(sys.argv[1])

"""On a server FAB's roles are the console's: each role of FAB may do what its role of the console may."""

import importlib.util
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import copied, mounted
from tests.plugins.console.test_access import OWN, READING, WRITING, addresses
from tests.shop import fab
from tests.shop.published import Grocer

from shopkeeper.console import access
from shopkeeper.console.access import RIGHTS, Role, User
from shopkeeper.local_airflow.server_roles import NAMES, OPERATING, roles_of
from shopkeeper.local_airflow.server_roles import READING as MAY_READ

needs_fab = pytest.mark.skipif(
    importlib.util.find_spec("airflow.providers.fab") is None,
    reason="FAB is absent: install requirements-server.lock, and run again",
)
WHY = {"data": {"why": "asked by the test"}}


@pytest.fixture(scope="module")
def published(published: Grocer, tmp_path_factory: pytest.TempPathFactory) -> Grocer:
    """A home of this module's own: what was tried is recorded in it."""
    return copied(published, tmp_path_factory.mktemp("server_roles"))


def asked_as(grocer: Grocer, user: User) -> TestClient:
    app = mounted(grocer.home)
    app.routes[-1].app.dependency_overrides[access.signed_in] = lambda: user  # type: ignore[attr-defined]
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def test_each_role_of_the_console_is_one_of_fab() -> None:
    assert set(NAMES.values()) == set(get_args(Role))
    for role in get_args(Role):
        assert roles_of([f"Shopkeeper{role.capitalize()}", "Viewer", "Public"]) == (role,)
    assert roles_of(["Viewer", "User", "Op", "Public"]) == ()


@pytest.mark.parametrize("role", get_args(Role))
def test_a_role_of_fab_may_what_its_role_may(published: Grocer, role: Role) -> None:
    client = asked_as(published, User("ada", (role,)))
    for route, path in addresses(published).items():
        assert client.get(f"/shopkeeper{path}").status_code == 200, route
    for right, path in WRITING.values():
        expected = 422 if right in RIGHTS[role] else 403  # type: ignore[comparison-overlap]
        assert client.post(f"/shopkeeper{path}", headers=OWN, **WHY).status_code == expected, path


def test_two_roles_of_fab_may_what_either_may(published: Grocer) -> None:
    client = asked_as(published, User("ada", ("steward", "operator")))
    for _, path in WRITING.values():
        assert client.post(f"/shopkeeper{path}", headers=OWN, **WHY).status_code == 422, path


def test_the_file_of_roles_gives_nothing_on_a_server(published: Grocer) -> None:
    client = asked_as(published, User("admin-ada", ()))
    for route in READING:
        answer = client.get(f"/shopkeeper{addresses(published)[route]}")
        assert (answer.status_code, "airflow users add-role" in answer.text) == (403, True), route


def test_readers_of_airflow_see_neither_secrets_nor_values() -> None:
    resources = {resource for _, resource in (*MAY_READ, *OPERATING)}
    assert not resources & {
        "Connections",
        "Variables",
        "XComs",
        "Configurations",
        "Audit Logs",
        "Users",
        "Roles",
    }
    assert {action for action, _ in MAY_READ} == {"can_read", "can_edit", "menu_access"}


@pytest.mark.slow
@needs_fab
def test_a_servers_users_are_what_fab_says(published: Grocer, tmp_path: Path) -> None:
    told: dict[str, Any] = fab.ask(published.home.root, tmp_path)
    assert set(told["nobody"].values()) == {401}
    allowed = {"Both": {"mend", "operate"}, "Stranger": set()}
    for name in (*fab.ROLES, *allowed):
        rights = allowed.get(name) or RIGHTS.get(name.lower(), frozenset())  # type: ignore[call-overload]
        may_look = name != "Stranger"
        for way in ("cookie", "bearer", "cross-site"):
            for right in fab.WRITING:
                may = may_look and right in rights and way != "cross-site"
                assert told[name][way][right] == ([422] if may else [403]), (name, way, right)
            assert told[name][way]["look"] == ([200] if may_look else [403]), (name, way)
        of_airflow, is_operator = told[name]["airflow"], name in ("Operator", "Admin", "Both")
        assert (of_airflow["menu"], of_airflow["dags"]) == (200 if may_look else 403, 200)
        assert of_airflow["start"] == (404 if is_operator else 403)
        secret = 200 if name == "Admin" else 403
        assert (of_airflow["connections"], of_airflow["variables"]) == (secret, secret)

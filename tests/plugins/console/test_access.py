"""Every route, for every role, without login, with a cookie, with a token, and from another site's page."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import ROLES, Console, copied, mounted
from tests.shop.published import Grocer

from shopkeeper.console import access, application, rendering
from shopkeeper.console.access import RIGHTS
from shopkeeper.errors import UserError

READING = {
    "/": "/",
    "/{name}.svg": "/icon.svg",
    "/static/{digest}/{name}": "/static/{digest}/console.css",
    "/dags/{dag_id}/runs/{run_id}": "/dags/refresh_warehouse/runs/manual__2017",
    "/dags/{dag_id}/runs/{run_id}/tasks/{task_id}": "/dags/refresh_warehouse/runs/manual__2017/tasks/land",
    "/dags/{dag_id}/tasks/{task_id}": "/dags/verify_storage/tasks/verify_storage",
    "/versions/compare": "/versions/compare?before=v000001&after=v000001",
    "/quarantine/{key}": "/quarantine/{refused_rows}",
    "/tables": "/tables?q=segment",
    "/tables/{table}": "/tables/marts.customer_360",
    "/tables/{table}/profile": "/tables/marts.customer_360/profile",
    "/docs": "/docs",
    "/guides/{path:path}": "/guides/runbooks/a-gate-failed.md",
    "/docs/{version}/{path:path}": "/docs/v000002/dictionary.html",
    "/pages/{name}": "/pages/segments",
    "/pages/{name}/{statement}": "/pages/segments/customers.csv?segment_id=1",
}
"""Each route that reads, and an address of it that exists."""

WRITING = {
    "/versions/{version}/rollback": ("operate", "/versions/v000009/rollback"),
    "/versions/{version}/return": ("operate", "/versions/v000009/return"),
    "/batches/{batch_id}/hold": ("operate", "/batches/ffff/hold"),
    "/batches/{batch_id}/release": ("operate", "/batches/ffff/release"),
    "/quarantine/{key}/replay": ("mend", "/quarantine/ffff/replay"),
    "/quarantine/{key}/lines/{line}": ("mend", "/quarantine/ffff/lines/2"),
    "/quarantine/{key}/settle": ("mend", "/quarantine/ffff/settle"),
    "/quarantine/{key}/reopen": ("mend", "/quarantine/ffff/reopen"),
    "/replays/{batch_id}/take-back": ("mend", "/replays/ffff/take-back"),
    "/replays/{batch_id}/put-back": ("mend", "/replays/ffff/put-back"),
    "/quarantine/{key}/reveal": ("reveal", "/quarantine/ffff/reveal"),
}
"""Each route that writes, the right that it needs, and an address of nothing: who gets that far is answered
422, since there is no such version, batch or refusal."""

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
FOREIGN = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver:9999"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "none"},
    {},
)
"""What browsers say for pages of others; an old one may say nothing."""

ANYBODY = ("no login", "cookie", "bearer", "cross-site")


def answer(client: TestClient, method: str, path: str, way: str, role: str, **headers: str) -> int:
    if way in ("cookie", "cross-site"):
        client.cookies.set("_token", f"{role}-ada")
    if way == "bearer":
        headers["Authorization"] = f"Bearer {role}-ada"
    form = {"data": {"why": "asked by the test"}} if method == "POST" else {}
    status = client.request(method, f"/shopkeeper{path}", headers=headers, **form).status_code
    client.cookies.clear()
    return status


@pytest.fixture(scope="module")
def published(published: Grocer, tmp_path_factory: pytest.TempPathFactory) -> Grocer:
    """A home of this module's own: what was tried is recorded in it."""
    return copied(published, tmp_path_factory.mktemp("access"))


@pytest.fixture(scope="module")
def client(published: Grocer) -> TestClient:
    return TestClient(mounted(published.home), follow_redirects=False, raise_server_exceptions=False)


def addresses(grocer: Grocer) -> dict[str, str]:
    facts = {"digest": rendering.static_digest(), "refused_rows": grocer.refused_rows}
    return {route: path.format(**facts) for route, path in READING.items()}


def test_every_route_is_in_the_table(published: Grocer) -> None:
    def routes(router: Any) -> set[tuple[str, str]]:
        found = set()
        for route in router.routes:
            if hasattr(route, "methods"):
                found |= {(method, route.path) for method in route.methods}
            else:
                inner = getattr(route, "original_router", None) or route.router
                found |= routes(inner)
        return found

    listed = {("GET", path) for path in READING} | {("POST", path) for path in WRITING}
    assert routes(application.create(published.home).router) == listed


@pytest.mark.parametrize("route", READING)
def test_nobody_reads_without_a_login(client: TestClient, published: Grocer, route: str) -> None:
    path = addresses(published)[route]
    assert answer(client, "GET", path, "no login", "") == 401
    client.cookies.set("_token", "forged")
    assert client.get(f"/shopkeeper{path}").status_code == 403
    client.cookies.clear()


@pytest.mark.parametrize("way", ["cookie", "bearer"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", READING)
def test_every_role_reads_every_page(
    client: TestClient, published: Grocer, route: str, role: str, way: str
) -> None:
    assert answer(client, "GET", addresses(published)[route], way, role) == 200


@pytest.mark.parametrize("way", ["cookie", "bearer"])
@pytest.mark.parametrize("route", [*READING, *WRITING])
def test_a_user_without_a_role_is_refused(
    client: TestClient, published: Grocer, route: str, way: str
) -> None:
    method = "GET" if route in READING else "POST"
    path = addresses(published)[route] if route in READING else WRITING[route][1]
    assert answer(client, method, path, way, "stranger", **OWN) == 403


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", WRITING)
def test_who_may_write_is_what_the_role_says(client: TestClient, route: str, role: str) -> None:
    right, path = WRITING[route]
    expected = 422 if right in RIGHTS[role] else 403  # type: ignore[index]
    assert answer(client, "POST", path, "cookie", role, **OWN) == expected
    assert answer(client, "POST", path, "bearer", role) == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", WRITING)
def test_another_sites_page_writes_nothing(client: TestClient, route: str, role: str) -> None:
    for said in FOREIGN:
        assert answer(client, "POST", WRITING[route][1], "cross-site", role, **said) == 403
        if said:
            # All-admins mode adds a token to each request: it must not make another's page ours.
            assert answer(client, "POST", WRITING[route][1], "bearer", role, **said) == 403


@pytest.mark.parametrize("route", WRITING)
def test_nobody_writes_without_a_login(client: TestClient, route: str) -> None:
    assert answer(client, "POST", WRITING[route][1], "no login", "", **OWN) == 401


def test_what_is_refused_leaves_no_record(published: Grocer, client: TestClient) -> None:
    before = sorted(published.home.actions.glob("*")) if published.home.actions.exists() else []
    answer(client, "POST", "/versions/v000001/rollback", "cookie", "viewer", **OWN)
    after = sorted(published.home.actions.glob("*")) if published.home.actions.exists() else []
    assert after == before


def test_no_cache_keeps_a_page_and_no_foreign_script_runs(client: TestClient) -> None:
    client.cookies.set("_token", "viewer-ada")
    page = client.get("/shopkeeper/")
    client.cookies.clear()
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text


def test_a_refusal_says_nothing_of_the_house(client: TestClient) -> None:
    refused = client.get("/shopkeeper/")
    assert "v000002" not in refused.text
    assert "complete_journey" not in refused.text


def test_without_a_file_of_roles_only_admin_has_one(grocer: Grocer) -> None:
    grocer.home.roles.unlink()
    assert access.read_roles(grocer.home) == {"admin": "admin"}


@pytest.mark.parametrize("content", ["", "users: []", "users: {ada: boss}", "{", "\x00"])
def test_a_damaged_file_of_roles_gives_nobody_a_role(grocer: Grocer, console: Console, content: str) -> None:
    grocer.home.roles.write_text(content)
    with pytest.raises(UserError):
        access.read_roles(grocer.home)
    assert console(grocer.home, "admin").get("/shopkeeper/").status_code == 403


def test_a_role_is_given_and_taken(grocer: Grocer, console: Console) -> None:
    access.give_role(grocer.home, "eve-ada", "viewer")
    assert console(grocer.home, "eve").get("/shopkeeper/").status_code == 200
    access.give_role(grocer.home, "eve-ada", None)
    assert console(grocer.home, "eve").get("/shopkeeper/").status_code == 403
    with pytest.raises(UserError):
        access.give_role(grocer.home, "eve-ada", "boss")

"""Airflow's web server answers only its own address, and changes something only for its own pages."""

import asyncio
import sys
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from shopkeeper.local_airflow import same_origin
from shopkeeper.settings import PROJECT_ROOT

CONFIGURED = {
    ("api", "base_url"): "https://shop.example/airflow",
    ("core", "execution_api_server_url"): "http://api-server:8080/execution/",
}
DAG = "/api/v2/dags/refresh_warehouse"


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks a web server that has a page to change, one to read and a static file; returns the status."""
    from airflow.configuration import conf

    monkeypatch.setattr(conf, "get", lambda section, key, **_: CONFIGURED[section, key])

    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("the tills are fine")

    pages = Route(DAG, page, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    static = Mount("/static", StaticFiles(directory=PROJECT_ROOT / "docs"))
    transport = httpx.ASGITransport(same_origin.guarded(Starlette(routes=[pages, static])))

    async def asked(method: str, path: str = DAG, **headers: str) -> int:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return (await client.request(method, path, headers=names)).status_code

    return lambda *arguments, **headers: asyncio.run(asked(*arguments, **headers))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost", "[::1]:8080", "shop.example", "SHOP.example:443", "api-server:8080"],
)
def test_loopback_and_the_configured_addresses_are_answered(browser: Any, host: str) -> None:
    assert browser("GET", host=host) == 200


@pytest.mark.parametrize("path", [DAG, "/static/naming.md"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "shop.example.evil.example", ""]
)
def test_a_foreign_host_is_refused_on_pages_and_static_files(browser: Any, host: str, path: str) -> None:
    assert browser("GET", path, host=host) == 400


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "http://shop.example",
        "http://127.0.0.1:8080.evil.example",
    ],
)
def test_a_change_for_another_sites_page_is_refused(browser: Any, method: str, origin: str) -> None:
    assert browser(method, host="127.0.0.1:8080", origin=origin) == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:9000", "http://localhost:9000"),
        ("127.0.0.1:8080", "https://shop.example"),
        ("shop.example", "https://shop.example"),
    ],
)
def test_airflows_own_pages_may_change_something(browser: Any, host: str, origin: str) -> None:
    assert browser("PATCH", host=host, origin=origin) == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_a_browser_that_names_no_origin_names_the_site(browser: Any, site: str, status: int) -> None:
    assert browser("POST", sec_fetch_site=site) == status


def test_a_link_from_another_site_may_open_a_page(browser: Any) -> None:
    assert browser("GET", origin="https://mail.example", sec_fetch_site="cross-site") == 200


def test_a_program_without_a_browser_is_left_to_its_token(browser: Any) -> None:
    assert browser("POST") == 200


def test_airflows_web_server_is_given_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROJECT_ROOT / "plugins")
    monkeypatch.delitem(sys.modules, "shopkeeper_console", raising=False)
    from shopkeeper_console import ShopkeeperConsole

    (middleware,) = ShopkeeperConsole.fastapi_root_middlewares
    checked = middleware["middleware"](Starlette())
    assert isinstance(checked.app, same_origin.SameOrigin)

"""A grocer's home with two versions, and the console on it as each user sees it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from tests.shop.published import Grocer, publish_two_versions

from shopkeeper.console import access, application
from shopkeeper.paths import Home
from shopkeeper.settings import settings

ROLES = ("viewer", "analyst", "steward", "operator", "admin")
Console = Callable[..., TestClient]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grocer]:
    """A home that no test changes; a test that records an action in it fails the run."""
    quiet = settings().landing_quiet_seconds
    settings().landing_quiet_seconds = 0.0
    try:
        grocer = publish_two_versions(tmp_path_factory.mktemp("console") / "home")
    finally:
        settings().landing_quiet_seconds = quiet
    for role in ROLES:
        access.give_role(grocer.home, f"{role}-ada", role)
    yield grocer
    assert not list(grocer.home.actions.glob("*")), "some test changed the home that all share"


@pytest.fixture
def grocer(published: Grocer, tmp_path: Path) -> Grocer:
    """A copy of it, to be changed."""
    return copied(published, tmp_path)


def copied(published: Grocer, folder: Path) -> Grocer:
    """Return a grocer with a copy of the home."""
    shutil.copytree(published.home.root, folder / "home", symlinks=True)
    return Grocer(Home(folder / "home"), published.refused_rows, published.refused_file)


def signed_in(request: Request) -> access.User:
    """Say who has signed in as Airflow does: a bearer token wins, then the cookie."""
    header = request.headers.get("authorization", "")
    name = header.removeprefix("Bearer ") if header else request.cookies.get("_token")
    if not name:
        raise HTTPException(401, "Not authenticated")
    if name == "forged":
        raise HTTPException(403, "Invalid JWT token")
    return access.User(name)


def mounted(home: Home) -> FastAPI:
    """Return Airflow's web application in small: the console below its address."""
    app = application.create(home)
    app.dependency_overrides[access.signed_in] = signed_in
    outer = FastAPI()
    outer.mount("/shopkeeper", app)
    return outer


@pytest.fixture
def console() -> Iterator[Console]:
    """Opens the console of a home as a user's browser would, on its own pages."""
    opened: list[TestClient] = []

    def open_(home: Home, role: str = "admin") -> TestClient:
        browser = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
        client = TestClient(mounted(home), headers=browser, cookies={"_token": f"{role}-ada"})
        client.follow_redirects = False
        opened.append(client)
        return client

    yield open_
    for client in opened:
        client.close()

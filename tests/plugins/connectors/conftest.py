from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.connectors.postgres_server import Server, running
from tests.plugins.connectors.web_shop import WebShop, write_retailer

from shopkeeper.connectors import Source
from shopkeeper.contracts import all_contracts, catalog
from shopkeeper.landing import Parser
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import settings


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    with Parser() as started:
        yield started


@pytest.fixture
def database(server: Server) -> Server:
    server.runs(
        "drop table if exists orders; "
        "create table orders (order_id bigint, amount numeric(18, 2), changed_at timestamptz, note text)"
    )
    return server


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[WebShop]:
    write_retailer(tmp_path / "web_shop")
    monkeypatch.setenv("SHOPKEEPER_RETAILER", str(tmp_path / "web_shop"))
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0")
    remembered = (settings, retailer, catalog, all_contracts)
    for each in remembered:
        each.cache_clear()
    uses_database = "database" in request.fixturenames
    database = request.getfixturevalue("server").source if uses_database else Source("shop_database")
    bucket = Source(
        "shop_bucket", login="AKIA0000", password="s3cret-Quintana", extra={"region_name": "eu-central-1"}
    )
    yield WebShop(Home(tmp_path / "home"), database, bucket, request.getfixturevalue("parser"))
    for each in remembered:
        each.cache_clear()

"""A corner shop with customers, for every test of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.privacy.corner_shop import CONTRACTS, RETAILER, CornerShop
from tests.shop.files import Shop

from shopkeeper.landing import Parser
from shopkeeper.paths import Home
from shopkeeper.privacy import columns, erasing, exporting, renaming, suppressed
from shopkeeper.settings import settings


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    """One helper process for all tests: starting it is the slow part."""
    with Parser() as started:
        yield started


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory, parser: Parser) -> CornerShop:
    """The corner shop after its first files and two versions, to be copied."""
    shop = CornerShop(Shop(Home(tmp_path_factory.mktemp("town") / "home"), [parser], CONTRACTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0")
        settings.cache_clear()
        shop.open()
    settings.cache_clear()
    return shop


@pytest.fixture
def town(
    tmp_path: Path, opened: CornerShop, parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CornerShop]:
    """A corner shop of one's own."""
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0")
    settings.cache_clear()
    home = opened.copied(tmp_path / "home")
    shop = CornerShop(Shop(Home(home), [parser], CONTRACTS))
    for module in (erasing, exporting, suppressed):
        monkeypatch.setattr(module, "catalog", lambda: shop.shop.catalog)
    for module in (columns, renaming):
        monkeypatch.setattr(module, "retailer", lambda: RETAILER)
    yield shop
    settings.cache_clear()

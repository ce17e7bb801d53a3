"""The corner shop whose contract keeps till lines for a year, on a day of January 2018."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.shop.versions import SHOPKEEPER, TILL_LINES, Shop

from shopkeeper.contracts.retention import Retention
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.storage import maintenance, retention
from shopkeeper.warehouse import builds, restatements

TODAY = date(2018, 1, 10)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    class OneContract:
        sources = (replace(TILL_LINES, retention=Retention(1, "y")),)

    for module in (builds, restatements):
        monkeypatch.setattr(module, "catalog", OneContract)
    monkeypatch.setattr(retention, "all_contracts", OneContract)
    monkeypatch.setattr(builds, "retailer", lambda: SHOPKEEPER)
    monkeypatch.setattr(maintenance, "today", lambda home: TODAY)
    for name in ("SHOPKEEPER_VAULT_KEY", "SHOPKEEPER_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield Shop(Home(tmp_path / "shop" / "home"))
    settings.cache_clear()

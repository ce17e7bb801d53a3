"""The corner shop for every test of this room."""

from pathlib import Path

import pytest
from tests.shop.versions import SHOPKEEPER, TILL_LINES, Shop

from shopkeeper.paths import Home
from shopkeeper.warehouse import builds, restatements


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    class OneContract:
        sources = (TILL_LINES,)

    monkeypatch.setattr(builds, "catalog", OneContract)
    monkeypatch.setattr(restatements, "catalog", OneContract)
    monkeypatch.setattr(builds, "retailer", lambda: SHOPKEEPER)
    return Shop(Home(tmp_path / "home"))

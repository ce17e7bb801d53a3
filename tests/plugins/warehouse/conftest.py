"""The corner shop for every test of this room."""

from pathlib import Path

import pytest
from tests.plugins.warehouse.corner_shop import TILL_LINES, Shop

from shopkeeper.paths import Home
from shopkeeper.warehouse import builds


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    class OneContract:
        sources = (TILL_LINES,)

    monkeypatch.setattr(builds, "catalog", OneContract)
    return Shop(Home(tmp_path / "home"))

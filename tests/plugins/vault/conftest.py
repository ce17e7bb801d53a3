"""A home of its own for each test, without a key in the environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    for name in ("SHOPKEEPER_VAULT_KEY", "SHOPKEEPER_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield Home(tmp_path / "grocer")
    settings.cache_clear()

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.shop.files import Shop

from shopkeeper.landing.inbox import dropped_files
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    """One helper process for all tests: starting it is the slow part."""
    with Parser() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, parser: Parser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0")
    settings.cache_clear()
    yield Shop(Home(tmp_path / "home"), [parser])
    settings.cache_clear()


@pytest.fixture
def without_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's file, or a network file system: the kernel does not tell who has it open."""

    def refuse(*arguments: Any) -> int:
        raise PermissionError(errno.EACCES, "no lease")

    monkeypatch.setattr(dropped_files.fcntl, "fcntl", refuse)

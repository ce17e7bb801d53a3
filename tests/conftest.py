"""Tests choose their retailer themselves and ignore the environment's choice."""

import os
from collections.abc import Callable, Iterator

import pytest
from tests.plugins.pipeline.processes import Nursery

os.environ.pop("SHOPKEEPER_RETAILER", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that hold slow tests, so that all processes end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def nurseries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Nursery]]:
    """Each retailer's warm process, which forks refreshes; started when it is first asked for."""
    started: dict[str, Nursery] = {}

    def nursery(retailer: str) -> Nursery:
        if retailer not in started:
            started[retailer] = Nursery(tmp_path_factory.mktemp("nursery"), retailer)
        return started[retailer]

    yield nursery
    for each in started.values():
        each.close()

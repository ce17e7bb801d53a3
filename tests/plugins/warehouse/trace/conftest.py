"""A few households of the real year, published twice: three weeks, then a week and a restated one."""

import gzip
from collections.abc import Callable, Iterator

import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.shop.weeks import drop_few

from shopkeeper import warehouse
from shopkeeper.paths import Home
from shopkeeper.warehouse.connection import connect_published
from shopkeeper.warehouse.trace.models import read_models
from shopkeeper.warehouse.trace.walking import Walk

RESTATED = "transaction_lines_2017_week_03.csv.gz"
"""The file of which the last line of the first telling is missing in the second one."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, nurseries: Callable[[str], Nursery]) -> Home:
    home = Home(tmp_path_factory.mktemp("traced") / "home")
    nursery = nurseries("complete_journey")
    drop_few(home, (2, 4))
    restated = (home.inbox / "pos" / RESTATED).read_bytes()
    refresh(nursery, home)
    drop_few(home, (5, 5))
    lines = gzip.decompress(restated).splitlines(keepends=True)
    (home.inbox / "pos" / RESTATED).write_bytes(gzip.compress(b"".join(lines[:-1]), mtime=0))
    refresh(nursery, home)
    return home


def refresh(nursery: Nursery, home: Home) -> None:
    child = nursery.refresh(home.root)
    assert child.end() == 0, child.message


@pytest.fixture(scope="session")
def walk(home: Home) -> Iterator[Walk]:
    version = warehouse.current(home)
    assert version is not None
    with connect_published(home) as connection:
        yield Walk(connection, read_models(home, version), home.version(version))

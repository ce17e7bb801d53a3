"""Customers' features for the steps that score them, and a published small home for whole refreshes.

The features are written down, not built: what a step does of a planted customer is to be seen, whatever dbt made.
"""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.shop.weeks import Scene, drop_few, published_scene

from shopkeeper.paths import BuildPaths, Home

AS_OF = datetime.fromisoformat("2017-12-31")


@dataclass
class Grocer:
    """Transactions and touches that become a build, and builds that become the last version."""

    home: Home
    transactions: list[tuple] = field(default_factory=list)
    touches: list[tuple] = field(default_factory=list)

    def sell(self, customer: str | None, days_ago: int, amount: str, has_fuel: bool = False) -> str:
        transaction_id = f"T{len(self.transactions) + 1}"
        self.transactions.append(
            (transaction_id, customer, AS_OF - timedelta(days=days_ago), amount, has_fuel)
        )
        return transaction_id

    def touch(self, customer: str, days_ago: int, channel: str, campaign: str | None = None) -> None:
        touchpoint_id = f"{channel}-{len(self.touches) + 1}"
        self.touches.append((touchpoint_id, customer, channel, campaign, AS_OF - timedelta(days=days_ago)))

    def build(self, token: int, base_version: str | None = None) -> BuildPaths:
        """Lay out what the steps read."""
        build_id = f"v{token:06d}"
        build = self.home.build(build_id)
        build.scores.mkdir(parents=True)
        begun = {
            "build_id": build_id,
            "token": token,
            "base_version": base_version,
            "as_of_date": str(AS_OF.date()),
            "is_full": base_version is None,
            "code_version": "0",
            "started_at": "2018-01-01T00:00:00+00:00",
        }
        (build.root / "build.json").write_text(json.dumps(begun))
        with duckdb.connect(str(build.warehouse)) as connection:
            connection.execute("create schema features")
            connection.execute(
                "create table sold (transaction_id varchar, customer_id varchar, transaction_at timestamp, "
                "revenue_amount decimal(18, 2), has_fuel boolean)"
            )
            connection.execute(
                "create table features.feat_attribution__touches (touchpoint_id varchar, customer_id varchar, "
                "channel varchar, campaign_id varchar, touched_at timestamp)"
            )
            for table, rows in (
                ("sold", self.transactions),
                ("features.feat_attribution__touches", self.touches),
            ):
                if rows:
                    connection.executemany(f"insert into {table} values (?, ?, ?, ?, ?)", rows)
            connection.execute(
                "create table features.feat_customers__transactions as select *, "
                "transaction_at::date as transaction_date from sold where customer_id is not null"
            )
            connection.execute(
                "create table features.feat_attribution__conversions as select transaction_id, customer_id, "
                "transaction_at as converted_at, revenue_amount from sold where revenue_amount > 0"
            )
            of_buyers = (
                "from features.feat_customers__transactions where customer_id in "
                "(select customer_id from sold where revenue_amount > 0) group by customer_id"
            )
            connection.execute(
                "create table features.feat_customers__purchases as select customer_id, "
                f"date_diff('day', max(transaction_at), timestamp '{AS_OF}') as recency_day_count, "
                "count(*) as transaction_count, "
                f"cast(sum(revenue_amount) / count(*) as decimal(18, 2)) as average_transaction_amount {of_buyers}"
            )
            connection.execute(
                "create table features.feat_customers__fuel as select customer_id, "
                f"count(*) filter (where has_fuel) / count(*) as fuel_transaction_rate {of_buyers}"
            )
        return build

    def keep_as_version(self, build: BuildPaths) -> str:
        """Make a finished build the last version."""
        self.home.versions.mkdir(exist_ok=True)
        build.root.replace(self.home.versions / build.root.name)
        return build.root.name


@pytest.fixture(scope="session")
def nursery(nurseries: Callable[[str], Nursery]) -> Nursery:
    return nurseries("complete_journey")


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Scene:
    home = tmp_path_factory.mktemp("scene") / "home"
    weeks = ((10, 13), (14, 14))
    return published_scene(home, nursery, *(partial(drop_few, Home(home), each) for each in weeks))


@pytest.fixture
def home(scene: Scene, tmp_path: Path) -> Path:
    """A copy of the scene's home, to be disturbed."""
    copied = tmp_path / "home"
    shutil.copytree(scene.home, copied, symlinks=True)
    return copied


@pytest.fixture
def grocer(tmp_path: Path) -> Grocer:
    return Grocer(Home(tmp_path))


def three_kinds_of_customers(grocer: Grocer, prefix: str = "", seed: int = 7) -> None:
    """Weekly big shoppers, drivers who fuel, and people who have not come for long."""
    draw = random.Random(seed)
    for number in range(30):
        for week in range(20):
            grocer.sell(
                f"{prefix}weekly{number}",
                week * 7 + draw.randrange(3),
                f"{draw.randrange(9000, 12000) / 100:.2f}",
            )
        for _ in range(8):
            grocer.sell(
                f"{prefix}driver{number}", draw.randrange(60), f"{draw.randrange(2000, 3000) / 100:.2f}", True
            )
        for _ in range(2):
            grocer.sell(
                f"{prefix}gone{number}", draw.randrange(250, 330), f"{draw.randrange(500, 1500) / 100:.2f}"
            )

"""A retailer outside the repository, refreshed from an installed wheel that is then upgraded."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.shop.commands import COPIED, Shop
from tests.shop.toys import SALES

from shopkeeper.console import guides
from shopkeeper.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow

TOY = PROJECT_ROOT / "retailers" / "toy_sales_only"
LOYAL_READERS = """\
-- One row per reader who bought more than once.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}

),

readers as (

    select
        customer_id,
        count(*) as transaction_count
    from transactions
    group by customer_id
    having count(*) > 1

)

select * from readers
"""
LOYAL_READERS_CONTRACT = """\
name: Loyal readers
version: 1.0.0
description: {purpose: Whom the shop invites to readings.}
schema:
  - name: loyal_readers
    description: One row per reader who bought more than once.
    customProperties:
      - {property: descriptionZh, value: 购买超过一次的每位读者一行。}
      - {property: purpose, value: precision marketing}
    properties:
      - {name: customer_id, description: 'Customer, a pseudonym.', logicalType: string, physicalType: VARCHAR, required: true, primaryKey: true, classification: personal, customProperties: [{property: descriptionZh, value: 顾客编号（假名）。}]}
      - {name: transaction_count, description: Purchases., logicalType: integer, physicalType: BIGINT, required: true, classification: internal, customProperties: [{property: descriptionZh, value: 购买次数。}]}
"""


def release(folder: Path, version: str, sales_channel: str | None = None) -> Path:
    """Build the wheel of a release; with `sales_channel`, one that changes what a canonical model says."""
    ignored = shutil.ignore_patterns("__pycache__", "dbt_packages", "target", "logs")
    for name in COPIED:
        shutil.copytree(PROJECT_ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(PROJECT_ROOT / name, folder / name)
    stated = folder / "plugins" / "shopkeeper" / "__init__.py"
    stated.write_text(stated.read_text().replace('__version__ = "', f'__version__ = "{version}" # "'))
    if sales_channel:
        model = folder / "dbt_project" / "models" / "core" / "sales" / "fct_transactions.sql"
        told, tells = "headers.sales_channel,", f"'{sales_channel}' as sales_channel,"
        assert told in model.read_text()
        model.write_text(model.read_text().replace(told, tells))
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist"]
    subprocess.run(build, cwd=folder, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def test_a_wheel_contains_every_runbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(release(tmp_path, "9.0.0")) as wheel:
        shipped = {name.partition("shipped/docs/")[2] for name in wheel.namelist() if "shipped/docs/" in name}
    assert shipped == guides.names()


def install(wheel: Path, environment: Path) -> None:
    """Install a wheel, or upgrade to it, without a network."""
    uv = [f"{sys.prefix}/bin/uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*uv, "--python", f"{environment}/bin/python", str(wheel)], check=True)


def changed_in_repository() -> str:
    """Return all that git sees changed in the repository."""
    asked = [["git", "status", "--porcelain"], ["git", "diff"]]
    return "".join(
        subprocess.run(a, cwd=PROJECT_ROOT, check=True, capture_output=True, text=True).stdout for a in asked
    )


def write_retailer(shop: Shop) -> None:
    """Give the bookshop his source, a mart of his own and a canonical mart that he words otherwise."""
    folder = Path(shop.retailer)
    assert shop.runs("retailer", "new", folder.name, "--folder", str(folder.parent)).returncode == 0
    for name in ("contracts", "dbt/models/staging"):
        shutil.copytree(TOY / name, folder / name, dirs_exist_ok=True)
    declared = yaml.safe_load((TOY / "retailer.yml").read_text()) | {"name": folder.name}
    (folder / "retailer.yml").write_text(yaml.safe_dump(declared))
    marts, contracts = folder / "dbt" / "models" / "marts", folder / "contracts" / "marts"
    marts.mkdir(parents=True)
    contracts.mkdir(parents=True)
    (marts / "loyal_readers.sql").write_text(LOYAL_READERS)
    (contracts / "loyal_readers.odcs.yaml").write_text(LOYAL_READERS_CONTRACT)
    canonical = PROJECT_ROOT / "dbt_project" / "models" / "marts" / "customers" / "customer_segments.sql"
    worded = "segments.* replace ('Readers: ' || segments.segment_name as segment_name)"
    (marts / "customer_segments.sql").write_text(canonical.read_text().replace("segments.*", worded))
    project = folder / "dbt" / "dbt_project.yml"
    override = "  shopkeeper: {marts: {customers: {customer_segments: {+enabled: false}}}}\n"
    project.write_text(project.read_text() + override)
    compiled = shop.runs("contracts", "compile")
    assert compiled.returncode == 0, compiled.stderr


@dataclass(frozen=True)
class Upgraded:
    """A shop refreshed from one release and then, with no new file, from the next."""

    shop: Shop
    site: Path
    wheel: Path
    first_channels: list[str]
    changed_before: str


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    root = tmp_path_factory.mktemp("installed")
    environment = root / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = (environment / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    before = changed_in_repository()
    install(release(root / "first", "7.0.0"), environment)
    books, python = root / "retailers" / "corner_books", environment / "bin" / "python"
    shop = Shop(str(books), root / "home", project=root, python=str(python))
    write_retailer(shop)
    shop.drops("shop/sales_2024-03.csv", SALES)
    shop.refreshes()
    channels = [name for (name,) in shop.asks("select distinct sales_channel from core.fct_transactions")]
    wheel = release(root / "second", "7.1.0", sales_channel="counter")
    install(wheel, environment)
    shop.refreshes()
    return Upgraded(shop, site, wheel, channels, before)


def test_an_upgrade_alone_rebuilds_what_a_canonical_model_says(upgraded: Upgraded) -> None:
    counted = upgraded.shop.asks("select sales_channel, count(*) from core.fct_transactions group by all")
    assert (upgraded.first_channels, counted) == (["store"], [("counter", 300)])


def test_a_retailers_own_mart_outlives_the_upgrade(upgraded: Upgraded) -> None:
    readers = "select count(*), sum(transaction_count) from marts.loyal_readers"
    assert upgraded.shop.asks(readers) == [(24, 240)]


def test_a_model_he_replaced_stays_his(upgraded: Upgraded) -> None:
    named = "select count(*) from marts.customer_segments where segment_name like 'Readers: %'"
    assert upgraded.shop.asks(named) == [(24,)]


def test_refreshes_write_neither_the_repository_nor_the_package(upgraded: Upgraded) -> None:
    assert changed_in_repository() == upgraded.changed_before
    with zipfile.ZipFile(upgraded.wheel) as shipped:
        package = {name for name in shipped.namelist() if name.startswith("shopkeeper/")}
    files = (path for path in (upgraded.site / "shopkeeper").rglob("*") if path.is_file())
    found = {path.relative_to(upgraded.site).as_posix() for path in files}
    assert {name for name in found if "__pycache__" not in name} == package


def test_after_an_upgrades_refresh_nothing_is_new(upgraded: Upgraded) -> None:
    assert "nothing is new" in upgraded.shop.runs("refresh", "--local").stdout

"""The shop with nothing but sales: it publishes, and says what is off."""

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.retailers.laws import Laws, Toy, raised
from tests.shop.commands import Shop
from tests.shop.toys import SALES, SALES_DAYS, SALES_WITH_FAULTS, sale


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory, nurseries: Callable[[str], Nursery]) -> Toy:
    folder = tmp_path_factory.mktemp("sales_only")
    return raised("toy_sales_only", SALES_DAYS, SALES_WITH_FAULTS, folder, nurseries("toy_sales_only"))


@pytest.fixture(scope="module")
def shop(toy: Toy) -> Shop:
    return toy.shop


class TestLaws(Laws):
    """Nothing but sales."""


def test_sales_without_a_card_count_and_belong_to_nobody(shop: Shop) -> None:
    assert shop.asks("select count(*) from core.fct_transactions") == [(300,)]
    assert shop.asks("select count(*) from features.feat_customers__transactions") == [(240,)]


def test_every_buyer_has_a_segment(shop: Shop) -> None:
    assert shop.asks("select count(*) from marts.customer_segments") == [(24,)]


def test_a_customer_has_no_column_that_nobody_delivers(shop: Shop) -> None:
    columns = {name for name, *_ in shop.asks("describe marts.customer_360")}
    assert {"recency_day_count", "net_amount", "segment_name"} <= columns
    assert not columns & {"age_band", "campaign_count", "feedback_count", "own_brand_line_rate"}


def test_the_version_says_what_is_off_and_why(shop: Shop) -> None:
    manifest = json.loads((shop.home / "published" / "current" / "manifest.json").read_text())
    assert manifest["off"]["feat_customers__payments"] == "payments"
    assert "channel_attribution" in manifest["off"]


def test_a_home_of_one_retailer_refuses_another(shop: Shop) -> None:
    refused = Shop("toy_everything", shop.home).runs("refresh", "--local")
    assert refused.returncode == 2
    assert "holds the data of toy_sales_only" in refused.stderr


def test_an_unknown_retailer_is_one_line(tmp_path: Path) -> None:
    refused = Shop("nobody", tmp_path / "home").runs("refresh", "--local")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


@pytest.mark.slow
def test_another_days_sales_under_an_old_name_are_held(toy: Toy, tmp_path: Path) -> None:
    shop = Shop(toy.name, tmp_path / "home")
    shutil.copytree(toy.scene.undisturbed, shop.home, symlinks=True)
    shop.drops("shop/sales_3.csv", [sale(number) for number in range(300, 420)])
    assert "100 rows → 120" in shop.runs("refresh", "--dry-run").stdout
    done = shop.runs("refresh", "--local")
    assert "1 landed files are held; `shopkeeper batches list` says why" in done.stdout
    assert shop.asks("select count(*) from core.fct_transactions") == [(300,)]
    assert "100% of the keys of the file that it would replace" in shop.runs("batches", "list").stdout


@pytest.mark.slow
def test_a_shop_that_knows_nobody_publishes(tmp_path: Path) -> None:
    shop = Shop("toy_sales_only", tmp_path / "home")
    shop.drops("shop/sales_2024-03.csv", [{**sold, "reader_card": ""} for sold in SALES])
    shop.refreshes()
    assert shop.asks("select count(*) from core.fct_transactions") == [(300,)]
    assert shop.asks("select count(*) from marts.customer_360") == [(0,)]


@pytest.mark.slow
def test_a_restored_home_goes_on_and_forgets_whom_it_must(toy: Toy, tmp_path: Path) -> None:
    folder, keys = str(tmp_path / "disk" / "backup"), str(tmp_path / "safe" / "keys.tar")
    assert toy.shop.runs("backup", folder, "--keys", keys).returncode == 0
    restored = Shop(toy.name, tmp_path / "home")
    assert restored.runs("restore", folder, "--keys", keys).returncode == 0
    assert "are what was written" in restored.runs("verify").stdout
    assert restored.contents("core", "features", "marts") == toy.shop.contents("core", "features", "marts")
    erased = restored.runs("privacy", "erase", "--system", "shop", "--number", "C7", "--reason", "asked")
    assert erased.returncode == 0, erased.stderr
    toy.refreshes(restored, {"shop/sales_2024-04.csv": [sale(number) for number in range(300, 330)]})
    assert restored.asks("select count(*) from core.fct_transactions") == [(330,)]
    customers = [customer for (customer,) in restored.asks("select customer_id from marts.customer_360")]
    assert any(customer.endswith("C8") for customer in customers)
    assert not [customer for customer in customers if customer.endswith("C7")]


@pytest.mark.slow
def test_segments_keep_their_numbers_without_any_version(toy: Toy, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(toy.scene.undisturbed, home, symlinks=True)
    shutil.rmtree(home / "published")
    toy.refreshes(Shop(toy.name, home), {})
    assert Shop(toy.name, home).contents("marts") == toy.shop.contents("marts")


@pytest.mark.slow
def test_a_rebuild_that_learned_nothing_only_renames_segments(toy: Toy, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(toy.scene.undisturbed, home, symlinks=True)
    for lost in ("published", "learned"):
        shutil.rmtree(home / lost)
    toy.refreshes(Shop(toy.name, home), {})
    group = "select list(customer_id order by customer_id) from marts.customer_segments group by segment_id"
    assert sorted(Shop(toy.name, home).asks(group)) == sorted(toy.shop.asks(group))


CARDS = ("O'Brien; --", '"100%" _', "全程旅程 超市", "a,b")


@pytest.mark.slow
def test_a_customer_of_any_name_is_traced(toy: Toy, tmp_path: Path) -> None:
    shop = Shop(toy.name, tmp_path / "home")
    cards = (CARDS[number % len(CARDS)] for number in range(len(SALES)))
    sales = [{**sold, "reader_card": card} for sold, card in zip(SALES, cards, strict=True)]
    toy.refreshes(shop, {"shop/sales_2024-03.csv": sales})
    customers = [customer for (customer,) in shop.asks("select customer_id from marts.customer_360")]
    for card in CARDS:
        (customer,) = (each for each in customers if each.endswith(card))
        told = shop.traces("customer_360", customer, "net_amount")
        (lines,) = (each for each in told["lines"] if each["table"] == "input.transaction_lines")
        assert {row["standing"] for row in lines["rows"]} == {"counts"}
        assert sum(Decimal(row["net_amount"]) for row in lines["rows"]) == Decimal(told["value"])
        assert [sales[row["line"] - 2]["reader_card"] for row in lines["rows"]] == [card] * 75

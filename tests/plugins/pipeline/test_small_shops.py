"""Shops smaller than the platform was designed for: tills alone, a handful of customers, returned goods."""

import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.local_airflow import summary
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.pipeline import builds
from shopkeeper.retailers import retailer

HEADER = (
    "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,"
    "week,transaction_timestamp,returned_basket_id"
)


def sale(
    household: int, day: int, price: str, discount: str = "0.00", quantity: int = 1, returned: str = ""
) -> str:
    """One line of a till, in a basket of its own."""
    basket = household * 100 + day + (50 if returned else 0)
    time = f"2017-01-{day:02}T10:00:00-05:00"
    return f"{household},1,{basket},500,{quantity},{price},{discount},0.00,0.00,2,{time},{returned}"


def drop(home: Path, week: int, *lines: str) -> None:
    path = home / "inbox" / "pos" / f"transaction_lines_2017_week_{week:02}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in (HEADER, *lines)).encode(), mtime=0))


def told(home: Path) -> dict:
    version = warehouse.current(Home(home))
    assert version is not None
    return json.loads((BuildPaths(home / "published" / version).scores / "segmentation.json").read_text())


@pytest.mark.slow
def test_a_retailer_without_campaigns_or_lists_publishes(tmp_path, nursery):
    home = tmp_path / "home"
    buyers = [sale(100 + n, 2 + day, f"{2 + n / 2 + day:.2f}") for n in range(12) for day in range(1 + n % 4)]
    only_gave_back = sale(201, 3, "-4.00", quantity=-1, returned="9")
    only_took_what_was_free = sale(202, 3, "0.00", discount="3.00")
    gave_back_more_than_it_paid = [
        sale(203, 3, "5.00", discount="5.00"),
        sale(203, 4, "-9.00", quantity=-1, returned="9"),
    ]
    drop(home, 2, *buyers, only_gave_back, only_took_what_was_free, *gave_back_more_than_it_paid)
    child = nursery.refresh(home)
    assert child.end() == 0, child.message
    bought = warehouse.query(
        Home(home),
        "select customer_id, net_amount, loyalty_discount_rate, segment_id from marts.customer_360",
    ).to_pylist()
    without = {row["customer_id"] for row in bought if row["segment_id"] is None}
    assert (len(bought), without) == (15, {"201", "202"})
    (gave_back,) = (row for row in bought if row["customer_id"] == "203")
    assert (str(gave_back["net_amount"]), gave_back["loyalty_discount_rate"]) == ("-4.00", 0.5)
    campaigns = warehouse.query(
        Home(home), "select count(*) as n from marts.campaign_performance"
    ).to_pylist()
    assert campaigns == [{"n": 0}]


@pytest.mark.slow
def test_the_first_three_customers_are_one_segment_until_more_come(tmp_path, nursery):
    home = tmp_path / "home"
    drop(home, 2, *(sale(100 + n, 3, f"{2 + n}.50") for n in range(3)))
    child = nursery.refresh(home)
    assert child.end() == 0, child.message
    assert told(home)["segments"] == [
        {"segment_id": "1", "segment_name": "All customers", "customer_count": 3}
    ]
    assert told(home)["why_one_segment"] == (
        "one segment holds all: groups need 4 customers or more, and 3 bought"
    )
    console = Console(file=StringIO(), width=200)
    summary.show(Home(home), warehouse.manifest(Home(home)), summary.Duration(9.0, 8.0), "", console)
    assert told(home)["why_one_segment"] in console.file.getvalue()
    drop(home, 3, *(sale(200 + n, 9 + n % 4, f"{2 + n * 9 % 17}.50") for n in range(30)))
    child = nursery.refresh(home)
    assert child.end() == 0, child.message
    assert "groups need 4 customers" not in (told(home)["why_one_segment"] or "")
    assert sum(each["customer_count"] for each in told(home)["segments"]) == 33


def test_a_retailer_who_delivers_no_lines_is_told_so(tmp_path, monkeypatch):
    orders_only = retailer().model_copy(update={"systems": {"web": ("transactions",)}})
    monkeypatch.setattr(builds, "retailer", lambda: orders_only)
    with pytest.raises(UserError, match="delivers transaction_lines: write stg_"):
        builds.begin(Home(tmp_path))

"""The step that attributes sales: every cent of revenue is credited, whatever the model."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shopkeeper.contracts import catalog
from shopkeeper.pipeline import attribution
from shopkeeper.science.attribution import paths_from_touches


def attribute(grocer):
    build = grocer.build(1)
    told = attribution.attribute_sales(grocer.home, build.root.name)
    return build, told


def credits(build, name):
    key = {"channel_credits": "channel", "campaign_credits": "campaign_id"}[name]
    rows = pq.read_table(build.scores / f"{name}.parquet").to_pylist()
    return {(row["attribution_model"], row[key]): row["credited_amount"] for row in rows}


def a_month_of_campaigns(grocer):
    grocer.touch("718", 20, "mail_type_a", "18")
    grocer.touch("718", 12, "coupon", "18")
    grocer.touch("718", 10, "display")
    grocer.sell("718", 10, "33.33")
    grocer.touch("1228", 15, "mail_type_b", "22")
    grocer.sell("1228", 9, "10.01")
    grocer.touch("1404", 80, "mail_type_a", "18")
    grocer.sell("1404", 1, "7.77")
    grocer.sell(None, 2, "5.00")


@pytest.mark.parametrize("model", attribution.MODELS)
def test_credit_is_revenue_to_the_cent(grocer, model):
    a_month_of_campaigns(grocer)
    build, told = attribute(grocer)
    credited = [amount for (name, _), amount in credits(build, "channel_credits").items() if name == model]
    assert sum(credited) == Decimal("56.11") == Decimal(told["revenue"])


def test_sales_that_nothing_touched_in_time_are_nobody_s(grocer):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    assert credits(build, "channel_credits")["last", "no_touch"] == Decimal("12.77")


def test_first_and_last_touch_name_the_ends_of_the_path(grocer):
    a_month_of_campaigns(grocer)
    found = credits(attribute(grocer)[0], "channel_credits")
    assert found["first", "mail_type_a"] == Decimal("33.33")
    assert found["last", "display"] == Decimal("33.33")


def test_a_campaign_earns_what_its_own_touches_earn(grocer):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    found = credits(build, "campaign_credits")
    assert found["linear", "18"] == Decimal("22.22")
    assert found["linear", "22"] == Decimal("10.01")


def test_a_refund_is_no_conversion(grocer):
    a_month_of_campaigns(grocer)
    grocer.sell("718", 3, "-33.33")
    build, _ = attribute(grocer)
    assert credits(build, "channel_credits")["last", "display"] == Decimal("33.33")


def test_the_tables_have_the_columns_that_their_contracts_promise(grocer):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    for name in ("channel_credits", "campaign_credits"):
        promised = [column.name for column in catalog().contract("scores", name).columns]
        assert pq.read_table(build.scores / f"{name}.parquet").column_names == promised


def test_without_any_touch_every_model_still_credits_all_revenue(grocer):
    grocer.sell("718", 3, "33.33")
    build, _ = attribute(grocer)
    found = credits(build, "channel_credits")
    assert found == {(model, "no_touch"): Decimal("33.33") for model in attribution.MODELS}


@pytest.mark.parametrize("model", attribution.MODELS)
def test_a_campaigns_credit_has_the_same_digits_in_whatever_order_rows_come(model):
    rng = np.random.default_rng(2017)
    count = 80_000
    touches = pa.table(
        {
            "customer_id": rng.integers(8_000, size=count).astype(str),
            "touched_at": pa.array(rng.integers(365 * 86_400, size=count), pa.timestamp("s")),
            "channel": rng.choice(["mail_type_a", "mail_type_b", "coupon", "display"], count),
            "touch_id": np.arange(count).astype(str),
            "campaign_id": rng.integers(1, 27, size=count).astype(str),
        }
    )
    sales = pa.table(
        {
            "customer_id": rng.integers(8_000, size=count).astype(str),
            "converted_at": pa.array(rng.integers(365 * 86_400, size=count), pa.timestamp("s")),
            "conversion_id": np.arange(count).astype(str),
            "value": pa.array(rng.integers(1, 10_000, size=count)).cast(pa.decimal128(19, 0)),
        }
    )
    campaigns = touches.select(["touch_id", "campaign_id"])
    credited = []
    for _ in range(2):
        touches, sales = (table.take(rng.permutation(count)) for table in (touches, sales))
        paths = paths_from_touches(touches.drop_columns("campaign_id"), sales, lookback=attribution.LOOKBACK)
        credited.append(attribution._campaign_credits(paths, campaigns, model))
        campaigns = campaigns.take(rng.permutation(count))
    assert credited[0].equals(credited[1])

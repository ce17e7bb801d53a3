"""The step that attributes sales: every attribution model credits every cent of revenue."""

from collections import defaultdict
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


def credits(build):
    """Return the amount by attribution model and channel."""
    found = defaultdict(Decimal)
    for row in pq.read_table(build.score("touch_credits")).to_pylist():
        found[row["attribution_model"], row["channel"]] += row["credited_amount"]
    return dict(found)


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
    credited = [amount for (name, _), amount in credits(build).items() if name == model]
    assert sum(credited) == Decimal("56.11") == Decimal(told["revenue"])


def test_sales_that_nothing_touched_in_time_are_nobody_s(grocer):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    assert credits(build)["last", "no_touch"] == Decimal("12.77")


def test_first_and_last_touch_name_the_ends_of_the_path(grocer):
    a_month_of_campaigns(grocer)
    found = credits(attribute(grocer)[0])
    assert found["first", "mail_type_a"] == Decimal("33.33")
    assert found["last", "display"] == Decimal("33.33")


@pytest.mark.parametrize("model", attribution.MODELS)
def test_the_touches_of_a_sale_earn_all_of_it(grocer, model):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    rows = [
        row
        for row in pq.read_table(build.score("touch_credits")).to_pylist()
        if row["attribution_model"] == model
    ]
    earned = defaultdict(Decimal)
    for row in rows:
        earned[row["transaction_id"]] += row["credited_amount"]
    assert sorted(earned.values()) == [Decimal(each) for each in ("5.00", "7.77", "10.01", "33.33")]
    assert sorted(row["touch_number"] for row in rows) == [0, 0, 1, 1, 2, 3]
    assert all((row["touchpoint_id"] is None) == (row["touch_number"] == 0) for row in rows)


def test_a_refund_is_no_conversion(grocer):
    a_month_of_campaigns(grocer)
    grocer.sell("718", 3, "-33.33")
    build, _ = attribute(grocer)
    assert credits(build)["last", "display"] == Decimal("33.33")


def test_the_tables_have_the_columns_that_their_contracts_promise(grocer):
    a_month_of_campaigns(grocer)
    build, _ = attribute(grocer)
    promised = [column.name for column in catalog().contract("scores", "touch_credits").columns]
    assert pq.read_table(build.score("touch_credits")).column_names == promised


def test_without_any_touch_every_model_still_credits_all_revenue(grocer):
    grocer.sell("718", 3, "33.33")
    build, _ = attribute(grocer)
    found = credits(build)
    assert found == {(model, "no_touch"): Decimal("33.33") for model in attribution.MODELS}


@pytest.mark.slow
@pytest.mark.parametrize("model", attribution.MODELS)
def test_credits_are_the_same_whatever_order_rows_come_in(model):
    rng = np.random.default_rng(2017)
    count = 80_000
    touches = pa.table(
        {
            "customer_id": rng.integers(8_000, size=count).astype(str),
            "touched_at": pa.array(rng.integers(365 * 86_400, size=count), pa.timestamp("s")),
            "channel": rng.choice(["mail_type_a", "mail_type_b", "coupon", "display"], count),
            "touch_id": np.arange(count).astype(str),
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
    credited = []
    for _ in range(2):
        touches, sales = (table.take(rng.permutation(count)) for table in (touches, sales))
        paths = paths_from_touches(touches, sales, lookback=attribution.LOOKBACK)
        credited.append(attribution._touch_credits(paths, model))
    assert credited[0].equals(credited[1])

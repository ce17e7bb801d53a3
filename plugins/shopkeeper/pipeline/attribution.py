"""The step that credits sales to the channels and campaigns that touched their customers before.

The methods are in `science.attribution`; this module decides what counts as a touch and a conversion, and for
how long.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper import warehouse
from shopkeeper.contracts import catalog
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, Scores, scoring
from shopkeeper.retailers import retailer
from shopkeeper.science.attribution import Model, paths_from_touches, touch_credit
from shopkeeper.settings import settings

MODELS: tuple[Model, ...] = ("first", "last", "linear", "position", "time_decay", "markov")
LOOKBACK = timedelta(days=30)
MONEY = pa.decimal128(18, 2)
COUNT = pa.decimal128(18, 9)
"""Shares of a conversion: the sum of decimals does not depend on their order."""

TOUCHES = """
    select customer_id, touched_at, channel, touchpoint_id as touch_id
    from features.feat_attribution__touches
"""
CONVERSIONS = """
    select
        coalesce(customer_id, 'anonymous') as customer_id,
        converted_at,
        transaction_id as conversion_id,
        revenue_amount as value
    from features.feat_attribution__conversions
"""


SCORES = Scores(
    reads=lambda: ["features.feat_attribution__touches", "features.feat_attribution__conversions"],
    writes=("touch_credits.parquet",),
)


@scoring(SCORES)
def attribute_sales(home: Home, build_id: str) -> Facts:
    """Write `touch_credits`; return each channel's credit by Markov chain."""
    if not any(contract.table == "touch_credits" for contract in catalog().scores):
        return {"off": "nobody delivers what reaches customers"}
    with warehouse.connect_build(home, build_id) as connection:
        touches = connection.sql(TOUCHES).to_arrow_table()
        conversions = connection.sql(CONVERSIONS).to_arrow_table()
    paths = paths_from_touches(touches, conversions, lookback=LOOKBACK, memory_limit=settings().memory_limit)
    with ThreadPoolExecutor(settings().threads) as pool:
        by_model = dict(zip(MODELS, pool.map(partial(_touch_credits, paths), MODELS), strict=True))
    revenue = pc.sum(conversions["value"]).as_py() or 0
    for model, credited in by_model.items():
        if (pc.sum(credited["credited_amount"]).as_py() or 0) != revenue:
            raise ValueError(f"model {model} does not credit the revenue of {revenue} to the cent")
    pq.write_table(pa.concat_tables(by_model.values()), home.build(build_id).score("touch_credits"))
    by_channel = by_model["markov"].group_by("channel").aggregate([("credited_amount", "sum")])
    return {
        "conversions": conversions.num_rows,
        "revenue": str(revenue),
        "currency_code": retailer().currency_code,
        "touches": touches.num_rows,
        "channels": {
            row["channel"]: str(row["credited_amount_sum"])
            for row in by_channel.sort_by([("credited_amount_sum", "descending")]).to_pylist()
        },
    }


def _touch_credits(paths: pa.Table, model: Model) -> pa.Table:
    credited = touch_credit(paths, model)
    return pa.table(
        {
            "attribution_model": pa.repeat(model, credited.num_rows),
            "transaction_id": credited["conversion_id"],
            "touch_number": _places(credited),
            "touchpoint_id": credited["touch_id"],
            "channel": credited["channel"],
            "conversion_count": credited["conversions"].cast(COUNT),
            "credited_amount": credited["value"].cast(MONEY),
        }
    )


def _places(credited: pa.Table) -> pa.Array:
    """Return the place of each touch in its path, from 1; 0 if nothing touched the customer."""
    sale = credited["conversion_id"]
    begins = np.ones(credited.num_rows, bool)
    begins[1:] = pc.not_equal(sale.slice(1), sale.slice(0, max(0, len(sale) - 1))).to_numpy()
    row = np.arange(credited.num_rows)
    place = row - np.maximum.accumulate(np.where(begins, row, 0)) + 1
    return pa.array(np.where(pc.is_valid(credited["touch_id"]).to_numpy(), place, 0), pa.int32())

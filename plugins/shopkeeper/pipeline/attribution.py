"""The step that credits sales to the channels and campaigns that touched their customers before.

The methods are `science.attribution`'; this module decides what counts as a touch and a conversion, and for
how long.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper import warehouse
from shopkeeper.contracts import catalog
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, Scores, scoring
from shopkeeper.science.attribution import Model, credit, paths_from_touches, touch_credit
from shopkeeper.settings import settings

MODELS: tuple[Model, ...] = ("first", "last", "linear", "position", "time_decay", "markov")
LOOKBACK = timedelta(days=30)
MONEY = pa.decimal128(18, 2)

TOUCHES = """
    select customer_id, touched_at, channel, touchpoint_id as touch_id, campaign_id
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
    writes=("channel_credits.parquet", "campaign_credits.parquet"),
)


@scoring(SCORES)
def attribute_sales(home: Home, build_id: str) -> Facts:
    """Write ``channel_credits`` and ``campaign_credits``; return each channel's credit by Markov chain."""
    if not any(contract.table == "channel_credits" for contract in catalog().scores):
        return {"off": "nobody delivers what reaches customers"}
    with warehouse.connect_build(home, build_id) as connection:
        touches = connection.sql(TOUCHES).to_arrow_table()
        conversions = connection.sql(CONVERSIONS).to_arrow_table()
    paths = paths_from_touches(touches, conversions, lookback=LOOKBACK, memory_limit=settings().memory_limit)
    campaigns = touches.select(["touch_id", "campaign_id"]).filter(pc.is_valid(touches["campaign_id"]))
    with ThreadPoolExecutor(settings().threads) as pool:
        by_channel = dict(zip(MODELS, pool.map(partial(_channel_credits, paths), MODELS), strict=True))
        touched = paths.filter(pc.greater(pc.list_value_length(paths["touches"]), 0))
        by_campaign = dict(
            zip(MODELS, pool.map(partial(_campaign_credits, touched, campaigns), MODELS), strict=True)
        )
    revenue = pc.sum(conversions["value"]).as_py() or 0
    for model, credited in by_channel.items():
        if (pc.sum(credited["credited_amount"]).as_py() or 0) != revenue:
            raise ValueError(f"model {model} does not credit the revenue of {revenue} to the cent")
    build = home.build(build_id)
    pq.write_table(_stacked(by_channel), build.score("channel_credits"))
    pq.write_table(_stacked(by_campaign), build.score("campaign_credits"))
    return {
        "conversions": conversions.num_rows,
        "revenue": str(revenue),
        "touches": touches.num_rows,
        "channels": {
            row["channel"]: str(row["credited_amount"])
            for row in by_channel["markov"].sort_by([("credited_amount", "descending")]).to_pylist()
        },
    }


def _channel_credits(paths: pa.Table, model: Model) -> pa.Table:
    credited = credit(paths, model)
    return pa.table(
        {
            "channel": credited["channel"],
            "conversion_count": credited["conversions"],
            "credited_amount": credited["value"].cast(MONEY),
        }
    )


def _campaign_credits(paths: pa.Table, campaigns: pa.Table, model: Model) -> pa.Table:
    credited = touch_credit(paths, model)
    campaign = campaigns["campaign_id"].combine_chunks()
    place = pc.index_in(credited["touch_id"], value_set=campaigns["touch_id"].combine_chunks())
    # One thread: the order in which broken counts are added decides their last digit.
    rolled = (
        credited.append_column("campaign_id", campaign.take(place.combine_chunks()))
        .filter(pc.is_valid(place))
        .group_by("campaign_id", use_threads=False)
        .aggregate([("conversions", "sum"), ("value", "sum")])
        .sort_by("campaign_id")
    )
    return pa.table(
        {
            "campaign_id": rolled["campaign_id"],
            "conversion_count": rolled["conversions_sum"],
            "credited_amount": rolled["value_sum"].cast(MONEY),
        }
    )


def _stacked(by_model: dict[Model, pa.Table]) -> pa.Table:
    return pa.concat_tables(
        credited.add_column(0, "attribution_model", pa.array([model] * credited.num_rows, pa.string()))
        for model, credited in by_model.items()
    )

"""Draw the pictures of attribution and value for `docs/science.md` from the real year of Complete Journey.

Run it from the project: `PYTHONPATH=plugins:. .venv/bin/python docs/pictures/draw_attribution_and_value.py`.
"""

from datetime import date, timedelta
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from docs.grocer import ask

from shopkeeper.science.attribution import UNTOUCHED, Model, credit, paths_from_touches
from shopkeeper.science.value import fit_bg_nbd, summarize

HERE = Path(__file__).parent
MODELS: dict[Model, str] = {
    "first": "first touch",
    "last": "last touch",
    "linear": "linear",
    "position": "position 40-20-40",
    "time_decay": "time decay, 7 days",
    "shapley": "Shapley",
    "markov": "Markov chain",
}


def main() -> None:
    """Write `attribution.svg` and `value.svg` beside this file."""
    draw_attribution().save(HERE / "attribution.svg")
    draw_value().save(HERE / "value.svg")


def baskets() -> pa.Table:
    """Return one row per basket: household, time and net sales."""
    return ask(
        """
        select
            household_id as customer_id,
            basket_id as conversion_id,
            min(transaction_timestamp) as transacted_at,
            sum(sales_value)::decimal(18, 2) as amount,
        from '{data}/transactions.parquet'
        group by all
        """
    )


def touches() -> pa.Table:
    """Return mailings, at the start of their campaign, and coupon redemptions."""
    return ask(
        """
        with touched as (
            select
                household_id as customer_id,
                start_date::timestamp as touched_at,
                'mailing ' || lower(replace(campaign_type, 'Type ', 'type ')) as channel,
            from '{data}/campaigns.parquet'
            inner join '{data}/campaign_descriptions.parquet' using (campaign_id)
            union all
            select household_id, redemption_date::timestamp, 'coupon redeemed'
            from '{data}/coupon_redemptions.parquet'
        )
        select *, row_number() over (order by customer_id, touched_at, channel) as touch_id from touched
        """
    )


def draw_attribution() -> alt.Chart:
    """Draw how the models split the sales that followed a mailing or a coupon within 30 days."""
    sales = baskets().rename_columns(
        {
            "customer_id": "customer_id",
            "conversion_id": "conversion_id",
            "transacted_at": "converted_at",
            "amount": "value",
        }
    )
    paths = paths_from_touches(touches(), sales, lookback=timedelta(days=30), reuse=True)
    found = []
    for model, name in MODELS.items():
        credited = credit(paths, model).to_pandas()
        credited = credited[credited.channel != UNTOUCHED]
        share = credited.value.astype(float) / float(credited.value.sum())
        found.append(pd.DataFrame({"model": name, "channel": credited.channel, "share": share}))
    shares = pd.concat(found)
    touched = pc.greater(pc.list_value_length(paths["touches"]), 0)
    followed = pc.sum(paths["value"].filter(touched)).as_py()
    title = alt.Title(
        "Who earned the sale? It depends on whom you ask",
        subtitle=f"{followed:,.0f} dollars of sales within 30 days of a mailing or coupon, by seven models",
        anchor="start",
    )
    base = alt.Chart(shares).encode(
        x=alt.X("share", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("model", title=None, sort=list(MODELS.values())),
    )
    bars = base.mark_bar().encode(color=alt.Color("channel", title=None, scale=alt.Scale(scheme="tableau10")))
    return bars.properties(width=520, height=alt.Step(28), title=title)


def draw_value() -> alt.Chart:
    """Draw expected and real purchases of the last four months, by tenth of households."""
    seen, later = (
        summarize(baskets(), until=until, unit="week") for until in (date(2017, 8, 31), date(2017, 12, 31))
    )
    now = later["frequency"].take(pc.index_in(seen["customer_id"], later["customer_id"]))
    happened = pc.fill_null(now, 0).to_numpy() - seen["frequency"].to_numpy()
    expected = fit_bg_nbd(seen).expected_transactions(seen, 122 / 7)
    tenths = np.array_split(np.argsort(-expected, kind="stable"), 10)
    points = pd.DataFrame(
        {
            "tenth": [*range(1, 11)] * 2,
            "purchases": [of[members].mean() for of in (expected, happened) for members in tenths],
            "what": ["expected from the first eight months"] * 10 + ["happened"] * 10,
        }
    )
    title = alt.Title(
        "What the model expected, and what came",
        subtitle="Shopping days a household, September to December; households in tenths by expectation",
        anchor="start",
    )
    return (
        alt.Chart(points)
        .mark_bar()
        .encode(
            x=alt.X("tenth:O", title="tenth of households, best first", axis=alt.Axis(labelAngle=0)),
            xOffset="what",
            y=alt.Y("purchases", title="shopping days a household"),
            color=alt.Color(
                "what",
                title=None,
                scale=alt.Scale(range=["#4c78a8", "#f58518"]),
                legend=alt.Legend(orient="top"),
            ),
        )
        .properties(width=520, height=260, title=title)
    )


if __name__ == "__main__":
    main()

"""Draw the pictures of segments and baskets for `docs/science.md` from the real year of Complete Journey.

Run it from the project: `PYTHONPATH=plugins:. .venv/bin/python docs/pictures/draw_segments_and_baskets.py`.
"""

from pathlib import Path

import altair as alt
import pyarrow.compute as pc
from docs.grocer import HABITS, ask

from shopkeeper.science.baskets import pair_rules
from shopkeeper.science.segments import cluster

HERE = Path(__file__).parent


def main() -> None:
    """Write `segments.svg` and `baskets.svg` beside this file."""
    draw_segments().save(HERE / "segments.svg")
    draw_baskets().save(HERE / "baskets.svg")


def draw_segments() -> alt.Chart:
    """Draw how far each segment stands from the average household, feature by feature."""
    clustering = cluster(ask(HABITS), k=range(3, 9), seed=20170101)
    portraits = clustering.portraits.to_pandas()
    portraits["segment"] = portraits.segment_name + portraits.customer_count.map("  ({:,})".format)
    portraits["feature"] = portraits.feature_name.str.replace("_", " ")
    portraits["value"] = [
        f"{value:.1%}" if name.endswith("share") else f"{value:,.0f}"
        for name, value in zip(portraits.feature_name, portraits.centroid, strict=True)
    ]
    base = alt.Chart(portraits).encode(
        x=alt.X("feature", title=None, sort=None, axis=alt.Axis(labelAngle=-30, orient="top")),
        y=alt.Y(
            "segment", title=None, sort=portraits.segment.unique().tolist(), axis=alt.Axis(labelLimit=320)
        ),
    )
    color = alt.Color(
        "standardized_difference",
        title=["below or above", "all households"],
        scale=alt.Scale(scheme="blueorange", domain=[-1.5, 1.5], clamp=True),
    )
    text = alt.condition("abs(datum.standardized_difference) > 1", alt.value("white"), alt.value("#222"))
    cells = base.mark_rect().encode(color=color)
    words = base.mark_text(fontSize=12).encode(text="value", color=text)
    title = alt.Title(
        "Who shops here",
        subtitle="Mean of each segment in plain units; colour: how far from all households",
        anchor="start",
    )
    return (cells + words).properties(width=560, height=alt.Step(38), title=title)


def draw_baskets() -> alt.Chart:
    """Draw the strongest sure pairs of product categories."""
    lines = ask(
        """
        select basket_id as transaction_id, product_category as product_id
        from lines
        where product_category is not null and product_category not like 'COUPON%'
        """
    )
    found = pair_rules(lines, min_support=0.005, min_confidence=0.2)
    sure = found.filter(pc.less(found["adjusted_p_value"], 0.01)).slice(0, 14).to_pandas()
    sure["rule"] = sure.antecedent.str.lower() + "  →  " + sure.consequent.str.lower()
    sure["share"] = sure.confidence.map("{:.0%}".format)
    base = alt.Chart(sure).encode(
        y=alt.Y("rule", title=None, sort=None, axis=alt.Axis(labelLimit=420)),
        x=alt.X("lift", title="times as likely as in any basket (lift)"),
    )
    title = alt.Title(
        "What goes into one basket",
        subtitle="Beside each bar: of the baskets with the first, the share that hold the second too",
        anchor="start",
    )
    bars = base.mark_bar(color="#4c78a8")
    words = base.mark_text(align="left", dx=4).encode(text="share")
    return (bars + words).properties(width=420, height=alt.Step(20), title=title)


if __name__ == "__main__":
    main()

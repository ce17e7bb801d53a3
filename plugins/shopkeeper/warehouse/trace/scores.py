"""What each score was computed from, and which rows of that are a customer's own.

A score is computed in Python from whole tables, so that no single row made it: its population is named. The
pipeline's steps read these tables; a test holds both lists together.
"""

from dataclasses import dataclass

from shopkeeper.retailers import retailer

IDENTIFIED = ("customers", "transactions", "campaign_sends", "coupon_redemptions", "touchpoints", "feedback")


@dataclass(frozen=True)
class Scored:
    """The step that computed a score, the tables that it read, and the columns of them that it used."""

    step: str
    tables: dict[str, tuple[str, ...]]
    own: tuple["Own", ...] = ()


@dataclass(frozen=True)
class Own:
    """Rows of a table that belong to a row of a score, by columns that are equal."""

    table: str
    of_score: tuple[str, ...]
    of_table: tuple[str, ...]


def scored(score: str) -> Scored | None:
    """Return how a score, `scores.<name>`, came about; None for a name that is no score."""
    identifier = ("identifier_type", "identifier_value")
    linked = ("linked_identifier_type", "linked_identifier_value")
    conversions = {"features.feat_attribution__conversions": ("revenue_amount",)}
    sale = ("transaction_id",)
    credited = Scored(
        "attribute_sales",
        {**conversions, "features.feat_attribution__touches": ("channel",)},
        (Own("features.feat_attribution__conversions", sale, sale),),
    )
    features: dict[str, tuple[str, ...]] = {
        "features.feat_customers__transactions": ("transaction_date", "revenue_amount")
    }
    for name in retailer().segment_features:
        table, _, column = name.partition(".")
        features[f"features.{table}"] = (*features.get(f"features.{table}", ()), column)
    customers = tuple(Own(table, ("customer_id",), ("customer_id",)) for table in features)
    links = tuple(Own("input.customer_identifiers", identifier, side) for side in (identifier, linked))
    return {
        "scores.touch_credits": credited,
        "scores.customer_segments": Scored("segment_customers", features, customers),
        "scores.segment_profiles": Scored("segment_customers", features),
        "scores.customer_identities": Scored(
            "resolve",
            {
                "input.customer_identifiers": (*identifier, *linked),
                **{f"input.{table}": identifier for table in IDENTIFIED},
            },
            links,
        ),
    }.get(score)

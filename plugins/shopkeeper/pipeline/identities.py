"""The step that resolves identities; the method is in `identity`."""

import pyarrow.parquet as pq

from shopkeeper import warehouse
from shopkeeper.identity import link_identifiers
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, Scores, scoring
from shopkeeper.retailers import retailer

MENTIONING = (
    "customers",
    "transactions",
    "campaign_sends",
    "coupon_redemptions",
    "touchpoints",
    "feedback",
)
"""The input tables with an identifier of a person."""

SCORES = Scores(
    reads=lambda: [f"input.{table}" for table in (*MENTIONING, "customer_identifiers")],
    writes=("customer_identities.parquet",),
)


@scoring(SCORES)
def resolve(home: Home, build_id: str) -> Facts:
    """Find out who is who."""
    identifier = (
        "select distinct identifier_type, identifier_value from input.{} where identifier_value is not null"
    )
    with warehouse.connect_build(home, build_id) as connection:
        mentioned = connection.sql(
            " union ".join(identifier.format(table) for table in MENTIONING)
        ).to_arrow_table()
        links = connection.sql("select * from input.customer_identifiers").to_arrow_table()
    identities = link_identifiers(mentioned, links, retailer().identifiers)
    pq.write_table(identities, home.build(build_id).score("customer_identities"))
    return {"identifiers": identities.num_rows, "customers": len(identities["customer_id"].unique())}

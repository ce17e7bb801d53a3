"""The steps of one refresh, in the data's order.

Thin on purpose: a step names its room and hands over the build. Imports stay inside, because DAG files import
this module.
"""

from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, require_one_inbox, step, writing

MENTIONING = (
    "customers",
    "transactions",
    "campaign_sends",
    "coupon_redemptions",
    "touchpoints",
    "feedback",
)
"""The input tables that show an identifier of a person."""


def land(home: Home) -> Facts:
    """Take what lies in the inbox into raw and quarantine."""
    from shopkeeper import landing

    with writing(home):
        require_one_inbox(home)
        return landing.land(home).facts()


def begin(home: Home, full: bool = False) -> Facts | None:
    """Begin a build; None where the published version contains all that counts."""
    from shopkeeper import warehouse

    with writing(home):
        build_id = warehouse.begin(home, full)
        if build_id is None:
            return None
        begun = warehouse.describe(home, build_id)
    return {
        "build_id": begun.build_id,
        "base_version": begun.base_version,
        "as_of_date": begun.as_of_date,
        "is_full": begun.is_full,
    }


@step
def gate_sources(home: Home, build_id: str) -> Facts:
    """Hold the new batches against what their producers promised."""
    return _gate(home, build_id, "sources")


@step
def standardize(home: Home, build_id: str) -> Facts:
    """Bring every source to the canonical input tables."""
    return _dbt(home, build_id, "standardize")


@step
def resolve(home: Home, build_id: str) -> Facts:
    """Find out who is who."""
    import pyarrow.parquet as pq

    from shopkeeper import warehouse
    from shopkeeper.identity import link_identifiers
    from shopkeeper.retailers import retailer

    identifier = (
        "select distinct identifier_type, identifier_value from input.{} where identifier_value is not null"
    )
    with warehouse.connect_build(home, build_id) as connection:
        mentioned = connection.sql(
            " union ".join(identifier.format(table) for table in MENTIONING)
        ).to_arrow_table()
        links = connection.sql("select * from input.customer_identifiers").to_arrow_table()
    identities = link_identifiers(mentioned, links, retailer().identifiers)
    pq.write_table(identities, home.build(build_id).scores / "customer_identities.parquet")
    return {"identifiers": identities.num_rows, "customers": len(identities["customer_id"].unique())}


@step
def integrate(home: Home, build_id: str) -> Facts:
    """Build the facts, dimensions and features of the business."""
    return _dbt(home, build_id, "integrate")


@step
def gate_features(home: Home, build_id: str) -> Facts:
    """Hold the features against what the models were made for."""
    return _gate(home, build_id, "features")


@step
def segment_customers(home: Home, build_id: str) -> Facts:
    """Score and group the customers."""
    from shopkeeper.pipeline.segmentation import segment_customers

    return segment_customers(home, build_id)


@step
def attribute_sales(home: Home, build_id: str) -> Facts:
    """Credit sales to the channels and campaigns that touched their customers before."""
    from shopkeeper.contracts import catalog

    if not any(contract.table == "channel_credits" for contract in catalog().scores):
        return {"off": "nobody delivers what reaches customers"}
    from shopkeeper.pipeline.attribution import attribute_sales

    return attribute_sales(home, build_id)


@step
def gate_scores(home: Home, build_id: str) -> Facts:
    """Hold the scores against what a score may look like."""
    return _gate(home, build_id, "scores")


@step
def serve(home: Home, build_id: str) -> Facts:
    """Build the marts that readers use."""
    return _dbt(home, build_id, "serve")


@step
def gate_marts(home: Home, build_id: str) -> Facts:
    """Hold the marts against what their readers were promised."""
    return _gate(home, build_id, "marts")


@step
def document(home: Home, build_id: str) -> Facts:
    """Write the build's documentation, without a personal value in it."""
    from shopkeeper import quality
    from shopkeeper.dbt_runner import runs as dbt_runs

    docs = home.build(build_id).docs
    dbt_runs.document(home, build_id, docs / "dbt")
    quality.write_data_docs(home.build(build_id))
    return {"pages": sum(1 for _ in docs.rglob("*.html"))}


def publish(home: Home, build_id: str) -> Facts:
    """Let readers see the build, all of it in one instant."""
    from shopkeeper import warehouse

    with writing(home):
        manifest = warehouse.publish(home, build_id)
    rows = sum(table["row_count"] for table in manifest["tables"].values())
    return {"version": manifest["version"], "tables": len(manifest["tables"]), "rows": rows}


def _dbt(home: Home, build_id: str, selector: str) -> Facts:
    from shopkeeper.dbt_runner import runs as dbt_runs

    return dbt_runs.run(home, build_id, selector)


def _gate(home: Home, build_id: str, name: str) -> Facts:
    from shopkeeper import quality

    result = quality.gate(name, home.build(build_id))
    warnings = [rule.rule for rule in result.rules if not rule.has_passed]
    return {"rules": len(result.rules), "warnings": warnings}


STEPS = (
    gate_sources,
    standardize,
    resolve,
    integrate,
    gate_features,
    segment_customers,
    attribute_sales,
    gate_scores,
    serve,
    gate_marts,
    document,
    publish,
)
"""The steps of a build, after `land` and `begin`."""

"""Refresh the warehouse from everything that has landed.

Promise: the published version is complete or untouched. Where nothing is new, all after `begin` is skipped.

*Triage:* a red gate or model is a fault of the data or its definition; its log shows the rows
(docs/runbooks/a-gate-failed.md). Anything else: run it again, that is safe
(docs/runbooks/run-a-refresh-again.md).
"""

from airflow.sdk import Param, chain, dag
from airflow.timetables.assets import AssetOrTimeSchedule

from shopkeeper.orchestration.assets import FEATURES, INBOX, MARTS, PUBLISHED, SCORES, SOURCES
from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS, NIGHTLY, Tag
from shopkeeper.orchestration.dag_tasks import begin, dbt_models, gate, land, step


@dag(
    schedule=AssetOrTimeSchedule(timetable=NIGHTLY, assets=[INBOX]),
    params={"full": Param(False, type="boolean", description="Rebuild all from raw.")},
    tags=[Tag.REFRESH],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def refresh_warehouse() -> None:
    """Put the steps into the data's order."""
    chain(
        land(),
        begin(),
        gate("gate_sources", announces=[SOURCES]),
        dbt_models("standardize"),
        step("resolve"),
        dbt_models("integrate"),
        gate("gate_features", announces=[FEATURES]),
        [step("segment_customers"), step("attribute_sales")],
        gate("gate_scores", announces=[SCORES]),
        dbt_models("serve"),
        gate("gate_marts", announces=[MARTS]),
        step("document"),
        step("publish", announces=[PUBLISHED]),
    )


refresh_warehouse()

"""Refresh the warehouse from everything that has landed.

Promise: the published version is complete or untouched. Where nothing is new, all after `begin` is skipped.

*Triage:* a red gate or model is a fault of the data or its definition; its log shows the rows
(docs/runbooks/a-gate-failed.md). Anything else: run it again, that is safe
(docs/runbooks/run-a-refresh-again.md).
"""

from airflow.sdk import Param, chain, dag
from airflow.timetables.assets import AssetOrTimeSchedule

from shopkeeper.orchestration.assets import INBOX
from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS, NIGHTLY, Tag
from shopkeeper.orchestration.dag_tasks import stages
from shopkeeper.orchestration.messages import notifiers


@dag(
    schedule=AssetOrTimeSchedule(timetable=NIGHTLY, assets=[INBOX]),
    params={"full": Param(False, type="boolean", description="Rebuild all from raw.")},
    tags=[Tag.REFRESH],
    description="Every night at 03:00 UTC, and when files arrive: from the inbox to a version",
    on_failure_callback=notifiers(has_failed=True),
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def refresh_warehouse() -> None:
    """Perform the steps of `pipeline.registry`, stage after stage."""
    chain(*stages())


refresh_warehouse()

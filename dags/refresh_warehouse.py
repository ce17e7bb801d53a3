"""Refresh the warehouse from everything that has landed.

It starts every night at 03:00 UTC, and when files arrive in the inbox.

Promise: the published version is complete or untouched. Where nothing is new, all after `begin` is skipped.

*Triage:* a red gate or model is a fault of the data or its definition; its *Verdict* tab and its log show the
rows ([a gate failed][gate]). Anything else: run it again, that is safe ([how][again]). What is wrong although
nothing is red: [Health][]. What was published: [Tables][], [Docs][].

[gate]: /plugin/shopkeeper/shopkeeper/guides/runbooks/a-gate-failed.md
[again]: /plugin/shopkeeper/shopkeeper/guides/runbooks/run-a-refresh-again.md
[Health]: /plugin/shopkeeper
[Tables]: /plugin/shopkeeper/shopkeeper/tables
[Docs]: /plugin/shopkeeper/shopkeeper/docs
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

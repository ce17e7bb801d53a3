"""Do what persons have asked for: hand out what is held of them, or erase it; every night, or by hand.

Promise: each request is done once and has an outcome. A refresh that began before gives way.

*Triage:* a refused request is one line of the log with the reason ([privacy][]); put a corrected one
under another `request_id`. Anything else: run it again, that is safe.

[privacy]: /plugin/shopkeeper/shopkeeper/guides/privacy.md
"""

from airflow.sdk import dag

from shopkeeper.orchestration.dag_defaults import BEFORE_NIGHTLY, DAG_DEFAULTS, Tag
from shopkeeper.orchestration.dag_tasks import honour_privacy_requests as honour


@dag(
    schedule=BEFORE_NIGHTLY,
    tags=[Tag.PRIVACY],
    description="Every night at 02:00 UTC: what persons have asked for",
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def honour_privacy_requests() -> None:
    """Do all requests in one task."""
    honour()


honour_privacy_requests()

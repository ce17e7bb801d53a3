"""Pull what is new in the retailer's databases and buckets into the inbox, once an hour.

Promise: a file is in the inbox whole or not at all, and what was pulled before does not come again.

*Triage:* a red pull names its connection or its query ([pulls][]); the other pulls go on. Running again
is safe. A skipped pull found nothing new. When each feed last arrived: [Health][].

[pulls]: /plugin/shopkeeper/shopkeeper/guides/retailers.md#pulls
[Health]: /plugin/shopkeeper
"""

from airflow.sdk import dag

from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS, HOURLY, Tag
from shopkeeper.orchestration.pulls import FEEDS, pull_all


@dag(
    schedule=HOURLY if FEEDS else None,
    tags=[Tag.SOURCES],
    description="Every hour: what is new in databases and buckets, into the inbox",
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def pull_sources() -> None:
    """Pull each feed, and announce the inbox if any feed brought something."""
    pull_all()


pull_sources()

"""Remove what is past the retention of its contract, and prune what is old, every day.

Promise: rows leave raw, quarantine and the vault when all of their batch are past their retention; the next
refresh takes them out of the warehouse. Old logs, failed builds, leftovers and Airflow's history go too.
Nothing is removed beside a refresh: the task waits for its end.

*Triage:* the log has one line for each kind that was removed, and `state/maintained/` below the home keeps
them ([storage][]). Running again is safe. `shopkeeper maintain --dry-run` says what would be removed.
What should not have gone: [restore a home][restore]. What takes room: [Health][].

[storage]: /plugin/shopkeeper/shopkeeper/guides/storage.md
[restore]: /plugin/shopkeeper/shopkeeper/guides/runbooks/restore-a-home.md
[Health]: /plugin/shopkeeper
"""

from airflow.sdk import dag

from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS, DAILY, Tag
from shopkeeper.orchestration.storage_tasks import maintain


@dag(
    schedule=DAILY,
    tags=[Tag.STORAGE],
    description="Every day, 05:00 UTC: what is past its retention or old is removed",
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def maintain_storage() -> None:
    """Maintain the home in one task; Airflow's history follows when it has succeeded."""
    maintain()


maintain_storage()

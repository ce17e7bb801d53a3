"""Hold raw, quarantine and the published versions against what was written, once a month.

Promise: a file that a disk has changed is found before anybody needs it. Nothing is altered.

*Triage:* each fault is one line of the log that says what to do ([run a refresh again][again]).
`shopkeeper verify` does the same at once.

[again]: /plugin/shopkeeper/shopkeeper/guides/runbooks/run-a-refresh-again.md
"""

from airflow.sdk import dag

from shopkeeper.orchestration.dag_defaults import DAG_DEFAULTS, MONTHLY, Tag
from shopkeeper.orchestration.storage_tasks import verify


@dag(
    schedule=MONTHLY,
    tags=[Tag.STORAGE],
    description="On the first of each month, 06:00 UTC: everything stored against what was written",
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def verify_storage() -> None:
    """Check everything that is stored, in one task."""
    verify()


verify_storage()

"""The tasks that look after the storage: one verifies everything, one removes what is old.

The outermost layer. What is verified and removed belongs to `warehouse` and `storage`.
"""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import task
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import AirflowRescheduleException

from shopkeeper.orchestration.failing import failed
from shopkeeper.paths import Home
from shopkeeper.settings import settings

LOG = logging.getLogger(__name__)
LOOK_AGAIN = timedelta(minutes=10)


def verify() -> XComArg:
    """Compare everything stored with what was written; logs one line per finding."""

    @task(task_id="verify_storage")
    def run() -> dict[str, int]:
        from shopkeeper import warehouse

        verified = warehouse.verify(Home(settings().home))
        for fault in verified.faults:
            LOG.error("%s", fault)
        if verified.faults:
            raise failed(f"{len(verified.faults)} faults, first: {verified.faults[0]}")
        return {
            "batches": verified.batch_count,
            "refused_files": verified.refused_file_count,
            "versions": verified.version_count,
        }

    return run()


def maintain() -> XComArg:
    """Remove what is past its retention or old; waits for the end of a refresh."""

    @task(task_id="maintain_storage")
    def run() -> dict[str, int]:
        from airflow.configuration import conf

        from shopkeeper import storage
        from shopkeeper.errors import Fenced, UserError

        try:
            done = storage.maintain(Home(settings().home), Path(conf.get("logging", "base_log_folder")))
        except Fenced as busy:
            LOG.info("%s; looked at again in %s", busy, LOOK_AGAIN)
            raise AirflowRescheduleException(datetime.now(UTC) + LOOK_AGAIN) from None
        except UserError as error:
            raise failed(str(error)) from None
        for each in done.removed:
            counts = (f"{n:,}" for n in (each.count, each.row_count, each.byte_count))
            LOG.info("removed %s: %s, with %s records and %s bytes", each.what, *counts)
        for each in done.waiting:
            LOG.info("%s hold older rows beside newer ones, and wait for those: %s", each.what, each.count)
        return {each.what: each.count for each in done.removed}

    return run()

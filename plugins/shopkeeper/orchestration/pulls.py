"""The tasks of `pull_sources`: one per feed that the retailer declares, and one that announces the inbox.

Airflow connections hold the addresses and logins; nothing else knows them.
"""

import logging
from typing import Any

from airflow.sdk import Connection, chain, task
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from shopkeeper import connectors
from shopkeeper.errors import UserError
from shopkeeper.orchestration.assets import INBOX
from shopkeeper.orchestration.failing import failed
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import settings

FEEDS = retailer().pulls
LOG = logging.getLogger(__name__)


def pull_all() -> None:
    """Make the tasks; none if the retailer declares no pulls."""
    if FEEDS:
        pulls = [_pull(feed, declared.connection) for feed, declared in FEEDS.items()]
        for last in (_announce(), _done()):
            chain(pulls, last)


def _pull(feed: str, connection: str) -> XComArg:
    """Pull one feed; skipped if nothing is new, and not retried if a person must act."""

    @task(task_id=feed.replace(".", "__"))
    def run() -> dict[str, int]:
        try:
            pulled = connectors.pull(Home(settings().home), feed, _source(connection))
        except UserError as error:
            raise failed(str(error)) from None
        if not pulled.files:
            raise AirflowSkipException("nothing is new")
        LOG.info("%s: %s files, %s rows", feed, len(pulled.files), pulled.row_count or "uncounted")
        return {"files": len(pulled.files), "rows": pulled.row_count}

    return run()


def _announce() -> XComArg:
    """Announce the inbox once, when every pull has ended and at least one brought files."""

    @task(task_id="announce", outlets=[INBOX], trigger_rule="all_done_min_one_success")
    def run() -> None:
        LOG.info("New files wait in the inbox.")

    return run()


def _done() -> XComArg:
    """Fail the run if a pull failed, since Airflow judges a run by its last tasks."""

    @task(task_id="done", trigger_rule="none_failed")
    def run() -> None:
        LOG.info("Every source has answered.")

    return run()


def _source(connection: str) -> connectors.Source:
    try:
        found: Any = Connection.get(connection)
    except AirflowNotFoundException:
        raise UserError(
            f"there is no Airflow connection {connection}; add it in Airflow under Admin, Connections"
        ) from None
    return connectors.Source(
        name=connection,
        host=found.host,
        port=found.port,
        login=found.login,
        password=found.password,
        schema=found.schema,
        extra=found.extra_dejson,
    )

"""The state of a home: what is published, what waits, what is wrong, and whether Airflow runs."""

from datetime import UTC, datetime
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.local_airflow import environment, processes
from shopkeeper.local_airflow.client import Airflow
from shopkeeper.local_airflow.users import ADMIN, users_of_airflow
from shopkeeper.paths import AirflowPaths, Home

DOCUMENTS = "/plugin/shopkeeper/shopkeeper/docs"
"""The console's page of documents in Airflow's UI."""


def documents_url(home: Home) -> str | None:
    """Return the address of the published version's documents, if Airflow is up."""
    return processes.running_url(home) + DOCUMENTS if processes.is_up(home) else None


def status(home: Home) -> dict[str, Any]:
    """Return the state of a home, for people and programs."""
    from shopkeeper import landing, warehouse
    from shopkeeper.landing import quarantine
    from shopkeeper.notices import find_notices

    current = warehouse.current(home)
    manifest = warehouse.manifest(home) if current else {}
    batches, refusals = warehouse.batches(home), quarantine.refusals(home)
    return {
        "home": str(home.root),
        "version": current,
        "as_of_date": manifest.get("as_of_date"),
        "published_at": manifest.get("published_at"),
        "published_hours_ago": _hours_since(manifest.get("published_at")),
        "rows_accepted": manifest.get("rows", {}).get("accepted", 0),
        "rows_quarantined": manifest.get("rows", {}).get("quarantined", 0),
        "refused_rows_open": sum(entry.row_count for entry in refusals),
        "refused_files_open": sum(entry.is_whole_file for entry in refusals),
        "files_in_inbox": len(landing.waiting_files(home)),
        "batches_to_take_in": sum(batch.status == "new" for batch in batches),
        "batches_to_take_out": sum(batch.status == "withdrawn" for batch in batches),
        "batches_held": sum(batch.is_held for batch in batches),
        "held": [f"{batch.file_name}: {batch.why_held}" for batch in batches if batch.is_held],
        "notices": [notice.sentence for notice in find_notices(home, batches, refusals)],
        **_airflow(home),
    }


def _hours_since(published_at: str | None) -> float | None:
    if published_at is None:
        return None
    return round((datetime.now(UTC) - datetime.fromisoformat(published_at)).total_seconds() / 3600, 1)


def _airflow(home: Home) -> dict[str, Any]:
    if not processes.is_up(home):
        return {"airflow": None}
    login = environment.login(home)
    airflow = Airflow(processes.running_url(home), login)
    return {
        "airflow": airflow.url,
        "airflow_user": login.user,
        "airflow_password": login.password,
        **_others(home),
        **_runs(airflow),
    }


def _others(home: Home) -> dict[str, str]:
    """Return where the passwords of users beside the first are, if there are such users."""
    others = sorted(users_of_airflow(home).keys() - {ADMIN})
    file = AirflowPaths(home.airflow).passwords
    return {"airflow_other_users": f"{', '.join(others)}; passwords in {file}"} if others else {}


def _runs(airflow: Airflow) -> dict[str, Any]:
    try:
        return {"last_run": airflow.last_run(), "queued_runs": airflow.queued_runs()}
    except UserError as error:
        return {"last_run": f"unknown: {error}"}

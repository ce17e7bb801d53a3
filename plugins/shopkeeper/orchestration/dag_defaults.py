"""What all DAGs have in common: schedules, tags, retries and time limits.

Kept light, since every task parses its DAG again. What a task does is in `dag_tasks`.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.timetables.trigger import CronTriggerTimetable

NIGHTLY = CronTriggerTimetable("0 3 * * *", timezone="UTC", run_immediately=timedelta())
"""Has no start date: with one, the first start would run the previous night."""

BEFORE_NIGHTLY = CronTriggerTimetable("0 2 * * *", timezone="UTC", run_immediately=timedelta())
"""An hour before the refresh of the night, so that neither waits for the other."""

HOURLY = CronTriggerTimetable("0 * * * *", timezone="UTC", run_immediately=timedelta())

DAILY = CronTriggerTimetable("0 5 * * *", timezone="UTC", run_immediately=timedelta())

MONTHLY = CronTriggerTimetable("0 6 1 * *", timezone="UTC", run_immediately=timedelta())


class Tag(StrEnum):
    """The topic of a DAG; the UI filters by it."""

    REFRESH = "refresh"
    SOURCES = "sources"
    STORAGE = "storage"
    PRIVACY = "privacy"


DAG_DEFAULTS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=6),
    "default_args": {
        "owner": "shopkeeper",
        "retries": 1,
        "retry_delay": timedelta(seconds=15),
        "execution_timeout": timedelta(hours=2),
    },
}

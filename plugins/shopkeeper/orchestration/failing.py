"""How a task says what a user can cure: one line in its log, red, without retry and without traceback.

A bug keeps its traceback; what is wrong is said by whoever raises.
"""

import sys
from typing import Any

import structlog
from airflow.sdk.exceptions import AirflowFailException

FAILURE_KEY = "failure"
"""Under which a task leaves why it failed, for the console."""


class Told(AirflowFailException):
    """A failure whose message is all that there is to know; `is_logged`: the log has it already."""

    is_logged = False


def failed(message: str, is_logged: bool = False) -> Told:
    """Return the exception that ends a task with this one line, or with none if the log has it already.

    Airflow logs a traceback for every exception; while this task's process lives, not for this one.
    """
    processors = structlog.get_config()["processors"]
    if _one_line not in processors:
        processors.insert(0, _one_line)
    error = Told(message)
    error.is_logged = is_logged
    return error


def _one_line(_logger: Any, _method: str, event: Any) -> Any:
    error = sys.exc_info()[1]
    if event.get("exc_info") and isinstance(error, Told):
        if error.is_logged:
            raise structlog.DropEvent
        event.pop("exc_info")
        event["event"] = str(error)
    return event

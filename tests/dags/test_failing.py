"""What a user can cure is one line in a task's log; a bug keeps its traceback."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from structlog.testing import CapturingLogger

from shopkeeper.orchestration.failing import failed

Logged = Callable[[Exception], dict[str, Any]]


@pytest.fixture
def logged() -> Logged:
    """Logs an exception as Airflow does, through the processors of this process."""

    def log(error: Exception) -> dict[str, Any]:
        captured = CapturingLogger()
        keep = structlog.get_config()["processors"][:1]
        logger = structlog.wrap_logger(captured, processors=[*keep, lambda *told: ((), told[2])])
        try:
            raise error
        except Exception:
            logger.error("Task failed with exception", exc_info=True)
        return dict(captured.calls[0].kwargs)

    return log


def test_a_fault_of_the_data_is_one_line(logged: Logged) -> None:
    assert logged(failed("the median is 212")) == {"event": "the median is 212"}


def test_a_bug_keeps_its_traceback(logged: Logged) -> None:
    failed("something else went wrong before")
    assert logged(ZeroDivisionError())["exc_info"] is True


def test_processors_are_added_once() -> None:
    failed("one")
    count = len(structlog.get_config()["processors"])
    failed("two")
    assert len(structlog.get_config()["processors"]) == count


def test_what_the_log_has_already_is_not_told_again() -> None:
    captured = CapturingLogger()
    try:
        raise failed("the median is 212", is_logged=True)
    except Exception:
        keep = structlog.get_config()["processors"][:1]
        structlog.wrap_logger(captured, processors=keep).error("Task failed with exception", exc_info=True)
    assert not captured.calls

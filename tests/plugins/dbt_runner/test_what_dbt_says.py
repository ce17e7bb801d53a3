"""dbt's messages about a failed model go to logs and terminals: column names may appear, values may not."""

import io
import json
import logging
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.events.types import FinishedRunningStats
from dbt.events.types import (
    CatchableExceptionOnRun,
    LogModelResult,
    LogStartLine,
    LogTestResult,
    RunResultError,
    SkippingDetails,
)
from dbt_common.events.base_types import EventLevel, msg_from_base_event

from shopkeeper.dbt_runner import events, runs
from shopkeeper.paths import Home

LEAKING = """import os
from shopkeeper.dbt_runner import runs
from dbt.contracts.graph.manifest import Manifest
kept = Manifest()
os._exit(0)
"""
MODEL = "Runtime Error in model input__transactions (models/input/input__transactions.sql)\n  "


@pytest.mark.parametrize(
    "said",
    [
        "Conversion Error: Could not convert string 'quintana@example.org' to INT32",
        'Constraint Error: Duplicate key "email: quintana\'s" violates unique constraint',
        "Conversion Error: Could not convert string 'Binder Error quintana' to INT32",
    ],
)
def test_a_value_in_dbts_error_stays_out_of_its_log(said: str) -> None:
    log = io.StringIO()
    events.Events(log)(msg_from_base_event(RunResultError(msg=MODEL + said), EventLevel.ERROR))
    assert "quintana" not in log.getvalue()
    assert "input__transactions" in json.loads(log.getvalue())["info"]["msg"]


def test_too_large_a_sum_is_reported_with_its_cure() -> None:
    said = 'Conversion Error: Casting value "…" to type DECIMAL(18,2) failed: value is out of range!'
    assert events.first_line(said).startswith(
        "amounts or their sum have more than 16 digits: set their `maximum`"
    )


@pytest.mark.parametrize(
    "said",
    [
        f'{MODEL}Binder Error: Referenced column "sold_on" not found in FROM clause!',
        "Compilation Error in model a (b.sql)\n  Model 'a' depends on a node named 'sold_on'",
    ],
)
def test_a_column_that_dbt_does_not_find_is_named(said: str) -> None:
    assert "sold_on" in events.values_withheld(said)


NODES = {
    "model.shop.customer_360": SimpleNamespace(relation_name="marts.customer_360"),
    "test.shop.unique": SimpleNamespace(
        compiled_code="select customer_id, store_count from marts.customer_360"
    ),
}


def node(unique_id: str, status: str) -> dict[str, Any]:
    kind = unique_id.split(".")[0]
    return {
        "unique_id": unique_id,
        "node_name": unique_id,
        "node_status": status,
        "resource_type": kind,
        "materialized": "table" if kind == "model" else "test",
    }


def asked_test(status: str, level: EventLevel) -> Any:
    told = {"name": "unique", "status": status, "index": 2, "num_models": 2, "num_failures": 12012}
    told |= {"execution_time": 0.03, "node_info": node("test.shop.unique", status)}
    return msg_from_base_event(LogTestResult(**told), level)


def built() -> Any:
    told = {"description": "sql table model marts.customer_360", "status": "OK", "index": 1, "total": 2}
    told |= {"execution_time": 0.1, "node_info": node("model.shop.customer_360", "success")}
    return msg_from_base_event(LogModelResult(**told), EventLevel.INFO)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answers in place of dbt's database, and remembers what it was asked."""
    asked: list[str] = []
    row = {"customer_id": "C1042", "store_count": 3, "net_amount": Decimal("7.50"), "row_count": 1799}

    def answer(sql: str) -> list[dict[str, Any]]:
        asked.append(sql)
        return [row]

    monkeypatch.setattr(events, "_query", answer)
    return asked


def test_a_built_table_is_told_with_its_rows(asked: list[str], caplog: pytest.LogCaptureFixture) -> None:
    log = io.StringIO()
    with caplog.at_level(logging.INFO, logger=events.LOG.name):
        events.Events(log, NODES)(built())
    (told,) = caplog.messages
    assert told.startswith("1 of 2 OK created sql table model marts.customer_360 [")
    assert told.endswith("] 1,799 rows")
    assert json.loads(log.getvalue())["data"]["row_count"] == 1799


def test_a_failed_test_shows_masked_rows_and_its_sql(
    asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    run = events.Events(io.StringIO(), NODES)
    run(asked_test("fail", EventLevel.ERROR))
    assert "limit 20" in asked[0]
    masked = {"customer_id": "•••", "store_count": 3, "net_amount": "7.50", "row_count": 1799}
    assert run.found["failing_rows"] == {"test.shop.unique": [masked]}
    assert "12012" in caplog.messages[0]
    assert NODES["test.shop.unique"].compiled_code in caplog.messages
    assert "C1042" not in caplog.text
    assert json.loads(caplog.messages[1]) == masked


def test_a_passed_test_asks_the_database_nothing(asked: list[str]) -> None:
    events.Events(io.StringIO(), NODES)(asked_test("pass", EventLevel.INFO))
    assert not asked


def test_what_only_begins_is_not_told_to_people(caplog: pytest.LogCaptureFixture) -> None:
    begun = LogStartLine(description="sql table model a", index=1, total=2, node_info={})
    with caplog.at_level(logging.INFO, logger=events.LOG.name):
        events.Events(io.StringIO(), NODES)(msg_from_base_event(begun, EventLevel.INFO))
    assert not caplog.messages


def test_a_broken_model_says_why_once_with_its_sql(caplog: pytest.LogCaptureFixture) -> None:
    broken = SimpleNamespace(relation_name="marts.customer_360", compiled_code="select\n    sold_on")
    info = node("model.shop.customer_360", "error")
    told = {"description": "sql view model", "status": "ERROR", "index": 1, "total": 2, "execution_time": 0.1}
    why = f'{MODEL}Binder Error: Referenced column "sold_on" not found in FROM clause!'
    log = io.StringIO()
    with caplog.at_level(logging.INFO, logger=events.LOG.name):
        run = events.Events(log, {"model.shop.customer_360": broken})
        for event, level in (
            (CatchableExceptionOnRun(exc=why, exc_info="Traceback", node_info=info), EventLevel.DEBUG),
            (LogModelResult(**told, node_info=info), EventLevel.ERROR),
            (RunResultError(msg=why, node_info=info), EventLevel.ERROR),
        ):
            run(msg_from_base_event(event, level))
    assert caplog.messages[1:] == [
        "    Runtime Error in model input__transactions (models/input/input__transactions.sql)",
        '      Binder Error: Referenced column "sold_on" not found in FROM clause!',
        "select",
        "    sold_on",
    ]
    assert json.loads(log.getvalue().splitlines()[0])["data"]["why"] == why


def test_why_a_model_is_broken_names_no_value() -> None:
    info, log = node("model.shop.customer_360", "error"), io.StringIO()
    run = events.Events(log)
    why = f"{MODEL}Conversion Error: Could not convert string 'quintana@example.org' to INT32"
    run(msg_from_base_event(CatchableExceptionOnRun(exc=why, node_info=info), EventLevel.DEBUG))
    told = {"description": "view", "status": "ERROR", "index": 1, "total": 2, "execution_time": 0.1}
    run(msg_from_base_event(LogModelResult(**told, node_info=info), EventLevel.ERROR))
    assert "Conversion Error" in log.getvalue()
    assert "quintana" not in log.getvalue()


def test_what_was_not_run_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    run = events.Events(io.StringIO(), NODES)
    for number in range(50):
        skipped = SkippingDetails(
            resource_type="test", schema="", node_name=f"t{number}", index=1, total=50, node_info={}
        )
        run(msg_from_base_event(skipped, EventLevel.INFO))
    with caplog.at_level(logging.ERROR, logger=events.LOG.name):
        ended = FinishedRunningStats(stat_line="50 tests", execution="", execution_time=1.0)
        run(msg_from_base_event(ended, EventLevel.INFO))
    assert caplog.messages == ["50 models and tests were not run, since something before them failed"]


def test_dbt_itself_says_why_when_a_model_has_ended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(tmp_path)
    places = home.build("v000001").dbt_run("standardize")
    places.root.mkdir(parents=True)
    home.build("v000001").refresh.touch()
    command = ("build", "--select", "stg_pos__transaction_lines+1", "--exclude-resource-type", "unit_test")
    with caplog.at_level(logging.INFO, logger=events.LOG.name):
        runs.invoke(home, "v000001", places.root, runs.parsed(home), "--no-write-json", *command)
    told = [json.loads(line) for line in places.log.read_text().splitlines()]
    (ended,) = (each for each in told if each["info"]["name"] == "LogModelResult")
    assert "IO Error: No files found" in ended["data"]["why"]
    assert sum("IO Error: No files found" in line for line in caplog.messages) == 1
    (count,) = (line for line in caplog.messages if "were not run" in line)
    assert int(count.split()[0]) == sum(each["info"]["name"] == "SkippingDetails" for each in told) > 1
    assert not [line for line in caplog.messages if "SKIP " in line]


def test_locks_of_a_remembered_project_leave_no_warning() -> None:
    done = subprocess.run([sys.executable, "-c", LEAKING], capture_output=True, text=True, check=True)
    assert done.stderr == ""

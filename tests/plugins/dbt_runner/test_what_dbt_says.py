"""dbt's messages about a failed model go to logs and terminals: column names may appear, values may not."""

import io
import json

import pytest
from dbt.events.types import RunResultError
from dbt_common.events.base_types import EventLevel, msg_from_base_event

from shopkeeper.dbt_runner import runs

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
    runs._write_event(log, msg_from_base_event(RunResultError(msg=MODEL + said), EventLevel.ERROR))
    assert "quintana" not in log.getvalue()
    assert "input__transactions" in json.loads(log.getvalue())["info"]["msg"]


def test_too_large_a_sum_is_reported_with_its_cure() -> None:
    said = 'Conversion Error: Casting value "…" to type DECIMAL(18,2) failed: value is out of range!'
    assert runs._first_line(said).startswith(
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
    assert "sold_on" in runs._without_values(said)

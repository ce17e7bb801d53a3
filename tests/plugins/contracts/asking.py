"""Evaluates a contract's casts on texts in DuckDB, all in one query."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from shopkeeper.contracts.casts import cast_sql, clean_sql
from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.faults import fault_sql

AS_OF = datetime(2018, 1, 2, 8, 30, tzinfo=UTC)
CONNECTION = duckdb.connect()


def column(**facts: Any) -> Column:
    return Column(
        **{
            "name": "it",
            "type": "text",
            "description": "A column of the till",
            "description_zh": "收银列",
            "classification": "internal",
            **facts,
        }
    )


def judge(
    asked: Column, texts: Sequence[str | None], returned: str | None = None
) -> list[tuple[str | None, object]]:
    """Return (fault, value) of each text; the value is `None` if there is a fault.

    `returned` is what the row's return column holds.
    """
    rows = CONNECTION.execute(
        f"""
        with given as (select unnest($1::varchar[]) as text, unnest(range(len($1::varchar[]))) as place),
        cleaned as (select place, {clean_sql(asked, "text")} as cleaned, $2::varchar as returned from given),
        judged as (select *, {fault_sql(asked, "cleaned", AS_OF, "returned")} as fault from cleaned)
        select fault, case when fault is null then {cast_sql(asked, "cleaned")} end from judged order by place
        """,
        [list(texts), returned],
    ).fetchall()
    return [(fault, value) for fault, value in rows]


def faults_of(asked: Column, *texts: str | None, returned: str | None = None) -> list[str | None]:
    return [fault for fault, _ in judge(asked, texts, returned)]


def value_of(asked: Column, text: str) -> object:
    ((fault, value),) = judge(asked, [text])
    assert fault is None, fault
    return value

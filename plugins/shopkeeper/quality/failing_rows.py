"""The rows that broke a rule, for the person who investigates: at most 20, personal values masked."""

import re
from collections.abc import Collection
from math import isfinite
from pathlib import Path
from typing import Any

from shopkeeper.contracts import Contract, Rule
from shopkeeper.engine import file_literal, identifier, literal
from shopkeeper.paths import Home
from shopkeeper.quality.tables import GatedTable, typed_sql

MOST = 20
MASK = "•••"
_FIGURES = ("_count", "_rate", "_amount")
_FIGURE_SQL = {
    "expect_table_row_count": "count(*)",
    "expect_column_mean": "avg({column})",
    "expect_column_median": "median({column})",
    "expect_column_unique_value_count": "count(distinct {column})",
    "expect_column_proportion_of_unique_values": "count(distinct {column}) / count({column})",
}
_OBSERVING_VALUES = re.compile("expect_column_(max|min|median|quantile|most_common|distinct)")


def failing_rows_sql(rule: Rule, table: GatedTable, most: int | None = MOST) -> str | None:
    """Return SQL for the rows that break a rule, or `None` if the rule is not about single rows."""
    view, limit = identifier(table.view), "" if most is None else f" limit {most}"
    if rule.expectation == "unexpected_rows_expectation":
        query = str(rule.kwargs["unexpected_rows_query"]).replace("{batch}", view)
        return f"select * from ({query}){limit}"
    condition = _condition(rule, view)
    return f"select * from {view} where {condition}{limit}" if condition else None


def rule_sql(contract: Contract, rule: Rule) -> str | None:
    """Return what a rule asks as SQL for people, on the table by its name in a version.

    A rule about single rows: those that break it; about a figure: the figure. `None` for any other.
    """
    prefix = "scores__" if contract.layer == "scores" else ""
    table = f"{contract.system}.{prefix}{contract.table}"
    sql = failing_rows_sql(rule, GatedTable(contract, table, ""))
    figure = next((sql for name, sql in _FIGURE_SQL.items() if rule.expectation.startswith(name)), None)
    if sql is None and figure is not None:
        column = identifier(str(rule.kwargs.get("column", "")))
        sql = f"select {figure.format(column=column)} from {identifier(table)}"
    return None if sql is None else sql.replace(identifier(table), table)


def raw_sql(contract: Contract, rule: Rule, batch_ids: Collection[str]) -> str | None:
    """Return what a rule asks of batches of a source as SQL that DuckDB runs in the data home, as no version
    has the rows of a source.
    """
    sql = rule_sql(contract, rule)
    if sql is None:
        return None
    places = (Home(Path()).batch(contract.system, contract.table, batch_id).rows for batch_id in batch_ids)
    files = ",\n    ".join(file_literal(place) for place in places)
    name = f"{contract.system}.{contract.table}"
    judged = f"{contract.system}__{contract.table}"
    typed = typed_sql(contract, f"[\n    {files}\n]").replace(", cast(", ",\n    cast(")
    return f"with {judged} as (\n    {typed}\n)\n{sql.replace(name, judged)}"


def mask(contract: Contract, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row that may be logged: shows only columns known not to be personal, counts, rates and
    amounts.
    """
    columns = {column.name for column in contract.columns}
    shown = (columns - contract.masked_columns) | {"batch_id", "source_line_number"}
    return {
        name: _plain(value) if name in shown or (name not in columns and name.endswith(_FIGURES)) else MASK
        for name, value in row.items()
    }


def mask_observed(contract: Contract, rule: Rule, observed: str) -> str:
    """Return the observed value, unless it comes from a masked column."""
    is_value = _OBSERVING_VALUES.match(rule.expectation) is not None
    return MASK if is_value and rule.kwargs.get("column") in contract.masked_columns else observed


def _condition(rule: Rule, view: str) -> str | None:
    column = identifier(str(rule.kwargs.get("column", "")))
    if rule.expectation == "expect_column_values_to_not_be_null":
        return f"{column} is null"
    if rule.expectation == "expect_column_values_to_be_unique":
        return f"{column} in (select {column} from {view} group by {column} having count(*) > 1)"
    if rule.expectation == "expect_column_values_to_be_in_set":
        allowed = ", ".join(literal(str(value)) for value in _list(rule.kwargs["value_set"]))
        return f"cast({column} as varchar) not in ({allowed})"
    if rule.expectation == "expect_column_values_to_be_between":
        bounds = [(rule.kwargs.get("min_value"), "<"), (rule.kwargs.get("max_value"), ">")]
        return " or ".join(
            f"{column} {sign} {literal(str(bound))}" for bound, sign in bounds if bound is not None
        )
    if rule.expectation == "expect_column_pair_values_a_to_be_greater_than_b":
        sign = ">=" if rule.kwargs.get("or_equal") else ">"
        first, second = (identifier(str(rule.kwargs[name])) for name in ("column_A", "column_B"))
        return f"not ({first} {sign} {second})"
    return None


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _plain(value: object) -> object:
    """Convert to a value that JSON can represent; NaN and infinity become text."""
    is_plain = value is None or isinstance(value, bool | int | str)
    return value if is_plain or (isinstance(value, float) and isfinite(value)) else str(value)

"""Runs one gate: validates its tables with Great Expectations, writes the result, raises if it failed.

A gate that cannot run has failed. The rules are in the contracts.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from shopkeeper.contracts import GATES, Rule, suites
from shopkeeper.engine import configuration, identifier, literal
from shopkeeper.errors import GateFailed, without_values
from shopkeeper.paths import BuildPaths
from shopkeeper.quality.data_docs import copy_pages, speaks_each_language, write_pages
from shopkeeper.quality.failing_rows import mask, mask_observed
from shopkeeper.quality.feeds import judge_feed, judge_silent_feeds
from shopkeeper.quality.origins import FailingRows, find_failing
from shopkeeper.quality.results import GateResult, RuleResult, read_results, write_result
from shopkeeper.quality.tables import GatedTable, gated_tables
from shopkeeper.sentences import Sentence

if TYPE_CHECKING:
    import sqlalchemy as sa
    from great_expectations.data_context import EphemeralDataContext

    from shopkeeper.quality.duckdb_source import DuckDBDatasource

RUNBOOK = "docs/runbooks/a-gate-failed.md"
SOME_ROWS = "{some:,} of {all:,} rows"
NO_ROWS = Sentence(SOME_ROWS, some=0, all=0)
COUNTS = {
    "unexpected_rows_expectation": "{count:,} rows",
    "expect_table_row_count_to_be_between": "{count:,} rows",
    "expect_column_unique_value_count_to_be_between": "{count:,} different values",
}
"""What the number is that GX observes."""

RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""Counts and observed values only: GX must never hold the values of a row."""


def gate(
    name: str, build: BuildPaths, base: BuildPaths | None = None, unchanged: Collection[str] = ()
) -> GateResult:
    """Run one gate on a build and write `gates/<name>.json` into it.

    Reuses the verdicts of the version `base` for the contracts in `unchanged`. Raises `GateFailed`, after
    writing the result, if a critical rule failed or the gate could not run.
    """
    try:
        rules = _rules(name, build, _reused(name, build, base, unchanged))
    except Exception as error:
        summary = _summary(error)
        broken = RuleResult(
            contract=name,
            rule="the_gate_can_run",
            severity="critical",
            reason="An unasked rule has not passed.",
            has_passed=False,
            observed=summary,
        )
        write_result(build, GateResult(name, build.root.name, False, (broken,)))
        raise GateFailed(
            Sentence(
                "gate {gate} could not run and counts as failed ({why}); see {document}",
                **{"gate": Sentence(name), "why": summary, "document": RUNBOOK},
            )
        ) from error
    failed = [rule for rule in rules if not rule.has_passed and rule.severity == "critical"]
    result = GateResult(name, build.root.name, not failed, rules)
    write_result(build, result)
    if failed:
        first = failed[0]
        more = Sentence(" and {count} more rules", count=len(failed) - 1) if len(failed) > 1 else ""
        raise GateFailed(
            Sentence(
                "gate {gate}: {contract}: {rule} ({observed}){more}; see {document}",
                gate=Sentence(name),
                contract=first.contract,
                rule=first.rule,
                observed=first.observed,
                more=more,
                document=RUNBOOK,
            )
        )
    return result


def _reused(
    name: str, build: BuildPaths, base: BuildPaths | None, unchanged: Collection[str]
) -> dict[str, list[RuleResult]]:
    """Return the base version's verdicts on these contracts, and copy their pages."""
    taken: dict[str, list[RuleResult]] = {}
    if base is None or not unchanged:
        return taken
    for rule in (rule for result in read_results(base) if result.gate == name for rule in result.rules):
        if rule.contract in unchanged and speaks_each_language(base, rule.contract):
            judged_in = rule.judged_in or base.root.name
            taken.setdefault(rule.contract, []).append(replace(rule, judged_in=judged_in))
    for contract in taken:
        copy_pages(base, build, contract)
    return taken


def _rules(name: str, build: BuildPaths, taken: dict[str, list[RuleResult]]) -> tuple[RuleResult, ...]:
    if name not in GATES:
        raise ValueError(f"{name} is not one of the gates {', '.join(GATES)}")
    tables = gated_tables(name, build)
    if not tables and name != "sources":
        raise ValueError(f"expectations/{name} holds no contract")
    judged = [table for table in tables if table.contract.name not in taken]
    found: list[RuleResult] = list(judge_silent_feeds(build)) if name == "sources" else []
    if judged:
        with _database(name, build, judged) as (context, source):
            for table in judged:
                if name == "sources":
                    found += judge_feed(table.contract, build, lambda sql: _query(source, sql))
                found += _validate(context, source, table, build)
    return (*found, *chain.from_iterable(taken.values()))


@contextmanager
def _database(
    name: str, build: BuildPaths, tables: list[GatedTable]
) -> Iterator[tuple["EphemeralDataContext", "DuckDBDatasource"]]:
    """An in-memory database with one view per table, and the GX context that reads it."""
    from shopkeeper.quality import duckdb_source  # isort: skip
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    options = urlencode(configuration(spill=build.temp))
    url = f"duckdb:///:memory:{quote(f'{build.root.name}-{name}')}?{options}"
    source = context.data_sources.add_duckdb(name, connection_string=url)  # type: ignore[attr-defined]
    engine = source.get_execution_engine()
    if not isinstance(engine, duckdb_source.DuckDBExecutionEngine):
        raise TypeError(f"GX made a {type(engine).__name__}")
    try:
        with engine.get_connection() as connection:
            _create_views(connection, build, tables)
        yield context, source
    finally:
        engine.close()


def _create_views(connection: "sa.Connection", build: BuildPaths, tables: list[GatedTable]) -> None:
    if any("warehouse." in table.sql for table in tables):
        warehouse = literal(str(build.warehouse))
        connection.exec_driver_sql(f"attach {warehouse} as warehouse (read_only)")
    for table in tables:
        connection.exec_driver_sql(f"create view {identifier(table.view)} as {table.sql}")
    connection.commit()


def _validate(
    context: "EphemeralDataContext", source: "DuckDBDatasource", table: GatedTable, build: BuildPaths
) -> Iterator[RuleResult]:
    import great_expectations as gx

    asset = source.add_table_asset(table.contract.name, table_name=table.view)
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    # On an empty table GX fails means as too low, and returns None as the count of bad rows.
    is_empty = not _query(source, f"select 1 as one from {identifier(table.view)} limit 1")
    rules = suites.rules(table.contract)
    unasked = {rule.name for rule in rules if is_empty and suites.is_about_columns(rule)}
    suite = suites.suite(table.contract)
    suite["expectations"] = [e for e in suite["expectations"] if e["meta"]["rule"] not in unasked]
    validated = batch.validate(gx.ExpectationSuite(**suite), result_format=RESULT_FORMAT)
    write_pages(build, table.contract, validated)
    results = {config.meta["rule"]: r for r in validated.results if (config := r.expectation_config)}
    for rule in rules:
        if rule.name in unasked:
            yield RuleResult(table.contract.name, rule.name, rule.severity, rule.reason, True, NO_ROWS)
        elif rule.name not in results:
            raise ValueError(f"GX did not ask {rule.name} of {table.contract.name}")
        else:
            found = _rule_result(table, rule, results[rule.name], source, build)
            is_query = rule.expectation == "unexpected_rows_expectation"
            yield replace(found, observed=NO_ROWS) if is_empty and is_query and found.has_passed else found


def _rule_result(
    table: GatedTable, rule: Rule, result: Any, source: "DuckDBDatasource", build: BuildPaths
) -> RuleResult:
    error = _error(result.exception_info or {})
    found = FailingRows()
    if not result.success and not error:
        found = find_failing(rule, table, build, lambda sql: _query(source, sql))
    return RuleResult(
        contract=table.contract.name,
        rule=rule.name,
        severity="critical" if error else rule.severity,
        reason=rule.reason,
        has_passed=bool(result.success) and not error,
        observed=_summary(error)
        if error
        else mask_observed(table.contract, rule, _observed(rule, result.result)),
        failing_rows=tuple(mask(table.contract, row) for row in found.rows),
        origins=found.origins,
        batch_ids=found.batch_ids,
    )


def _observed(rule: Rule, result: dict[str, Any]) -> str:
    if "element_count" in result:
        return Sentence(SOME_ROWS, some=result["unexpected_count"] or 0, all=result["element_count"])
    value = result.get("observed_value", "")
    if isinstance(value, int) and rule.expectation in COUNTS:
        return Sentence(COUNTS[rule.expectation], count=value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(float(f"{value:.6g}")) if isinstance(value, float) else str(value)


def _error(info: dict[str, Any]) -> str | None:
    """Return why GX could not evaluate a rule, from the rule's exception or those of its metrics."""
    told = [info, *(each for each in info.values() if isinstance(each, dict))]
    return next((str(each["exception_message"]) for each in told if each.get("exception_message")), None)


def _summary(error: object) -> str:
    """The error's first line, without anything that can be a value of a row."""
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return without_values(first)[:300]


def _query(source: "DuckDBDatasource", sql: str) -> list[dict[str, Any]]:
    with source.get_execution_engine().get_connection() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql).mappings()]

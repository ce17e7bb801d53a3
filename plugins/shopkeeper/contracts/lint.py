"""Can everything be compiled from every contract? Lists each problem with its cure.

Checks the standard's schema and the project's own laws, and compiles everything without reading data.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import duckdb
import jsonschema
from open_data_contract_standard.model import OpenDataContractStandard

from shopkeeper.contracts import suites
from shopkeeper.contracts.casts import cast_sql, duckdb_type, typed_cast_sql
from shopkeeper.contracts.clashes import problems_of_files, problems_of_names
from shopkeeper.contracts.contract import Classification, Column, Contract, Rule, Severity
from shopkeeper.contracts.faults import faults
from shopkeeper.contracts.number_formats import number_format
from shopkeeper.contracts.odcs import read_contract, read_document
from shopkeeper.contracts.registry import contract_files, contract_folders, with_group
from shopkeeper.contracts.vocabulary import complete
from shopkeeper.engine import connect, identifier, literal
from shopkeeper.errors import UserError

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SILENT = ("expect_column_values_to", "expect_column_unique_value_count", "expect_column_proportion")
"""Expectations that report how many rows, never which values."""

_OF_TOKENS = {
    "expect_column_values_to_be_unique",
    "expect_column_values_to_be_null",
    "expect_column_values_to_not_be_null",
}
_MOST_DECIMALS: dict[str, int | None] = {"integer": 0, "decimal": 0, "double": None}
_AS_OF = datetime(2020, 1, 1, tzinfo=UTC)


def problems(*folders: Path) -> list[str]:
    """Return one line with the cure for each problem in the contracts of this deployment.

    `folders`: check these folders instead.
    """
    schema = json.loads(OpenDataContractStandard.json_schema())
    validator = jsonschema.Draft201909Validator(schema)
    found: list[str] = []
    read: dict[str, Contract] = {}
    for path, layer, system in contract_files(*(folders or contract_folders())):
        place = str(path.relative_to(path.parents[2]))
        try:
            errors = sorted(
                validator.iter_errors(complete(read_document(path), layer, system)),
                key=lambda error: error.json_path,
            )
            faulty = [f"{error.json_path}: {error.message[:200]}" for error in errors]
            if not faulty:
                read[place] = read_contract(path, layer, system)
        except UserError as error:
            faulty = [str(error)]
        found += [f"{place}: {line}" for line in faulty]
    features = tuple(contract for contract in read.values() if contract.layer == "features")
    for place, contract in read.items():
        found += [f"{place}: {line}" for line in _problems_of(with_group(contract, features))]
    return found + list(problems_of_files(read))


def _problems_of(contract: Contract) -> Iterator[str]:
    yield from _problems_of_words(contract)
    names = list(problems_of_names(contract))
    yield from names
    for column in contract.columns:
        yield from _problems_of_column(contract, column)
    types = {column.name: column.type for column in contract.columns}
    for name in ("business_date_column", "return_column", "person_column"):
        column_name = getattr(contract.file, name, None)
        if column_name is not None and column_name not in types:
            yield f"{name} is {column_name!r}, which is no column; correct the name"
        elif name == "business_date_column" and types.get(str(column_name), "date") not in (
            "date",
            "timestamp",
        ):
            yield f"{name} is {column_name}, which holds no dates; name a column of type date or timestamp"
    yield from _problems_of_retention(contract, types)
    yield from _problems_of_rules(contract)
    if contract.file is not None and not names:
        yield from _dry_run(_landing_sql(contract), "does not compile")


def _problems_of_retention(contract: Contract, types: Mapping[str, str]) -> Iterator[str]:
    if contract.layer != "sources":
        return
    if contract.retention is None:
        if any(column.is_free_text for column in contract.columns):
            yield "it holds free text of persons, and no slaProperties retention; write how long it is kept"
        return
    if contract.file and contract.file.delivery == "deletes":
        yield "it has a retention, and what it deletes would come back; remove the retention"
    column = contract.retention.column
    if column is not None and types.get(column) not in ("date", "timestamp"):
        yield f"its retention counts from {column}, which is no column with dates; correct the element"


def _problems_of_words(contract: Contract) -> Iterator[str]:
    if not _CHINESE.search(contract.description_zh):
        yield "the table has no Chinese description; write customProperties descriptionZh"
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    markers = {marker for column in contract.columns for marker in column.null_markers}
    if markers and is_parquet:
        yield "nullMarkers are for text; Parquet has NULL itself: remove them"
    for marker in sorted(marker for marker in markers if not marker.isprintable()):
        yield f"the null marker {marker!r} cannot be printed; write it in single quotes, such as '\\N'"


def _problems_of_column(contract: Contract, column: Column) -> Iterator[str]:
    where = f"column {column.name}"
    if len(column.description) < 6:
        yield f"{where} has no English description; write it"
    if not _CHINESE.search(column.description_zh):
        yield f"{where} has no Chinese description; write customProperties descriptionZh"
    if column.classification not in get_args(Classification):
        yield f"{where} is classified as {column.classification!r}; choose one of {_list(Classification)}"
    if contract.layer == "sources" and column.is_key and not column.is_required:
        yield f"{where} is part of the key and may be empty; mark it required, or take it out of the key"
    if column.is_redacted and (column.type != "text" or column.classification != "personal"):
        kind, name = ("a URL", "isUrl") if column.is_url else ("free text", "isFreeText")
        yield f"{where} is {kind}; classify text as personal, or as direct_identifier without {name}"
    if column.is_free_text and column.is_url:
        yield f"{where} is free text and a URL; leave isFreeText out, which isUrl includes"
    if column.allowed_parameters != Column.allowed_parameters and not column.is_url:
        yield f"{where} has allowedParameters, which are a URL's; write isUrl too, or remove them"
    if column.stays_when_erased and not column.is_free_text:
        yield f"{where} has staysWhenErased, which is for free text that models read; remove it"
    if column in contract.direct_identifiers:
        yield from _problems_of_identifier(contract, column)
    yield from _problems_of_number(contract, column)
    if contract.layer == "sources" and column.type in ("date", "timestamp"):
        if column.minimum is None:
            yield f"{where} has no minimum; write the earliest day that can be real"
        if not column.sentinel_values:
            yield f"{where} lists no sentinelValues; write what the producer puts for an unknown day"
        if column.time_format and column.has_offset != column.time_format.endswith("X"):
            yield f"{where}: timezone is {column.has_offset}, its format {column.time_format}; let them agree"
    if contract.layer == "sources" and (column.sentinel_values or column.type in ("date", "timestamp")):
        yield from _dry_run(_constants_sql(column), f"{where}: a bound or sentinel is not of its type")


def _problems_of_identifier(contract: Contract, column: Column) -> Iterator[str]:
    where = f"column {column.name} is a direct identifier"
    if column.type != "text":
        yield f"{where} of type {column.type}; write logicalType string, landing makes a token of it"
    if column.is_key:
        yield f"{where} and part of the key; name a key that is no identifier of a person"
    for rule in contract.rules:
        if rule.kwargs.get("column") == column.name and rule.expectation not in _OF_TOKENS:
            yield f"rule {rule.name} would read tokens; write a pattern or length, which landing checks"


def _problems_of_number(contract: Contract, column: Column) -> Iterator[str]:
    if column.number_format is None:
        return
    where = f"column {column.name}"
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    if is_parquet or column.type not in _MOST_DECIMALS:
        yield f"{where} has a numberFormat, which is for numbers in text; remove it"
        return
    most = column.scale if column.type == "decimal" else _MOST_DECIMALS[column.type]
    if most is not None and number_format(column.number_format).scale > most:
        yield f"{where}: its format {column.number_format} has more decimals than {most}; let them agree"


def _problems_of_rules(contract: Contract) -> Iterator[str]:
    rules = suites.rules(contract)
    for rule in rules:
        if rule.severity not in get_args(Severity):
            yield f"rule {rule.name} has the severity {rule.severity!r}; choose one of {_list(Severity)}"
        if len(rule.reason) < 16:
            yield f"rule {rule.name} gives no reason; say what it protects"
        if not _CHINESE.search(rule.reason_zh):
            yield f"rule {rule.name} gives no reason in Chinese; write customProperties descriptionZh"
        if [other.name for other in rules].count(rule.name) > 1:
            yield f"rule {rule.name} is named twice; give each rule its own name"
        yield from _problems_of_expectation(rule)
        is_masked = rule.kwargs.get("column") in contract.masked_columns
        if is_masked and not rule.expectation.startswith(_SILENT):
            yield f"rule {rule.name} would print personal values; ask with one of {', '.join(_SILENT)}"
        query = rule.kwargs.get("unexpected_rows_query")
        if query:
            yield from _dry_run(_rule_sql(contract, str(query)), f"rule {rule.name} does not run")


def _problems_of_expectation(rule: Rule) -> Iterator[str]:
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        get_expectation_impl(rule.expectation)(**rule.kwargs)
    except Exception as error:
        what = " ".join(str(error).split())[:200]
        yield f"rule {rule.name} is not one that Great Expectations knows ({what}); see its gallery"


def _landing_sql(contract: Contract) -> str:
    """Every fault and every cast of a source, over no rows."""
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    types = {c.name: duckdb_type(c) if is_parquet else "VARCHAR" for c in contract.columns}
    cast = typed_cast_sql if is_parquet else cast_sql
    wanted = [*faults(contract, _AS_OF).values()]
    wanted += [cast(column, identifier(column.name)) for column in contract.columns]
    return f"select {', '.join(wanted)} from ({_empty(types)})"


def _constants_sql(column: Column) -> str:
    """The bounds and sentinels of a column as landing reads them; over no rows DuckDB would skip them."""
    is_moment = column.type == "timestamp"
    bounds = [column.minimum, column.maximum] if is_moment or column.type == "date" else []
    wanted = [(bound, "TIMESTAMPTZ" if is_moment else "DATE") for bound in bounds if bound]
    wanted += [
        (sentinel, "DATE" if is_moment else duckdb_type(column)) for sentinel in column.sentinel_values
    ]
    return f"select {', '.join(f'cast({literal(text)} as {type_})' for text, type_ in wanted) or 'null'}"


def _rule_sql(contract: Contract, query: str) -> str:
    types = {column.name: duckdb_type(column) for column in contract.columns}
    return f"with batch as ({_empty(types)}) {query.replace('{batch}', 'batch')}"


def _empty(types: dict[str, str]) -> str:
    columns = ", ".join(f"null::{type_} as {identifier(name)}" for name, type_ in types.items())
    return f"select {columns} limit 0"


def _dry_run(sql: str, what: str) -> Iterator[str]:
    with connect() as connection:
        try:
            connection.execute(sql)
        except duckdb.Error as error:
            yield f"{what} ({str(error).splitlines()[0][:200]}); correct it"


def _list(literal: Any) -> str:
    return ", ".join(get_args(literal))

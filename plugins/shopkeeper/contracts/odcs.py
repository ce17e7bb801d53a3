"""Open Data Contract Standard YAML → `Contract`.

Facts without a field in the standard are in `customProperties`. Undeclared properties are refused, so that a
misspelt one cannot be ignored silently.
"""

import re
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    Team,
)
from pydantic import ValidationError

from shopkeeper.contracts.contract import Column, Contract, Encoding, FileFormat, Layer, Rule, Type
from shopkeeper.contracts.number_formats import number_format
from shopkeeper.contracts.properties import ColumnFacts, RuleFacts, TableFacts
from shopkeeper.contracts.retention import read_retention
from shopkeeper.contracts.sums import require_sum
from shopkeeper.contracts.time_formats import require_time_zone, time_format
from shopkeeper.contracts.vocabulary import complete
from shopkeeper.errors import UserError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOGICAL: dict[str, Type] = {
    "string": "text",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")


def read_document(path: Path) -> Any:
    """Read one YAML file; `UserError` if it is not valid."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{_place(path)} is not YAML ({_one_line(error)}); correct it") from error


def read_contract(path: Path, layer: Layer, system: str) -> Contract:
    """Read one contract; `UserError` says which part of the file is wrong."""
    try:
        standard = OpenDataContractStandard.model_validate(complete(read_document(path), layer, system))
        return _contract(standard, layer, system)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{_place(path)} is no contract ({_one_line(error)}); correct it") from error


def _place(path: Path) -> str:
    """Return a contract's path within the retailer's folder, or within the checkout."""
    return "/".join(path.parts[-3:] if path.name.endswith(".odcs.yaml") else path.parts[-1:])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _contract(standard: OpenDataContractStandard, layer: Layer, system: str) -> Contract:
    (table,) = standard.schema_ or []
    facts = TableFacts(**_properties(table.customProperties))
    columns = tuple(_column(field, facts) for field in table.properties or [])
    require_sum(facts.adds_up, columns)
    rules = [_rule(quality, None) for quality in table.quality or []]
    for field, column in zip(table.properties or [], columns, strict=True):
        rules += [_rule(quality, column) for quality in field.quality or []]
    return Contract(
        layer=layer,
        system=system,
        table=_text(table.name, "the table's name"),
        version=_text(standard.version, "version"),
        description=_text(table.description, "the table's description"),
        description_zh=facts.description_zh,
        columns=columns,
        rules=tuple(rules),
        file=_file_format(standard, table, facts) if layer == "sources" else None,
        retention=read_retention(standard) if layer == "sources" else None,
        needs=facts.needs,
        needs_any=facts.needs_any,
        remembers=facts.remembers,
        group=facts.group,
        includes=facts.includes,
        is_required=facts.is_required,
        unlocks=facts.unlocks,
        owner=standard.team.name if isinstance(standard.team, Team) else None,
        purpose=facts.purpose,
    )


def _column(field: SchemaProperty, table: TableFacts) -> Column:
    facts = ColumnFacts(**_properties(field.customProperties))
    options = field.logicalTypeOptions or {}
    precision, scale = _decimal(field)
    declared = options.get("format") if field.logicalType in ("date", "timestamp") else None
    if declared is not None:
        time_format(declared)
    if facts.number_format is not None:
        number_format(facts.number_format)
    time_zone = options.get("defaultTimezone", table.time_zone)
    require_time_zone(time_zone)
    return Column(
        name=_text(field.name, "a column's name"),
        type=_type(field),
        description=field.description or "",
        description_zh=facts.description_zh,
        classification=field.classification or "",  # type: ignore[arg-type]
        is_required=bool(field.required),
        is_key=bool(field.primaryKey),
        is_optional_in_file=facts.is_optional_in_file,
        precision=precision,
        scale=scale,
        unit=facts.unit,
        examples=tuple(str(example) for example in field.examples or []),
        purpose=facts.purpose or table.purpose,
        allowed_values=tuple(str(item.value) for item in field.enum or []),
        minimum=_optional_text(options.get("minimum")),
        maximum=_optional_text(options.get("maximum")),
        pattern=options.get("pattern"),
        max_length=int(options.get("maxLength", Column.max_length)),
        allows_newline=facts.allows_newline,
        keeps_spaces=facts.keeps_spaces,
        normalizes_width=facts.normalizes_width,
        is_negative_in_returns=facts.is_negative_in_returns,
        may_be_future=facts.may_be_future,
        number_format=facts.number_format,
        time_format=declared,
        time_zone=time_zone,
        has_offset=bool(options.get("timezone", False)),
        sentinel_values=facts.sentinel_values,
        null_markers=table.null_markers if facts.null_markers is None else facts.null_markers,
        identifier_kind=facts.identifier_kind,
        is_free_text=facts.is_free_text,
        is_url=facts.is_url,
        allowed_parameters=facts.allowed_parameters,
        stays_when_erased=facts.stays_when_erased,
        regions=facts.regions,
        takes=facts.takes,
    )


def _type(field: SchemaProperty) -> Type:
    if field.logicalType == "number":
        return "decimal" if _DECIMAL.fullmatch(field.physicalType or "") else "double"
    if field.logicalType not in _LOGICAL:
        raise ValueError(f"{field.name} has the logical type {field.logicalType}, which no cast is known for")
    return _LOGICAL[field.logicalType]


def _decimal(field: SchemaProperty) -> tuple[int | None, int | None]:
    match = _DECIMAL.fullmatch(field.physicalType or "")
    return (int(match[1]), int(match[2])) if match else (None, None)


def _rule(quality: DataQuality, column: Column | None) -> Rule:
    if quality.engine != "greatExpectations" or not isinstance(quality.implementation, dict):
        raise ValueError(f"rule {quality.name} must have engine greatExpectations and an implementation")
    expectation = str(quality.implementation["type"])
    kwargs: dict[str, Any] = dict(quality.implementation.get("kwargs", {}))
    if column is not None:
        kwargs = {"column": column.name, **_promised(column, expectation), **kwargs}
    return Rule(
        name=_text(quality.name, "a rule's name"),
        expectation=expectation,
        kwargs=kwargs,
        severity=quality.severity or "",  # type: ignore[arg-type]
        reason=quality.description or "",
        reason_zh=RuleFacts(**_properties(quality.customProperties)).description_zh,
    )


def _promised(column: Column, expectation: str) -> dict[str, object]:
    """What the column already declares, so that a rule need not repeat it."""
    if expectation == "expect_column_values_to_be_in_set":
        return {"value_set": list(column.allowed_values)}
    if expectation == "expect_column_values_to_be_between":
        bounds = {"min_value": _bound(column, column.minimum), "max_value": _bound(column, column.maximum)}
        return {name: bound for name, bound in bounds.items() if bound is not None}
    return {}


def _bound(column: Column, bound: str | None) -> object:
    if bound is None or column.type in ("date", "timestamp"):
        return bound
    return int(bound) if column.type == "integer" else float(bound)


def _file_format(standard: OpenDataContractStandard, table: SchemaObject, facts: TableFacts) -> FileFormat:
    (server,) = standard.servers or []
    file_format = _text(server.format, "the server's format")
    return FileFormat(
        pattern=Path(_text(server.path, "the server's path")).name,
        format=_one_of(file_format, ("csv", "jsonl", "parquet")),  # type: ignore[arg-type]
        encoding=_one_of((server.encoding or "utf-8").lower(), get_args(Encoding)),  # type: ignore[arg-type]
        delimiter=_delimiter(server.delimiter or ","),
        time_zone=facts.time_zone,
        minimum_rows=facts.minimum_rows,
        maximum_refused_rate=facts.maximum_refused_rate,
        business_date_column=facts.business_date_column,
        return_column=facts.return_column,
        volume_tolerance=facts.volume_tolerance,
        maximum_age_days=_latency_in_days(standard),
        delivery=facts.delivery,
        currency_code=facts.currency_code,
        maximum_lost_rate=facts.maximum_lost_rate,
        person_column=facts.person_column,
        adds_up=facts.adds_up,
    )


def _delimiter(written: str) -> str:
    if not re.fullmatch(r"[^\w\r\n\0\"]", written, re.ASCII) or not written.isascii():
        raise ValueError(f"the delimiter is {written!r}; write one character, such as ';' or \"\\t\"")
    return written


def _latency_in_days(standard: OpenDataContractStandard) -> int | None:
    """How old the newest business date may be on the as-of date."""
    for promise in standard.slaProperties or []:
        if promise.property == "latency" and promise.unit == "d":
            return int(str(promise.value))
    return None


def _properties(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {str(item.property): item.value for item in properties or []}


def _one_of(value: str, known: tuple[str, ...]) -> Literal["csv", "jsonl", "parquet"] | str:
    if value not in known:
        raise ValueError(f"{value} is not one of {', '.join(known)}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{what} is missing")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)

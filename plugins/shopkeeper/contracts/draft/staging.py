"""Writes the staging model of a drafted source; unrecognised columns keep their landed names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from shopkeeper.contracts.contract import Column
from shopkeeper.contracts.dbt_sources import is_bare
from shopkeeper.contracts.draft.classes import plain_name
from shopkeeper.contracts.draft.entities import Mapping
from shopkeeper.contracts.draft.keys import Feed
from shopkeeper.contracts.draft.statuses import asked_of_channels, status_of
from shopkeeper.contracts.vocabulary import vocabulary

PRICE = r"((unit|sale|item|list|net)_?)?price|单价|単価|(einzel|stück|stueck|vk_?)preis|pre[cç]o|precio|prix"
_STARS = r"stars?|(review_)?(rating|score)|评分|星级|sterne|nota|note|calificacion|評価"
JOINED = {"transaction_lines": "transaction_line_id", "payments": "payment_id", "refunds": "refund_id",
          "feedback": "feedback_id"}  # fmt: skip
"""The identifier of an entity of which several columns together may be the key."""
_CASTS = {"money": "decimal(18, 2)", "quantity": "decimal(18, 3)", "rate": "decimal(18, 9)",
          "string": "string", "integer": "bigint", "number": "double"}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A drafted source, as its staging models need it."""

    system: str
    name: str
    columns: Sequence[Column]
    feed: Feed

    def column(self, name: str) -> Column:
        """Return one column."""
        return next(column for column in self.columns if column.name == name)

    def called(self, pattern: str) -> str | None:
        """Return the first column whose plain name matches the pattern."""
        return next((c.name for c in self.columns if re.fullmatch(pattern, plain_name(c.name))), None)

    @property
    def key(self) -> list[str]:
        """The key without the time of the statement."""
        return [name for name in self.feed.key if name != self.feed.stated_at]


def staged(table: Table, mapping: Mapping | None) -> list[tuple[str, str]]:
    """Return the expressions of a staging model with their names."""
    if mapping is None:
        plain = [plain_name(each.name) for each in table.columns]
        names = (
            word if plain.count(word) == 1 else each.name
            for word, each in zip(plain, table.columns, strict=True)
        )
        return [(_reference(each.name), word) for each, word in zip(table.columns, names, strict=True)]
    found: list[tuple[str, str]] = []
    joined = JOINED.get(mapping.entity) if table.key else None
    for word, name in mapping.columns.items():
        if word == joined and table.key != [name]:
            continue
        if word == "identifier_value":
            found.append(
                (f"case when {_reference(name)} is not null then 'customer_id' end", "identifier_type")
            )
        expression = (
            _status(table.column(name)) if word == "transaction_status" else _cast(table.column(name), word)
        )
        if expression is not None:
            found.append((expression, word))
    told = {word for _, word in found}
    if joined and joined not in told:
        found.insert(0, (_line_id(table), joined))
        told.add(joined)
    return found + [(sql, word) for sql, word in _added(table, mapping) if word not in told]


def _added(table: Table, mapping: Mapping) -> list[tuple[str, str]]:
    """Return what an entity needs but no column provides."""
    currency = f"{{{{ shopkeeper.currency_of('{table.system}', '{table.name}') }}}}"
    match mapping.entity:
        case "transactions":
            channel = "-- DECIDE: where is it sold?\n        'web'"
            status = "-- DECIDE: no column says a state; is every order completed?\n        'completed'"
            return [(channel, "sales_channel"), (status, "transaction_status"), (currency, "currency_code")]
        case "transaction_lines":
            return [
                (_line_id(table), "transaction_line_id"),
                ("cast(1 as decimal(18, 3))", "unit_quantity"),
                ("'piece'", "unit_of_measure"),
                *_priced(table, mapping),
                (currency, "currency_code"),
            ]
        case "payments" | "refunds":
            return [(currency, "currency_code")]
        case "feedback":
            stars = table.called(_STARS)
            rating = [(f"({_reference(stars)} - 1) / 4.0", "rating_rate")] if stars else []
            return [("'review'", "feedback_kind"), *rating]
    return []


def _line_id(table: Table) -> str:
    if not table.key:
        return "batch_id || '-' || cast(source_line_number as string)"
    return " || '-' || ".join(_as_text(table.column(name)) for name in table.key)


def _priced(table: Table, mapping: Mapping) -> list[tuple[str, str]]:
    price, quantity = table.called(PRICE), mapping.columns.get("unit_quantity")
    if price is None:
        return []
    product = _reference(price) + (f" * {_reference(quantity)}" if quantity else "")
    asked = "-- DECIDE: is that the price of one piece, after discounts?\n        "
    return [(f"{asked}cast({product} as decimal(18, 2))", "net_amount")]


def _cast(column: Column, word: str) -> str | None:
    """Return a column cast to the type of a canonical one; `None` if that would be a guess."""
    wanted, name = vocabulary()[word].type, _reference(column.name)
    argument = _expression(column.name)
    if wanted in ("timestamp", "date") or column.type in ("timestamp", "date"):
        if wanted == column.type:
            return name
        if (wanted, column.type) == ("timestamp", "date"):
            return f"{{{{ shopkeeper.start_of_business_date({argument}) }}}}"
        if (wanted, column.type) == ("date", "timestamp"):
            return f"{{{{ shopkeeper.business_date({argument}) }}}}"
        return None
    if wanted == "string":
        asked = asked_of_channels(column.allowed_values) if word == "sales_channel" else ""
        return asked + _as_text(column)
    if wanted == column.type or (wanted == "money" and (column.precision, column.scale) == (18, 2)):
        return name
    if column.type not in ("integer", "decimal", "double"):
        return None
    is_finer = wanted == "money" and (column.scale or 0) > 2
    asked = "-- DECIDE: each is rounded to two decimals; is that right?\n        " if is_finer else ""
    return f"{asked}cast({name} as {_CASTS[wanted]})"


def _as_text(column: Column) -> str:
    name = _reference(column.name)
    return name if column.type == "text" else f"cast({name} as string)"


def _status(column: Column) -> str:
    """Return the canonical status for each value in the sample; other values count as placed."""
    name = _reference(column.name)
    whens = {value: status_of(value) for value in column.allowed_values}
    told = [f"when {_text(value)} then '{status}'" for value, status in whens.items() if status != "placed"]
    case = (
        "\n            ".join([f"case {name}", *told, "else 'placed'"]) + "\n        end"
        if told
        else "'placed'"
    )
    return f"-- DECIDE: which of your states means each of these?\n        {case}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _reference(name: str) -> str:
    is_plain = re.fullmatch("[a-z_][a-z0-9_]*", name) and is_bare(name)
    return name if is_plain else f"{{{{ {_expression(name)} }}}}"


def _expression(name: str) -> str:
    """Return a column's name as dbt's templates say it."""
    if re.fullmatch("[a-z_][a-z0-9_]*", name):
        return repr(name) if is_bare(name) else f"adapter.quote({name!r})"
    return f"shopkeeper.column_name({name!r})"


def model_sql(table: Table, mapping: Mapping | None, is_header: bool) -> str:
    """Return the SQL of a staging model; a header is one row per id, made from all its lines."""
    lines = ["batch_id", "source_line_number", *(_named(sql, word) for sql, word in staged(table, mapping))]
    selected = ",\n        ".join(lines)
    grain = f"-- One row per landed row of {table.name}."
    headers = ""
    if is_header and mapping is not None:
        grain = f"-- One row per batch and {mapping.entity[:-1]} that the rows of {table.name} show."
        headers = _headers(table, mapping)
    origin = "headers" if headers else "source"
    return f"""{grain}

with source as (

    {{{{ shopkeeper.typed_source('{table.system}', '{table.name}') }}}}

),
{headers}
renamed as (

    select
        {selected}
    from {origin}

)

select * from renamed
"""


def _headers(table: Table, mapping: Mapping) -> str:
    key = _reference(mapping.columns["transaction_id"])
    others = [name for word, name in mapping.columns.items() if word != "transaction_id"]
    selected = "".join(f",\n        max({_reference(name)}) as {_reference(name)}" for name in others)
    return f"""
headers as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        {key}{selected}
    from source
    group by batch_id, {key}

),
"""


def _named(sql: str, word: str) -> str:
    return word if sql == word else f"{sql} as {_reference(word)}"


def model_yml(table: Table, mapping: Mapping | None, name: str, is_header: bool) -> str:
    """Return the yml of a staging model: its columns, and the test of its grain."""
    words = vocabulary()
    described = {column.name: column.description for column in table.columns}
    plain = described | {plain_name(name): text for name, text in described.items()}
    test: dict[str, object] = {
        "shopkeeper.unique_landed_rows": {
            "arguments": {"tables": [f"{table.system}.{table.name}"], "statuses": ["new"]}
        }
    }
    if is_header:
        test = {"shopkeeper.unique_columns": {"arguments": {"columns": ["batch_id", "transaction_id"]}}}
    names = ["batch_id", "source_line_number", *(word for _, word in staged(table, mapping))]
    model = {
        "name": name,
        "description": f"Rows of {table.name}, as landed.",
        "data_tests": [test],
        "columns": [
            {"name": each, "description": words[each].en if each in words else plain[each]} for each in names
        ],
    }
    return yaml.safe_dump({"models": [model]}, sort_keys=False, allow_unicode=True, width=1000)

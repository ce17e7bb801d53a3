"""Generates the yml of dbt models whose columns a contract describes, committed next to the models.

For `input` dbt enforces the types; for the other layers the yml only describes columns. Unit tests are in
separate files.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from shopkeeper.contracts.contract import Column, Contract
from shopkeeper.contracts.registry import Catalog, group_columns, is_known

HEADER = (
    "# Generated from the contracts by `shopkeeper contracts compile`: change the contract, not this file.\n"
)
TYPES = {
    "text": "string",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "double": "double",
}


def model_files(contracts: Catalog, projects: tuple[Path, ...]) -> dict[Path, str]:
    """Return the text of each generated yml by its path, next to the model's SQL in one of the dbt projects.

    The yml of a canonical model also serves a retailer's model of the same name, since dbt allows only one.
    Contracts without a model get no yml; an architecture test finds them.
    """
    described = (*contracts.input, *contracts.features, *contracts.scores, *contracts.marts)
    models = [path for project in projects for path in project.glob("models/**/*.sql")]
    places = {path.stem: path for path in reversed(models)}
    files = {
        places[name].with_suffix(".yml"): _text(contract)
        for contract in described
        if (name := _name(contract)) in places
    }
    return files | {places["dim_customers"].with_suffix(".yml"): _yml(_dim_customers(contracts))}


def variables(contracts: Catalog, everything: Catalog) -> dict[str, Any]:
    """Return the dbt variables that follow from the contracts: the customer's feature groups and disabled
    models.
    """
    on = {(contract.layer, contract.table) for contract in contracts.all}
    groups = group_columns(contracts.features, "customer")
    told = [c.name for c in _of_dim_customers(everything) if is_known(c.name)]
    return {
        "customer_columns": told,
        "customer_groups": {table: [c.name for c in columns] for table, columns in groups.items()},
        "off": sorted(_name(c) for c in everything.all if (c.layer, c.table) not in on),
    }


def _of_dim_customers(contracts: Catalog) -> list[Column]:
    (customer_360,) = (contract for contract in contracts.marts if contract.table == "customer_360")
    scored = ("segment_id", "segment_name", "rfm_cell", "as_of_date")
    features = {c.name for columns in group_columns(contracts.features, "customer").values() for c in columns}
    return [c for c in customer_360.columns if c.name not in (*scored, *features)]


def sql_type(column: Column) -> str:
    """Return a column's type under a name that both DuckDB and Spark know."""
    if column.type == "decimal":
        return f"decimal({column.precision},{column.scale})"
    return TYPES[column.type]


def _name(contract: Contract) -> str:
    prefixes = {"input": "input__", "scores": "scores__"}
    return prefixes.get(contract.layer, "") + contract.table


def _text(contract: Contract) -> str:
    name = _name(contract)
    test: dict[str, Any]
    model: dict[str, Any] = {"name": name, "description": contract.description}
    if contract.layer == "input":
        meta = {"key": list(contract.key), "remembers": list(contract.remembers or contract.key)}
        model["config"] = {"meta": meta}
        is_on = "{{ '" + contract.table + "' in var('delivered') }}"
        test = {"arguments": {"entity": contract.table}, "config": {"enabled": is_on}}
        model["data_tests"] = [{"unique_statements": test}]
    else:
        test = {"arguments": {"columns": list(contract.key)}}
        model["data_tests"] = [{"shopkeeper.unique_columns": test}]
        if contract.needs or contract.needs_any:
            model["config"] = {"enabled": "{{ '" + name + "' not in var('off') }}"}
    model["columns"] = _columns(contract.columns)
    return _yml(model)


def _dim_customers(contracts: Catalog) -> dict[str, Any]:
    """Return the yml of the one core model whose columns entities name."""
    test = {"arguments": {"columns": ["customer_id"]}}
    said = "Customers with what their records say; of several the one stated last that knows a thing counts."
    described = {"description": said, "data_tests": [{"unique_columns": test}]}
    return {"name": "dim_customers", **described, "columns": _columns(_of_dim_customers(contracts))}


def _columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [
        {"name": column.name, "data_type": sql_type(column), "description": column.description}
        for column in columns
    ]


def _yml(model: dict[str, Any]) -> str:
    return HEADER + yaml.safe_dump(
        {"models": [model]}, sort_keys=False, allow_unicode=True, width=1000, default_flow_style=None
    )

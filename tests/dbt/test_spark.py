"""Every model compiled without DuckDB's branches parses as Spark's SQL.

Only a lint: sqlglot knows Spark's grammar, not its results.
"""

import re
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from dbt.context.providers import BaseDatabaseWrapper
from tests.architecture.project import files, text
from tests.shop.builds import run_dbt

MODELS = files("dbt_project/models/*.sql", "retailers/*/dbt/models/*.sql")
SQL = [*MODELS, *files("dbt_project/macros/*.sql", "dbt_project/tests/*.sql", "retailers/*/dbt/macros/*.sql")]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each model's SQL, as another engine than DuckDB would get it."""
    folder = tmp_path_factory.mktemp("spark")
    pq.write_table(pa.table({"as_of_date": [date(2017, 1, 1)]}), folder / "refresh.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "_get_adapter_macro_prefixes", lambda self: ["default"])
        result: Any = run_dbt(folder, "compile", "--no-populate-cache", "--no-introspect")
    assert result.success, result.exception
    return {
        each.node.unique_id: each.node.compiled_code
        for each in result.result
        if each.node.resource_type == "model"
    }


def test_every_model_parses_as_spark_sql(compiled: dict[str, str]) -> None:
    assert len(compiled) > 60
    failed = {}
    for name, sql in compiled.items():
        try:
            sqlglot.parse_one(sql, read="spark")
        except sqlglot.ParseError as error:
            failed[name] = str(error).splitlines()[0]
    assert not failed


def test_the_other_engines_branches_are_what_is_compiled(compiled: dict[str, str]) -> None:
    lines = compiled["model.complete_journey.stg_pos__transaction_lines"]
    assert "input_file_name()" in lines and "parse_filename" not in lines
    assert (
        "to_timestamp(" in lines
        or "to_timestamp(" in compiled["model.complete_journey.stg_pos__transactions"]
    )


@pytest.mark.parametrize("path", SQL)
def test_no_comma_ends_a_select_list(path: str) -> None:
    assert not re.search(r",\s*\n\s*(from\b|\))", text(path)), f"{path}: Spark takes no comma before `from`"


@pytest.mark.parametrize("path", SQL)
def test_text_is_string(path: str) -> None:
    assert not re.search(r"\bvarchar\b", text(path)), f"{path}: write `string`, which both engines know"


@pytest.mark.parametrize("path", MODELS)
def test_no_model_names_a_database(path: str) -> None:
    named = re.search(r"database\s*=", text(path))
    assert not named or "int_sales__conflicting_lines" in path, (
        f"{path}: the folder's configuration says where"
    )

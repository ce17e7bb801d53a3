"""Strict casts in Spark's SQL, matching those of DuckDB in `casts`.

Spark reads a contract's formats unchanged, since both use the JDK's letters. The session's time zone is UTC.
"""

from shopkeeper.contracts.casts import declared_format, digits_sql
from shopkeeper.contracts.contract import Column

_TYPES = {"integer": "bigint", "boolean": "boolean", "double": "double"}


def spark_cast_sql(column: Column, name: str) -> str:
    """Return the value of clean, checked text in a column called `name`; a timestamp in UTC."""
    text = _unmarked(column, name)
    if column.type == "text":
        return text
    if column.type == "decimal":
        return (
            f"cast({digits_sql(column, text, spark_literal)} as decimal({column.precision}, {column.scale}))"
        )
    if column.type == "date":
        return f"to_date({text}, {spark_literal(declared_format(column))})"
    if column.type == "timestamp":
        written = f"to_timestamp({text}, {spark_literal(declared_format(column))})"
        return written if column.has_offset else _utc(column, written)
    return f"cast({digits_sql(column, text, spark_literal)} as {_TYPES[column.type]})"


def spark_typed_cast_sql(column: Column, name: str) -> str:
    """Return a checked Parquet value in the column's own type; a timestamp in UTC."""
    if column.type == "text":
        return name
    if column.type == "decimal":
        return f"cast({name} as decimal({column.precision}, {column.scale}))"
    if column.type == "timestamp":
        return name if column.has_offset else _utc(column, name)
    return f"cast({name} as {_TYPES.get(column.type, column.type)})"


def spark_literal(text: str) -> str:
    """Quote text for Spark's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def spark_identifier(name: str) -> str:
    """Quote a column's name for Spark's SQL."""
    return "`" + name.replace("`", "``") + "`"


def _unmarked(column: Column, name: str) -> str:
    if not column.null_markers:
        return name
    markers = ", ".join(spark_literal(marker) for marker in column.null_markers)
    return f"case when {name} in ({markers}) then null else {name} end"


def _utc(column: Column, written: str) -> str:
    return f"to_utc_timestamp({written}, {spark_literal(column.time_zone)})"

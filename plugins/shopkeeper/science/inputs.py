"""Checks that every science function makes of its input tables.

A check belongs here when two topics need it; it refuses with one `ValueError` that names the column.
"""

import pyarrow as pa
import pyarrow.compute as pc


def require_columns(table: pa.Table, *names: str, nullable: tuple[str, ...] = ()) -> None:
    """Raise `ValueError` unless `table` has each of `names` once, without nulls save in `nullable`."""
    for name in names:
        found = table.column_names.count(name)
        if found != 1:
            what = "has no" if found == 0 else "has more than one"
            raise ValueError(
                f"the table {what} column {name}; its columns are: {', '.join(table.column_names)}"
            )
        if name not in nullable and table[name].null_count:
            raise ValueError(f"column {name} has {table[name].null_count} nulls; remove or fill those rows")


def require_unique(table: pa.Table, name: str) -> None:
    """Raise `ValueError` unless every value of the column stands in one row only."""
    surplus = table.num_rows - len(pc.unique(table[name]))
    if surplus:
        raise ValueError(f"column {name} repeats itself in {surplus} rows; give one row for each {name}")

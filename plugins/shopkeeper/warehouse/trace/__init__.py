"""From a number back to the lines of files that it was made of, and from a line to what was made of it.

Reads published versions only, by the SQL that each keeps. What a table means belongs to dbt.
"""

from shopkeeper.warehouse.trace.asking import FromFile, FromRow, Step, trace_file, trace_row
from shopkeeper.warehouse.trace.lineage import Columns, Origins, TableLineage, table_lineage
from shopkeeper.warehouse.trace.lines import File, Lines
from shopkeeper.warehouse.trace.scores import scored
from shopkeeper.warehouse.trace.shown import fit_to_show, may_be_shown

__all__ = [
    "Columns",
    "File",
    "FromFile",
    "FromRow",
    "Lines",
    "Origins",
    "Step",
    "TableLineage",
    "fit_to_show",
    "may_be_shown",
    "scored",
    "table_lineage",
    "trace_file",
    "trace_row",
]

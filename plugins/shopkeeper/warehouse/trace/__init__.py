"""From a number back to the lines of files that it was made of, and from a line to what was made of it.

Reads published versions only, by the SQL that each keeps. What a table means belongs to dbt.
"""

from shopkeeper.warehouse.trace.asking import FromFile, FromRow, Step, trace_file, trace_row
from shopkeeper.warehouse.trace.lines import File, Lines

__all__ = ["File", "FromFile", "FromRow", "Lines", "Step", "trace_file", "trace_row"]

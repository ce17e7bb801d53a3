"""Gates: is what crosses a border what its contract promises? Great Expectations on DuckDB, in the database.

A new border or a new way to ask belongs here; the rules themselves stand in ``expectations/``, and rules
inside the dbt project are dbt tests.
"""

from shopkeeper.quality.data_docs import write_data_docs
from shopkeeper.quality.gates import gate
from shopkeeper.quality.results import GateResult, RuleResult

__all__ = ["GateResult", "RuleResult", "gate", "write_data_docs"]

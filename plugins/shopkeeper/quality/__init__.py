"""Gates: check with Great Expectations, inside DuckDB, that tables keep their contracts at each border.

Add new borders and new kinds of checks here. The rules themselves are in `expectations/`; rules inside the
dbt project are dbt tests.
"""

from shopkeeper.quality.data_docs import write_data_docs
from shopkeeper.quality.gates import gate
from shopkeeper.quality.results import GateResult, RuleResult, read_results

__all__ = ["GateResult", "RuleResult", "gate", "read_results", "write_data_docs"]

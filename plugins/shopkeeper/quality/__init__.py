"""Gates: check with Great Expectations, inside DuckDB, that tables keep their contracts at each border.

Add new borders and new kinds of checks here. The rules themselves are in `expectations/`; rules inside the
dbt project are dbt tests.
"""

from shopkeeper.quality.data_docs import write_data_docs
from shopkeeper.quality.failing_rows import raw_sql, rule_sql
from shopkeeper.quality.feeds import FeedRule, feed_rules
from shopkeeper.quality.gates import gate
from shopkeeper.quality.results import GateResult, RuleResult, read_results
from shopkeeper.quality.tables import batch_list

__all__ = [
    "FeedRule",
    "GateResult",
    "RuleResult",
    "batch_list",
    "feed_rules",
    "gate",
    "raw_sql",
    "read_results",
    "rule_sql",
    "write_data_docs",
]

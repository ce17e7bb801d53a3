"""What is not red but wrong: refused files and rows, late feeds, held batches, warnings of gates and of dbt.

One sentence each, the same for the console, the terminal and messages. No value of a person is in it; what to
do about it belongs to the runbooks.
"""

from shopkeeper.notices.failing import Failure, dbt_failures, failures_of, latest_build
from shopkeeper.notices.feeds import Feed, feeds_of, sources_behind
from shopkeeper.notices.finding import Notice, find_notices, unknown_files

__all__ = [
    "Failure",
    "Feed",
    "Notice",
    "dbt_failures",
    "failures_of",
    "feeds_of",
    "find_notices",
    "latest_build",
    "sources_behind",
    "unknown_files",
]

"""Builds and published versions: begin, publish, roll back, hold, query, verify; and dbt runs on a build.

Add new ways to read or choose a version here. What a table means belongs to dbt; what a step computes, to
`pipeline`.
"""

from shopkeeper.warehouse.batch_list import batches, hold, release
from shopkeeper.warehouse.builds import Build, begin, describe
from shopkeeper.warehouse.comparison import Difference, compare_rows, compare_versions
from shopkeeper.warehouse.connection import connect_build, connect_published, connect_versions, scores_of
from shopkeeper.warehouse.definitions import (
    LIBRARIES,
    Change,
    Definitions,
    Increment,
    code_version,
    compare,
    is_outdated,
)
from shopkeeper.warehouse.depth import last_built
from shopkeeper.warehouse.failed_builds import build_under_way, clear_builds, last_written
from shopkeeper.warehouse.holds import Hold, read_holds
from shopkeeper.warehouse.landed_batches import Batch
from shopkeeper.warehouse.learned import learn, recall
from shopkeeper.warehouse.published import Version, current, manifest, versions
from shopkeeper.warehouse.published import names as version_names
from shopkeeper.warehouse.published import require as require_version
from shopkeeper.warehouse.publishing import publish, roll_back, undo_rollback
from shopkeeper.warehouse.queries import query
from shopkeeper.warehouse.renaming import (
    TEXT_COLUMNS,
    Renaming,
    identities,
    renamed_columns,
    without_builds,
    write_learned,
    write_parquet,
    write_version,
)
from shopkeeper.warehouse.restatements import find_shrunken, replaced_by
from shopkeeper.warehouse.reuse import (
    Reused,
    arrivals,
    note_unchanged,
    reuse_step,
    reused_nodes,
    unchanged_scores,
    unchanged_tables,
)
from shopkeeper.warehouse.table_contents import TableContent, contents
from shopkeeper.warehouse.tokens import require_newest
from shopkeeper.warehouse.verdicts import SELECTORS
from shopkeeper.warehouse.verification import Verification, verify

__all__ = [
    "LIBRARIES",
    "SELECTORS",
    "TEXT_COLUMNS",
    "Batch",
    "Build",
    "Change",
    "Definitions",
    "Difference",
    "Hold",
    "Increment",
    "Renaming",
    "Reused",
    "TableContent",
    "Verification",
    "Version",
    "arrivals",
    "batches",
    "begin",
    "build_under_way",
    "clear_builds",
    "code_version",
    "compare",
    "compare_rows",
    "compare_versions",
    "connect_build",
    "connect_published",
    "connect_versions",
    "contents",
    "current",
    "describe",
    "find_shrunken",
    "hold",
    "identities",
    "is_outdated",
    "last_built",
    "last_written",
    "learn",
    "manifest",
    "note_unchanged",
    "publish",
    "query",
    "read_holds",
    "recall",
    "release",
    "renamed_columns",
    "replaced_by",
    "require_newest",
    "require_version",
    "reuse_step",
    "reused_nodes",
    "roll_back",
    "scores_of",
    "unchanged_scores",
    "unchanged_tables",
    "undo_rollback",
    "verify",
    "version_names",
    "versions",
    "without_builds",
    "write_learned",
    "write_parquet",
    "write_version",
]

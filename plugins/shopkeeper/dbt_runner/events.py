"""What dbt tells while it runs: a JSON line for programs, and a line for people in the log of the task.

Adds what dbt leaves out: the rows of a table that was built, and 20 rows that a test found, persons masked.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import duckdb
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import env_scrubber, msg_to_dict

from shopkeeper.errors import GateFailed, UserError, without_values
from shopkeeper.sentences import Sentence

MOST_ROWS = 20
LEVELS = {"warn": logging.WARNING, "error": logging.ERROR}
FOUND_ROWS = ("warn", "fail")
TABLES = ("table", "incremental")
COUNTED = "LogTestResult"
"""Says how many rows a test found, and no value of one."""

WHY = "CatchableExceptionOnRun"
"""Says why a node ends in an error, just before dbt says that it has."""

NOT_RUN = ("SkippingDetails", "LogSkipBecauseError")
LAST = "FinishedRunningStats"
TOLD = (LAST, "StatsLine")
AGAIN = ("RunResult", "CheckNodeTest")
"""What dbt says once more of each node when the run has ended."""

_DOTS = re.compile(r" \.{2,}(?= \[)")
_REFUSED = re.compile(r"^\s*Runtime Error in .*\n(\s*Invalid Input Error: refused: )?")
_OF_DEFINITIONS = re.compile(
    r"(Runtime Error in [^\n]*\n\s*)?"
    r"((Binder|Catalog|Parser|Compilation|Database) Error|Invalid Input Error: refused: )"
)
"""Errors that quote column names but no values, and the messages of the project's own tests."""

LOG = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())  # a command prints its own lines; a task's log takes these


class Events:
    """Writes the events of one run of dbt to its log; `nodes`: those of the parsed project, by unique id."""

    def __init__(self, log: TextIO, nodes: Mapping[str, Any] | None = None) -> None:
        self.log, self.nodes = log, nodes or {}
        self.found: dict[str, dict[str, Any]] = {"row_counts": {}, "failing_rows": {}}
        self.reasons: dict[str, str] = {}
        self.told: set[str] = set()
        self.not_run = 0

    def __call__(self, event: EventMsg) -> None:
        """Write one event like dbt's file log, which would also render debug events before dropping them."""
        if event.info.name == WHY:
            self.reasons[event.data.node_info.unique_id] = values_withheld(event.data.exc)
            return
        if event.info.level in ("debug", "test"):
            return
        told = msg_to_dict(event)
        if event.info.level == "error" and event.info.name != COUNTED:
            for part in (told["info"], told["data"]):
                part["msg"] = values_withheld(str(part.get("msg", "")))
        if event.info.name in ("LogModelResult", COUNTED):
            self._look(told["data"])
        self.log.write(env_scrubber(json.dumps(told, sort_keys=True)) + "\n")
        self._tell(told)

    def _look(self, data: dict[str, Any]) -> None:
        """Count a built table's rows, or read those that a test found, from dbt's own database."""
        info = data.get("node_info", {})
        name, status = info.get("unique_id"), info.get("node_status")
        if name in self.reasons:
            data["why"] = self.reasons[name]
        if name not in self.nodes:
            return
        if info["resource_type"] == "model" and status == "success" and info["materialized"] in TABLES:
            found = _query(f"select count(*) as row_count from {self.nodes[name].relation_name}")
            if found:
                data["row_count"] = self.found["row_counts"][name] = found[0]["row_count"]
        elif info["resource_type"] == "test" and status in FOUND_ROWS:
            from shopkeeper.warehouse.trace import fit_to_show

            rows = _query(f"select * from ({self.nodes[name].compiled_code}\n) limit {MOST_ROWS}")
            data["failing_rows"] = self.found["failing_rows"][name] = [
                {column: _plain(value) for column, value in fit_to_show(row).items()} for row in rows
            ]

    def _tell(self, told: dict[str, Any]) -> None:
        """Say in the task's log how a node ended; what failed once, with its rows and its SQL."""
        info, data = told["info"], told["data"]
        unique_id = data.get("node_info", {}).get("unique_id", "")
        self.not_run += info["name"] in NOT_RUN
        is_known = info["name"].startswith(AGAIN) and unique_id in self.told
        if is_known or info["name"] in (*NOT_RUN, "EndOfRunSummary"):
            return
        if info["name"] == LAST and self.not_run:
            LOG.error("%s models and tests were not run, since something before them failed", self.not_run)
        level = LEVELS.get(info["level"], logging.INFO)
        is_result = info["name"].startswith("Log") and not info["name"].endswith("StartLine")
        if not info["msg"].strip() or not (is_result or info["name"] in TOLD or level == logging.ERROR):
            return
        rows = f" {data['row_count']:,} rows" if "row_count" in data else ""
        LOG.log(level, "%s%s", _DOTS.sub("", info["msg"]), rows)
        if is_result and level == logging.ERROR:
            self._tell_fault(unique_id, data)

    def _tell_fault(self, unique_id: str, data: dict[str, Any]) -> None:
        self.told.add(unique_id)
        for line in filter(str.strip, str(data.get("why", "")).splitlines()):
            LOG.error("    %s", line)
        for row in data.get("failing_rows", ()):
            LOG.error("    %s", json.dumps(row, ensure_ascii=False))
        sql = getattr(self.nodes.get(unique_id), "compiled_code", None)
        for line in (sql or "").strip().splitlines():
            LOG.error("%s", line)


def values_withheld(message: str) -> str:
    """Return an error of dbt without values of rows; one about definitions keeps its names."""
    return message if _OF_DEFINITIONS.match(message.strip()) else without_values(message)


def failure(selector: str, failed: Sequence[Mapping[str, Any]]) -> UserError:
    """Return the error of a run of dbt from its results that failed; it names the first."""
    first = next((result for result in failed if result["status"] != "skipped"), failed[0])
    has_found = first["status"] == "fail"
    kind = GateFailed if has_found else UserError
    said = first_line(_REFUSED.sub("", str(first["message"])))
    why = Sentence("{count:,} rows", count=first["failures"]) if has_found else said
    name, status = first["unique_id"].split(".", 2)[-1], Sentence(first["status"])
    facts = {"step": selector, "node": name, "status": status, "why": why}
    return kind(Sentence("dbt {step}: {node} ended as {status}: {why}", **facts))


def first_line(message: object) -> str:
    """Return the start of an error of dbt as one line, with a cure if there is one."""
    lines = [line.strip() for line in str(message).splitlines() if line.strip()]
    told = " ".join(lines[:3])[:400] or "no message"
    is_too_large = "type DECIMAL" in told and "out of range" in told
    cure = "amounts or their sum have more than 16 digits: set their `maximum` in the source's contract: "
    return (cure if is_too_large else "") + told


def _query(sql: str) -> list[dict[str, Any]]:
    """Ask the database that dbt has open; nothing if it cannot answer, since the run must go on."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        handle = DuckDBConnectionManager.env().handle()
        try:
            found = handle.cursor().execute(sql)
            columns = [column[0] for column in found.description]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        finally:
            handle.close()
    except duckdb.Error as error:
        LOG.info("The rows cannot be read: %s", without_values(str(error).partition("\n")[0]))
        return []


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else str(value)

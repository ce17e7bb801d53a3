"""Work too heavy for the web server, in a process of its own: rolling back, comparing, replaying.

The web server also serves Airflow's tasks; these jobs read whole tables, use the memory that a refresh may
use, or fork. What they do belongs to `warehouse` and `landing`.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.permissions import keep_private
from shopkeeper.sentences import Sentence, as_json, restored
from shopkeeper.startup import forbid_pandas

SECONDS = 600


def perform(home: Home, job: str, **arguments: Any) -> Any:
    """Do a job in a process of its own and return its result; raises its `UserError`."""
    asked = json.dumps({"home": str(home.root), "job": job, "arguments": arguments})
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UserError(Sentence("it took longer than {seconds} s and was ended", seconds=SECONDS)) from error
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise RuntimeError(f"{job} ended with status {done.returncode}: {done.stderr[-2000:]}") from error
    if "fault" in answer:
        raise UserError(restored(answer["fault"], answer["said"]))
    return answer["result"]


def perform_here(home: Home, job: str, **arguments: Any) -> Any:
    """Do a job in this process, which is not the web server's."""
    return JOBS[job](home, **arguments)


def roll_back(home: Home, version: str) -> dict[str, Any]:
    """Show readers an earlier version; return which one they saw, and how many batches are held or wait."""
    from shopkeeper import warehouse

    return _shown(home, version, warehouse.roll_back)


def undo_rollback(home: Home, version: str) -> dict[str, Any]:
    """Show readers the version that the last rollback left; returns the same as `roll_back`."""
    from shopkeeper import warehouse

    return _shown(home, version, warehouse.undo_rollback)


def _shown(home: Home, version: str, show: Callable[[Home, str], None]) -> dict[str, Any]:
    from shopkeeper import warehouse

    try:
        left = warehouse.current(home)
    except UserError:
        left = None  # A damaged link, which a rollback repairs.
    show(home, version)
    try:
        batches = warehouse.batches(home)
    except UserError:
        return {"left": left, "batches": None}  # Raw is damaged; the pages that read it say so.
    held, new = sum(each.is_held for each in batches), sum(each.status == "new" for each in batches)
    return {"left": left, "batches": {"held": held, "new": new}}


def compare(home: Home, before: str, after: str) -> list[dict[str, Any]]:
    """Return what differs between two versions, largest first."""
    from shopkeeper import warehouse

    found = warehouse.compare_versions(home, before, after)
    return [{**asdict(each), "said": as_json(each.what)} for each in found]


def replay(
    home: Home, key: str, corrections: Path | dict[str, dict[str, str | None]] | None = None
) -> dict[str, Any]:
    """Check refused rows again, with corrections of a file, or a person's by line number."""
    from shopkeeper.landing import quarantine

    done = quarantine.replay(home, key, corrections)
    return {**asdict(done), "said": as_json(done.detail)}


JOBS: dict[str, Callable[..., Any]] = {
    "roll_back": roll_back,
    "undo_rollback": undo_rollback,
    "compare": compare,
    "replay": replay,
}


def main() -> None:
    """Do the job that standard input names, and print its result as the last line."""
    forbid_pandas()
    asked = json.loads(sys.stdin.read())
    home = Home(Path(asked["home"]))
    try:
        keep_private(home)
        answer: dict[str, Any] = {"result": JOBS[asked["job"]](home, **asked["arguments"])}
    except UserError as error:
        answer = {"fault": str(error), "said": as_json(error.args[0])}
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    main()

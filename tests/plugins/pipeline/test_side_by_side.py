"""Steps of one stage: each but the first works in a process of its own."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.pipeline.run import _side_by_side

NOBODY_BOUGHT = "nobody bought anything; land a file of the till"


@dataclass(frozen=True)
class Scoring:
    """A step that says where it works, fails, or waits."""

    name: str
    fails: bool = False
    waits: bool = False

    def perform(self, home: Home, build_id: str) -> dict[str, int]:
        if self.fails:
            raise UserError(NOBODY_BOUGHT)
        if self.waits:
            (home.root / self.name).write_text(str(os.getpid()))
            time.sleep(60)
        return {"process": os.getpid()}


def test_scores_of_one_stage_are_computed_in_two_processes(tmp_path: Path) -> None:
    segments, credits = _side_by_side((Scoring("segments"), Scoring("credits")), Home(tmp_path), "v000001")
    assert (segments.name, credits.name) == ("segments", "credits")
    assert segments.facts == {"process": os.getpid()}
    assert credits.facts is not None and credits.facts["process"] != os.getpid()


def test_the_error_of_a_forked_step_is_the_users(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=NOBODY_BOUGHT):
        _side_by_side((Scoring("segments"), Scoring("credits", fails=True)), Home(tmp_path), "v000001")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends a process with its parent")
def test_a_killed_refresh_leaves_no_process_behind(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        _side_by_side((Scoring("segments", waits=True), Scoring("credits", waits=True)), Home(tmp_path), "v")
        os._exit(0)
    forked = psutil.Process(int(_written(tmp_path / "credits")))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert forked not in psutil.wait_procs([forked], timeout=20)[1]


def _written(file: Path) -> str:
    while not file.exists() or not file.read_text():
        time.sleep(0.01)
    return file.read_text()

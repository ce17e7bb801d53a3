"""Kills a home's refreshes in each phase while a reader looks on, and lets the next refresh make it good.

A round takes one home through a kill in each phase of a refresh, each by the refresh that has to recover from
the one before, and ends with a refresh that nobody disturbs. After each kill the step that died is performed
again on its own, as Airflow does, and killed again: that costs the step and not the way to it. Meanwhile a reader
in a process of its own reads every table of the published version, again and again.
"""

import random
import shutil
import signal
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.plugins.pipeline.processes import Nursery, Reader
from tests.shop.weeks import Scene, hashes

from shopkeeper import warehouse
from shopkeeper.paths import Home
from shopkeeper.pipeline.registry import STEPS, stages_of_a_build

PHASES: dict[str, list[str]] = {"land": [], "build": [], "gate": [], "publish": []}
for name, step in STEPS.items():
    phase = name if name in PHASES else step.kind
    PHASES[phase if phase in PHASES else "build"].append(name)
ON_A_BUILD = {step.name for stage in stages_of_a_build() for step in stage}
AGAIN = 2
SEED = 37


class Lane:
    """One line of rounds, with a reader of its own."""

    def __init__(self, scene: Scene, folder: Path, nursery: Nursery) -> None:
        self.scene, self.folder, self.nursery = scene, folder, nursery
        self.reader = Reader()
        self.kills: Counter[str] = Counter()

    def round(self, number: int) -> None:
        draw = random.Random(SEED + number)
        home = self.folder / f"home{number}"
        shutil.copytree(self.scene.home, home, symlinks=True)
        with self.reader.watching(home) as report:
            for phase in PHASES:
                step = self.choose(phase, draw)
                self.kills[phase] += self.kill_in(step, home, draw)
                self.kills[phase] += sum(self.kill_again(step, home, draw) for _ in range(AGAIN))
            last = self.nursery.refresh(home)
            assert last.end() == 0, f"round {number}: {last.message}"
        assert not report["errors"], f"round {number}: {report['errors'][:3]}"
        assert not report["torn"], f"round {number}: torn {report['torn']}"
        assert not report["backward"], f"round {number}: {report['backward']}"
        assert report["reads"] > 0
        others = {table for table, _ in hashes(home).items() ^ self.scene.hashes.items()}
        assert not others, f"round {number} ends with another {others}"
        left = {path.name for path in (home / "published").iterdir()} | {
            path.name for path in (home / "build").iterdir()
        }
        assert left <= {"current", *report["versions"], warehouse.current(Home(home))}, (
            f"round {number} leaves {left}"
        )
        shutil.rmtree(home)

    def choose(self, phase: str, draw: random.Random) -> str:
        """Draw a step of a phase; a long one is likelier."""
        (step,) = draw.choices(PHASES[phase], weights=[self.scene.seconds[name] for name in PHASES[phase]])
        return step

    def kill_in(self, step: str, home: Path, draw: random.Random) -> bool:
        """Kill one refresh somewhere in a step; False where it had ended before."""
        place = self.scene.order.index(step)
        child = self.nursery.refresh(home)
        child.wait_for(self.scene.order[place - 1] if place else "start")
        child.sleep(draw.uniform(0, self.scene.seconds[step]))
        return child.kill() == -signal.SIGKILL

    def kill_again(self, step: str, home: Path, draw: random.Random) -> bool:
        """Perform a step again, on the build that is left, and kill it too; False where it had ended before."""
        left = [path.name for path in (home / "build").glob("v*")]
        if step in ON_A_BUILD and not left:
            return False
        child = self.nursery.refresh(home, step=step, arguments=left[:1] if step in ON_A_BUILD else [])
        child.wait_for("start")
        child.sleep(draw.uniform(0, self.scene.seconds[step]))
        return child.kill() == -signal.SIGKILL


def kill_until(trials: int, lanes: Sequence[Lane]) -> Counter[str]:
    """Run rounds until so many refreshes have been killed, at least an eighth of them in each phase."""
    numbers = iter(range(10 * trials))

    def counted() -> Counter[str]:
        return sum((lane.kills for lane in lanes), Counter())

    def run(lane: Lane) -> None:
        while counted().total() < trials or min(counted()[phase] for phase in PHASES) < max(1, trials // 8):
            lane.round(next(numbers))

    try:
        with ThreadPoolExecutor(len(lanes)) as pool:
            for finished in [pool.submit(run, lane) for lane in lanes]:
                finished.result()
    finally:
        for lane in lanes:
            lane.reader.close()
    return counted()

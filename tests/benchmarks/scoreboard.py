"""What Shopkeeper reaches where the answer is known: `make scoreboard` prints it and writes `docs/scoreboard.md`.

The first table is the dirt that the omnichannel world plants (`SCENARIOS.md`): the share of each kind that
landing, rules or models find, or that is mended, and the clean rows that this costs. Exits with 1 where a bar
fails.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.benchmarks.dirt_found import MOST_REFUSED, WAYS, Found, Kind, measure, stories
from tests.benchmarks.landed_records import World

from shopkeeper.contracts import catalog
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.paths import PLUGINS, Home
from shopkeeper.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "scoreboard.md"
STORIES = PLUGINS / "shopkeeper" / "demo" / "omnichannel" / "SCENARIOS.md"
PERSONS, DAYS, SEED = 3_000, 9, 1
RETAILER = "omnichannel"
MOST_ATTEMPTS = 6

DIRT = (
    "truncated_day: 2, wrong_zone_from_day: 1, currency_day: 5, migration_day: 4, merged_share: 0.33, "
    "merged_from_day: 6, restated_file: 0.2, late_file: 0.05, return_without_order: 0.9, "
    "personal_data_in_url: 0.05"
)
WORLD = """
dirt: {{{dirt}}}
people: {{tester_rate: 0.01, staff_rate: 0.01, reseller_rate: 0.01}}
feelings: {{spam_rate: 0.4}}
"""
"""What comes once in a year comes in the first days, and what is rare comes often enough to be counted."""

DROP = """
import sys
from datetime import timedelta
from pathlib import Path
from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import START
from shopkeeper.paths import Home
home, world, seed, persons, days = sys.argv[1:]
drop(Home(Path(home)), read(world), int(seed), int(persons), START + timedelta(int(days) - 1))
"""
LAND = """
import sys
from pathlib import Path
from shopkeeper.landing import land
from shopkeeper.paths import Home
if __name__ == "__main__":
    land(Home(Path(sys.argv[1])))
"""
REFRESH = """
import sys
from pathlib import Path
from shopkeeper.errors import GateFailed
from shopkeeper.paths import Home
from shopkeeper.pipeline.run import run
if __name__ == "__main__":
    try:
        run(Home(Path(sys.argv[1])))
    except GateFailed as failed:
        print(failed)
        sys.exit(3)
"""
HOLD = """
import sys
from pathlib import Path
from shopkeeper import warehouse
from shopkeeper.paths import Home
home = Home(Path(sys.argv[1]))
held = [b.batch_id for b in warehouse.batches(home) if b.file_name in sys.argv[2:]]
warehouse.hold(home, *held, why="its gate failed")
"""
GATE_FAILED = 3


def main() -> None:
    """Live the world, refresh it, measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--folder", type=Path, help="where the homes are kept; without it they are removed")
    chosen = parser.parse_args()
    os.environ["SHOPKEEPER_RETAILER"] = RETAILER
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        found, size = scored(folder.resolve(), chosen.persons, chosen.days)
    page = written(found, *size)
    PAGE.write_text(page, encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table(found))
    for line in verdicts(found):
        console.print(line)
    sys.exit(0 if found.has_passed else 1)


def scored(folder: Path, persons: int, days: int) -> tuple[Found, tuple[int, int]]:
    """Return what was found, and the persons and days of the world.

    A folder that holds a world already is measured again as it is.
    """
    planted, clean = (lived(folder, name, persons, days) for name in ("planted", "clean"))
    failed = folder / "failed_rules.json"
    if not planted.home.current.exists():
        run(LAND, planted.home.root)
        shutil.copytree(planted.home.vault, clean.home.vault, dirs_exist_ok=True)
        run(LAND, clean.home.root)
        refresh(planted.home, failed)
    rules = json.loads(failed.read_text()) if failed.exists() else []
    lived_world = TruthFolder(planted.home.root).told() or {}
    found = measure(planted, clean, stories(STORIES), catalog(), rules)
    return found, (lived_world["persons"], lived_world["days"])


def lived(folder: Path, name: str, persons: int, days: int) -> World:
    """Live the world, with or without its dirt, and keep a copy of what was dropped."""
    home, files, world = Home(folder / name), folder / f"{name}_files", folder / f"{name}.yml"
    if not files.exists():
        scale = ", scale: 0" if name == "clean" else ""
        folder.mkdir(parents=True, exist_ok=True)
        world.write_text(WORLD.format(dirt=DIRT + scale))
        run(DROP, home.root, world, SEED, persons, days)
        shutil.copytree(home.own_inbox, files)
    return World(home, home.root.with_name(f"{name}-truth"), files)


def refresh(home: Home, failed: Path) -> None:
    """Refresh until a version is published; hold the files that a gate names, as its runbook says.

    `failed`: the file that keeps the rules that failed on the way.
    """
    for _ in range(MOST_ATTEMPTS):
        if run(REFRESH, home.root, may_fail=True) != GATE_FAILED:
            return
        gates = [
            path for folder in (home.builds, home.failed) for path in folder.glob("*/gates/sources.json")
        ]
        rules = json.loads(max(gates, key=lambda path: path.stat().st_mtime).read_text())["rules"]
        critical = [rule for rule in rules if not rule["has_passed"] and rule["severity"] == "critical"]
        files = {row["file_name"] for rule in critical for row in rule["failing_rows"] if "file_name" in row}
        if not files:
            raise SystemExit("a gate failed that names no file; see docs/runbooks/a-gate-failed.md")
        before = json.loads(failed.read_text()) if failed.exists() else []
        failed.write_text(json.dumps(before + critical))
        run(HOLD, home.root, *sorted(files))
    raise SystemExit(f"no version after {MOST_ATTEMPTS} refreshes")


def run(code: str, *arguments: object, may_fail: bool = False) -> int:
    """Run a part in a process of its own, whose memory ends with it; return its exit status."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(PROJECT_ROOT / "plugins"), str(PROJECT_ROOT))),
        "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
        "SHOPKEEPER_HOME": str(arguments[0]),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(code)
        script.flush()
        command = [sys.executable, script.name, *map(str, arguments)]
        status = subprocess.run(command, env=environment, check=False).returncode
    if status not in (0, GATE_FAILED) or (status and not may_fail):
        raise SystemExit(f"a part of the scoreboard ended with {status}")
    return status


def table(found: Found) -> Table:
    """Return the kinds, the best found one first, for a terminal."""
    shown = Table(title="Dirt found")
    for name in HEADER:
        shown.add_column(name, justify="left" if name in ("kind", "how") else "right", overflow="fold")
    for row in rows(found):
        shown.add_row(*row)
    return shown


HEADER = ("kind", "rows planted", *WAYS[:-1], "caught", "mended", "in all", "how")


def rows(found: Found) -> list[tuple[str, ...]]:
    """Return the rows of the table, as text."""
    return [
        (
            kind.name,
            f"{kind.planted:,}",
            *(f"{count:,}" if count else "" for count in kind.found[:-1]),
            share(kind.caught, kind.planted),
            share(kind.found[-1], kind.planted),
            share(sum(kind.found), kind.planted),
            "; ".join(part for part in (how(kind), unseen(kind)) if part),
        )
        for kind in found.kinds
    ]


def share(count: int, of: int) -> str:
    """Return a share rounded down, so that only all is 100 %."""
    return f"{count * 1000 // of / 10:.1f} %" if of else ""


def how(kind: Kind) -> str:
    return kind.how or ("nothing finds it" if kind.planted else "this world has none of it")


def unseen(kind: Kind) -> str:
    """Return what nothing could have found."""
    same = f"{kind.unseen:,} are written as without dirt" if kind.unseen else ""
    odd = f"{kind.odd:,} have no standard form without dirt" if kind.odd else ""
    return ", ".join(part for part in (same, odd) if part)


def verdicts(found: Found) -> list[str]:
    """Return the price, beside its bar, and what could not be matched."""
    verdict = "PASSED" if found.refused_rate <= MOST_REFUSED else "FAILED"
    lines = [
        f"clean rows refused: {found.refused_clean_count:,} of {found.clean_count:,}, "
        f"{100 * found.refused_rate:.4f} % (bar ≤ {100 * MOST_REFUSED:g} %): {verdict}"
    ]
    lines += [f"of these {price.row_count:,} by {price.way}: {price.how}" for price in found.prices]
    if found.feeds:
        feeds = (f"{feed} {count:,} of {of:,}" for feed, count, of in found.feeds)
        lost, all_of_them = (sum(feed[place] for feed in found.feeds) for place in (1, 2))
        lines.append(
            f"in the feeds that lose any, {lost:,} of {all_of_them:,}, {100 * lost / all_of_them:.2f} %: "
            f"{', '.join(feeds)}"
        )
    if found.named_clean_count:
        lines.append(
            f"clean rows that a failing rule names: {found.named_clean_count:,}; a warning refuses none"
        )
    lines += [
        f"not matched: {count:,} records of {feed}: {why}: FAILED" for feed, count, why in found.unmatched
    ]
    if not found.unmatched:
        lines.append(
            f"each of {found.record_count:,} records is matched to a landed or a refused row: PASSED"
        )
    return lines


PROSE = """# Scoreboard

`make scoreboard` prints this page and writes it. It measures Shopkeeper where the answer is known: on the simulated omnichannel retailer
([demo_world.md](demo_world.md)), whose truth names the dirt of each record that it drops.

## Dirt found

The world has {persons:,} persons and {days} days, {records:,} records in all. It is small: each kind occurs, the rarest in {rarest:,} rows, so that its share says little. What comes once in a year
comes in the first days, and rare kinds come more often than the demo world's default (`tests/benchmarks/scoreboard.py`): files that are late or stated again, refunds without an order, testers, staff, resellers, spam, personal data in address lines.
All others come at the default's rate, contradictory rows (`conflicting_duplicate`) among them: what these cost in clean rows, a default world pays, too. All days land at once. A row counts for each kind that it has, and for the first of these that finds it.
*Landing* refuses it for a reason that fits, keeps it with a reason why a value has no standard form, or takes a person's data out of its text. A *rule*, a gate's or dbt's, fails and names its file, its line or its key, or that of its customer, or of the sale or the visit that it is part of.
A *model* leaves it out, puts it aside, or calls it a bot's or a member of staff's. These three catch it. *Mended*: nobody is warned, but the version is right: its values land as those of the same row in the same world without dirt although
they are written otherwise, its old and its new number are one customer's and nobody else's, or what its file lacked comes later. A reason that the same row has without dirt, too, finds nothing, but for a test account's name, which is the same in both worlds.
A kind that does no harm here is found at 0 % all the same: no model links customers by a phone that a family shares. Clean rows are those without dirt; they are refused if landing refuses them, a rule's file is held, or no fact has them
(a line is in no fact while its order is refused or held).
"""


def written(found: Found, persons: int, days: int) -> str:
    """Return the page."""
    rarest = min((kind.planted for kind in found.kinds), default=0)
    lines = [PROSE.format(persons=persons, days=days, records=found.record_count, rarest=rarest)]
    lines += [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}"]
    lines += [f"| {' | '.join((f'`{name}`', *rest))} |" for name, *rest in rows(found)]
    lines += ["", *(f"- {line}" for line in verdicts(found))]
    if found.rules:
        lines += ["", "Rules that failed on the way:", "", *(f"- {rule}" for rule in found.rules)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

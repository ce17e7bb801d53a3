"""The tutorial's commands, word for word, in a folder that has only what they name."""

import csv
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from shopkeeper.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow

PAGE = PROJECT_ROOT / "docs" / "tutorial.md"
EXPORT = PROJECT_ROOT / "docs" / "tutorial"


def commands() -> str:
    """Return the page's blocks of commands, one after another."""
    return "".join(re.findall(r"^```\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def rows(name: str) -> list[dict[str, str]]:
    with (EXPORT / f"{name}_2024-03.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def amount(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "docs").symlink_to(PROJECT_ROOT / "docs")
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands()],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(PROJECT_ROOT / "plugins")},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_every_row_of_the_export_is_accepted(done: str) -> None:
    for name in ("orders", "order_lines", "customers"):
        assert f"web.{name}: {len(rows(name))} rows accepted, 0 refused" in done


def test_the_tutorial_ends_in_the_shops_own_figures(done: str) -> None:
    sold = {order["order_id"] for order in rows("orders") if order["status"] != "cancelled"}
    lines = [line for line in rows("order_lines") if line["order_id"] in sold]
    revenue = sum(amount(line["amount"]) for line in lines)
    assert re.search(rf"^{len(sold)} +{revenue}\s*$", done, re.MULTILINE), done[-2000:]


def test_the_page_names_the_export_as_it_is() -> None:
    counts = [len(rows(name)) for name in ("orders", "order_lines", "customers")]
    assert "{} orders, {} lines, {} customers".format(*counts) in PAGE.read_text()

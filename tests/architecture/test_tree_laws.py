"""Law 9 and the tree: what the pages promise exists, and nothing grows past its budget."""

import re
from collections import Counter

import pytest
import yaml
from tests.architecture.project import ROOT, committed, files, text

from shopkeeper.settings import Settings

BUDGETS = {"dags/*.py": 80, "plugins/*.py": 250, "dbt_project/models/*.sql": 100, "retailers/*.sql": 100}
BASELINE = yaml.safe_load(text("tests/architecture/size_baseline.yml")) or {}


def test_the_environment_example_lists_exactly_the_settings() -> None:
    listed = set(re.findall(r"^#?\s?(SHOPKEEPER_\w+)=", text(".env.example"), re.MULTILINE))
    fields = {f"SHOPKEEPER_{name.upper()}" for name in Settings.model_fields}
    assert fields <= listed, f".env.example lacks {fields - listed}: every setting is one line of it"


def test_the_folder_table_of_the_readme_names_the_folders() -> None:
    listed = set(re.findall(r"^\| `(\w+)/`", text("README.md"), re.MULTILINE))
    folders = {path.split("/")[0] for path in committed() if "/" in path and not path.startswith(".")}
    assert listed == folders, f"README's folder table and the folders differ: {listed ^ folders}"


@pytest.mark.parametrize(("pattern", "budget"), BUDGETS.items())
def test_no_file_outgrows_its_budget(pattern: str, budget: int) -> None:
    for path in files(pattern):
        length = len(text(path).splitlines())
        allowed = BASELINE.get(path, budget)
        assert length <= allowed, (
            f"{path} has {length} lines, {allowed} are allowed: split it by what it does"
        )


def test_the_baseline_of_old_debt_only_shrinks() -> None:
    for path, allowed in BASELINE.items():
        length = len(text(path).splitlines())
        budget = next(b for pattern, b in BUDGETS.items() if path in files(pattern))
        assert allowed > budget, (
            f"{path} is within its budget: take it off tests/architecture/size_baseline.yml"
        )
        assert length == allowed, f"{path} shrank to {length}: lower its baseline from {allowed}"


def test_the_readme_fits_a_person() -> None:
    assert len(text("README.md").splitlines()) < 120, (
        "README.md must stay under 120 lines: move detail to docs/"
    )


def test_nothing_committed_names_a_machine_or_an_index() -> None:
    words = re.compile(r"/(?:work|root|home/\w+)/|pythonhosted|pypi\.org/simple|files\.pythonhosted")
    for path in files(
        "*.py", "*.md", "*.yml", "*.yaml", "*.toml", "*.lock", "Makefile", "Dockerfile", "*.sql", "*.sh"
    ):
        if path == "tests/architecture/test_tree_laws.py":
            continue
        found = words.search(text(path))
        assert not found, (
            f"{path} says {found.group() if found else ''}: name no machine path and no package index"
        )


def test_every_decision_and_runbook_is_reachable_from_its_list() -> None:
    for folder in ("docs/decisions", "docs/runbooks"):
        listed = text(f"{folder}/README.md")
        for path in files(f"{folder}/*.md"):
            name = path.rsplit("/", 1)[1]
            assert name == "README.md" or name in listed, f"{path}: list it in {folder}/README.md"


def test_no_test_needs_a_file_from_outside_the_repository() -> None:
    looking = {path for path in files("tests/*.py") if re.search(r"parents\[\d\] / \"shared\"", text(path))}
    looking -= {"tests/benchmarks/science/outside.py"}
    assert not looking, f"{looking}: ship a small cut of the data, make it, or measure it in tests/benchmarks"
    for path in files("tests/plugins/*.py") + files("tests/dbt/*.py") + files("tests/retailers/*.py"):
        assert "benchmarks.science.outside" not in text(path), f"{path}: a test is never skipped for its data"


def test_no_two_test_modules_share_a_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    twice = [name for name, count in names.items() if count > 1]
    assert not twice, f"pytest imports one module of a name only: rename one of {', '.join(twice)}"

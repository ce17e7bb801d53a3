"""A new home starts from the project as it was parsed with the environment, and never from a stale one."""

import json
import shutil
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from shopkeeper.dbt_runner import definitions, remember_project, remembering
from shopkeeper.dbt_runner import runs as dbt_runs
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow
COMPILING = sys.modules[definitions.__module__]
REMEMBERING = sys.modules[remember_project.__module__]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of both dbt projects in an environment of its own, which remembers them."""
    copy = tmp_path / "dbt_project"
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages")
    shutil.copytree(PROJECT_ROOT / "dbt_project", copy, ignore=ignored)
    shutil.copytree(retailer().folder, tmp_path / "retailer", ignore=ignored)
    his_copy = retailer().model_copy(update={"folder": tmp_path / "retailer"})
    for module in (dbt_runs, remembering):
        monkeypatch.setattr(module, "DBT_PROJECT", copy)
        monkeypatch.setattr(module, "retailer", lambda: his_copy)
    for module in (dbt_runs, remembering, REMEMBERING):
        monkeypatch.setattr(module, "PARSED_PROJECT", tmp_path / "environment" / "partial_parse.msgpack")
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    remember_project()
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    return copy


def timing(home: Home) -> dict:
    return json.loads((home.airflow / "dbt" / "perf_info.json").read_text())


def edit(project: Path) -> None:
    model = next(project.rglob("customer_360.sql"))
    model.write_text(model.read_text().replace("select * from", "select distinct * from"))


def never(home: Home) -> None:
    raise AssertionError("it was made again")


def test_a_new_home_parses_nothing_that_the_environment_remembers(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbt.flags.GLOBAL_FLAGS", Namespace())  # as in a process that ran no dbt command
    home = Home(tmp_path / "home")
    manifest = json.loads(dbt_runs.parse_manifest(home).read_text())
    assert "model.shopkeeper.customer_360" in manifest["nodes"]
    assert not (home.airflow / "dbt" / "perf_info.json").exists()


def test_a_model_edited_since_is_seen_in_a_new_home(project: Path, tmp_path: Path) -> None:
    edit(project)
    (project / "models" / "marts" / "shoppers.sql").write_text("select 1 as one")
    home = Home(tmp_path / "home")
    nodes = dbt_runs.parsed(home).nodes
    assert "distinct" in nodes["model.shopkeeper.customer_360"].raw_code
    assert "model.shopkeeper.shoppers" in nodes
    assert timing(home)["is_partial_parse_enabled"]


def test_a_home_parses_an_edited_project_once(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project)
    home = Home(tmp_path / "home")
    first = {uid: node.raw_code for uid, node in dbt_runs.parsed(home).nodes.items()}
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    monkeypatch.setattr(dbt_runs, "_parse", never)
    assert {uid: node.raw_code for uid, node in dbt_runs.parsed(home).nodes.items()} == first


def test_a_damaged_memory_costs_a_parse_and_nothing_else(project: Path, tmp_path: Path) -> None:
    for file in remembering.PARSED_PROJECT.parent.iterdir():
        file.write_bytes(b"\x93not a project")
    home = Home(tmp_path / "home")
    assert "model.shopkeeper.customer_360" in dbt_runs.parsed(home).nodes
    assert timing(home)["parsed_path_count"] > 0


def test_remembered_fingerprints_are_those_compiled_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    compiled = COMPILING.compiled_definitions(home)
    monkeypatch.setattr(COMPILING, "compiled_definitions", never)
    assert definitions(Home(tmp_path / "other")) == compiled


def test_an_edited_model_has_another_fingerprint(project: Path, tmp_path: Path) -> None:
    before = definitions(Home(tmp_path / "home")).fingerprints
    edit(project)
    after = definitions(Home(tmp_path / "home")).fingerprints
    assert {name for name in before if before[name] != after[name]} == {"model customer_360"}

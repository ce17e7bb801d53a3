"""A new home starts from the project as it was parsed with the environment, and never from a stale one."""

import json
import shutil
from pathlib import Path

import pytest

from shopkeeper.dbt_runner import definitions, remember_project, remembering
from shopkeeper.dbt_runner import runs as dbt_runs
from shopkeeper.dbt_runner.definitions import compiled_definitions
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.settings import PROJECT_ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of both dbt projects in an environment of its own."""
    copy = tmp_path / "dbt_project"
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages")
    shutil.copytree(PROJECT_ROOT / "dbt_project", copy, ignore=ignored)
    shutil.copytree(retailer().folder, tmp_path / "retailer", ignore=ignored)
    his_copy = retailer().model_copy(update={"folder": tmp_path / "retailer"})
    monkeypatch.setattr(dbt_runs, "DBT_PROJECT", copy)
    monkeypatch.setattr(dbt_runs, "retailer", lambda: his_copy)
    monkeypatch.setattr(dbt_runs, "PARSED_PROJECT", tmp_path / "environment" / "partial_parse.msgpack")
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    return copy


def parse(home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[dict, dict]:
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    manifest = json.loads(dbt_runs.parse_manifest(home).read_text())
    return manifest, json.loads((home.airflow / "dbt" / "perf_info.json").read_text())


@pytest.mark.slow
def test_a_new_home_parses_nothing_that_the_environment_remembers(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_project()
    manifest, timing = parse(Home(tmp_path / "home"), monkeypatch)
    assert timing["is_partial_parse_enabled"] and timing["parsed_path_count"] == 0
    assert "model.shopkeeper.customer_360" in manifest["nodes"]


@pytest.mark.slow
def test_a_model_edited_since_is_seen_in_a_new_home(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_project()
    model = next(project.rglob("customer_360.sql"))
    model.write_text(model.read_text() + "\n-- edited\n")
    (model.parent / "shoppers.sql").write_text("select 1 as one")
    manifest, _ = parse(Home(tmp_path / "home"), monkeypatch)
    assert manifest["nodes"]["model.shopkeeper.customer_360"]["raw_code"].endswith("-- edited")
    assert "model.shopkeeper.shoppers" in manifest["nodes"]


@pytest.mark.slow
def test_a_damaged_memory_costs_a_parse_and_nothing_else(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt_runs.PARSED_PROJECT.parent.mkdir()
    dbt_runs.PARSED_PROJECT.write_bytes(b"\x93not a project")
    manifest, timing = parse(Home(tmp_path / "home"), monkeypatch)
    assert timing["parsed_path_count"] > 0
    assert "model.shopkeeper.customer_360" in manifest["nodes"]


@pytest.mark.slow
def test_remembered_fingerprints_are_those_compiled_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    remember_project()
    remembered = definitions(home)
    assert not (home.airflow / "dbt").exists(), "they were compiled"
    assert remembered == compiled_definitions(home)


@pytest.mark.slow
def test_fingerprints_of_other_code_are_compiled_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_project()
    monkeypatch.setattr(remembering, "code_version", lambda: "edited since")
    model = next(project.rglob("customer_360.sql"))
    model.write_text(model.read_text().replace("select * from", "select distinct * from"))
    monkeypatch.setattr(dbt_runs, "_manifest", None)
    edited = definitions(Home(tmp_path / "home")).fingerprints
    monkeypatch.undo()
    assert (
        edited["model customer_360"]
        != definitions(Home(tmp_path / "other")).fingerprints["model customer_360"]
    )

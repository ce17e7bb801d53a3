"""The compiled SQL that a version keeps: of every model, whoever ran it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from shopkeeper.dbt_runner.compiled import keep_compiled, keep_tests
from shopkeeper.paths import BuildPaths


def model(name: str) -> SimpleNamespace:
    return SimpleNamespace(
        resource_type="model",
        relation_name=f'"warehouse"."core"."{name}"',
        database="warehouse",
        schema="core",
        alias=name,
        fqn=["shop", "core", "sales", name],
        config={"changed_in": None},
        depends_on=SimpleNamespace(nodes=[]),
    )


def unique(name: str, *columns: str) -> SimpleNamespace:
    told = SimpleNamespace(name="unique_columns", kwargs={"columns": list(columns)})
    return SimpleNamespace(resource_type="test", name="u", attached_node=name, test_metadata=told)


def ran(name: str, sql: str) -> dict[str, Any]:
    return {"unique_id": name, "compiled_code": sql}


def kept(build: BuildPaths) -> dict[str, str]:
    return {name: each["sql"] for name, each in json.loads(build.compiled.read_text()).items()}


def test_what_did_not_run_is_what_it_was(tmp_path: Path) -> None:
    base, build = BuildPaths(tmp_path / "v000001"), BuildPaths(tmp_path / "v000002")
    nodes = {"model.shop.a": model("a"), "model.shop.b": model("b")}
    keep_compiled(base, None, nodes, [ran("model.shop.a", "select 1"), ran("model.shop.b", "select 2")])
    keep_compiled(build, base, nodes, [ran("model.shop.a", "select 3")])
    assert kept(build) == {"model.shop.a": "select 3", "model.shop.b": "select 2"}


def test_a_later_selector_adds_to_an_earlier_one(tmp_path: Path) -> None:
    build = BuildPaths(tmp_path / "v000001")
    nodes = {"model.shop.a": model("a"), "model.shop.b": model("b")}
    keep_compiled(build, None, nodes, [ran("model.shop.a", "select 1")])
    keep_compiled(build, None, nodes, [ran("model.shop.b", "select 2")])
    assert kept(build) == {"model.shop.a": "select 1", "model.shop.b": "select 2"}


def test_a_model_that_is_gone_is_not_kept(tmp_path: Path) -> None:
    base, build = BuildPaths(tmp_path / "v000001"), BuildPaths(tmp_path / "v000002")
    both = {"model.shop.a": model("a"), "model.shop.b": model("b")}
    keep_compiled(base, None, both, [ran("model.shop.a", "select 1"), ran("model.shop.b", "select 2")])
    keep_compiled(build, base, {"model.shop.a": model("a")}, [])
    assert kept(build) == {"model.shop.a": "select 1"}


def test_the_key_is_that_of_the_unique_test(tmp_path: Path) -> None:
    build = BuildPaths(tmp_path / "v000001")
    nodes = {"model.shop.a": model("a"), "test.shop.u": unique("model.shop.a", "day", "channel")}
    keep_compiled(build, None, nodes, [ran("model.shop.a", "select 1")])
    assert json.loads(build.compiled.read_text())["model.shop.a"]["key"] == ["day", "channel"]


def test_a_reused_test_keeps_its_sql(tmp_path: Path) -> None:
    base, build = BuildPaths(tmp_path / "v000001"), BuildPaths(tmp_path / "v000002")
    nodes = {"model.shop.a": model("a"), "test.shop.u": unique("model.shop.a", "day")}
    keep_tests(base, None, nodes, [ran("test.shop.u", "select 1")])
    keep_tests(build, base, nodes, [])
    told = json.loads(build.tests.read_text())["test.shop.u"]
    assert (told["sql"], told["models"], told["columns"]) == ("select 1", ["model.shop.a"], ["day"])

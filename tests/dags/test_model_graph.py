"""The models of each selector, as dbt itself names them."""

import json

import pytest

from shopkeeper.contracts.registry import all_contracts
from shopkeeper.errors import UserError
from shopkeeper.orchestration.model_graph import read_graph, write_graph
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer


def test_every_model_but_an_empty_input_has_a_test(home: Home) -> None:
    graph = read_graph(home)
    assert set(graph) == {"standardize", "integrate", "serve"}
    untested = {
        model.split(".")[2]
        for folders in graph.values()
        for folder in folders
        for model, test_ids in folder.models.items()
        if not test_ids
    }
    entities = {contract.table for contract in all_contracts().input}
    assert untested == {f"input__{entity}" for entity in entities - set(retailer().delivered)}


def test_dbt_is_asked_only_once_per_project(home: Home) -> None:
    before = (home.airflow / "model_graph.json").stat().st_mtime_ns
    write_graph(home)
    assert (home.airflow / "model_graph.json").stat().st_mtime_ns == before


def test_a_graph_of_another_project_is_written_anew(home: Home) -> None:
    file = home.airflow / "model_graph.json"
    good = json.loads(file.read_text())
    file.write_text(json.dumps({"project": "another", "selectors": {}}))
    write_graph(home)
    assert json.loads(file.read_text()) == good


def test_a_home_without_a_graph_says_what_to_do(home: Home) -> None:
    with pytest.raises(UserError, match="shopkeeper up"):
        read_graph(Home(home.root / "elsewhere"))


def test_a_test_belongs_to_one_model_of_its_run(home: Home) -> None:
    for folders in read_graph(home).values():
        asked = [test for folder in folders for tests in folder.models.values() for test in tests]
        assert len(asked) == len(set(asked))

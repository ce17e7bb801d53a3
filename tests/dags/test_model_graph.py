"""The models of each selector, as dbt itself names them."""

import json

import pytest

from shopkeeper.errors import UserError
from shopkeeper.model_graph import read_graph, write_graph
from shopkeeper.paths import Home


def test_every_test_of_the_project_judges_a_model_of_its_selector(home: Home) -> None:
    graph = read_graph(home)
    assert set(graph) == {"standardize", "integrate", "serve"}
    assert all(model.test_ids for models in graph.values() for model in models), (
        "a model without a test has nothing that proves its grain"
    )


def test_dbt_is_not_asked_again_while_its_project_is_the_same(home: Home) -> None:
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

"""Which models each dbt selector names, folder by folder, in a small file that DAG parsing reads in a
millisecond.

dbt evaluates its own selectors; nothing here knows what they mean.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.paths import DBT_PROJECT, AirflowPaths, Home
from shopkeeper.retailers import retailer

FORM = b"a test is with the model that is built last"
"""Changes with what the stored graph means, so that an older one is written anew."""


@dataclass(frozen=True)
class Folder:
    """The models of one folder within a selector.

    `models`: the tests of each model, by unique id; one that reads several models is with that which is built
    last. `parents`: folders before it with models that its own read. Two folders may read each other; then
    the one that dbt begins first is the parent.
    """

    name: str
    models: dict[str, tuple[str, ...]]
    parents: tuple[str, ...]


def read_graph(home: Home) -> dict[str, list[Folder]]:
    """Return the folders of each selector, parents first, as stored by `write_graph`."""
    file = AirflowPaths(home.airflow).model_graph
    if not file.exists():
        raise UserError(f"{file} is missing; `shopkeeper up` writes it")
    return {
        selector: [
            Folder(
                each["name"],
                {model: tuple(test_ids) for model, test_ids in each["models"].items()},
                tuple(each["parents"]),
            )
            for each in folders
        ]
        for selector, folders in json.loads(file.read_text())["selectors"].items()
    }


def task_of(home: Home, selector: str, node: str) -> str:
    """Return the task of the folder that holds a model or a test."""
    for folder in read_graph(home)[selector]:
        if any(node in (model, *tests) for model, tests in folder.models.items()):
            return f"{selector}.{folder.name}"
    return f"{selector}.dbt"


def forget_other_graph(home: Home) -> None:
    """Remove the graph of another project, so that no DAG uses it."""
    file = AirflowPaths(home.airflow).model_graph
    if file.exists() and json.loads(file.read_text()).get("project") != _project_hash():
        file.unlink()


def write_graph(home: Home) -> None:
    """Ask dbt which models and tests each selector names, unless the stored answer is for this project."""
    forget_other_graph(home)
    file = AirflowPaths(home.airflow).model_graph
    if file.exists():
        return
    from shopkeeper import dbt_runner
    from shopkeeper.files import write_json

    manifest = json.loads(dbt_runner.parse_manifest(home).read_text())
    selectors = {
        selector: [asdict(each) for each in _folders(manifest, dbt_runner.named(home, selector))]
        for selector in dbt_runner.SELECTIONS
    }
    write_json(file, {"project": _project_hash(), "selectors": selectors})


def _project_hash() -> str:
    digest = hashlib.sha256(FORM)
    for folder in (DBT_PROJECT, retailer().dbt):
        for path in sorted(folder.rglob("*.*")):
            if path.suffix in (".sql", ".yml", ".csv"):
                digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _folders(manifest: dict[str, Any], node_ids: list[str]) -> list[Folder]:
    from shopkeeper.dbt_runner import folder_of
    from shopkeeper.warehouse import last_built

    nodes = {node_id: manifest["nodes"][node_id] for node_id in node_ids}
    parents = {
        node_id: [parent for parent in node["depends_on"]["nodes"] if parent in nodes]
        for node_id, node in nodes.items()
        if node["resource_type"] == "model"
    }
    tests = {
        node_id: last_built(
            [node["attached_node"]] if node.get("attached_node") else node["depends_on"]["nodes"], parents
        )
        for node_id, node in nodes.items()
        if node["resource_type"] == "test"
    }
    place = {model: folder_of(nodes[model]["fqn"]) for model in parents}
    folders: dict[str, Folder] = {}
    for model in TopologicalSorter(parents).static_order():
        name = place[model]
        if name not in folders:
            folders[name] = Folder(name, {}, tuple(folders))
        folders[name].models[model] = tuple(test for test, judged in tests.items() if judged == model)
    found = []
    for folder in folders.values():
        read = {place[parent] for model in folder.models for parent in parents[model]}
        found.append(replace(folder, parents=tuple(name for name in folder.parents if name in read)))
    return found

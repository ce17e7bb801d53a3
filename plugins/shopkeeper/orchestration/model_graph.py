"""Which models each dbt selector names, in a small file that DAG parsing reads in a millisecond.

dbt evaluates its own selectors; nothing here knows what they mean.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.paths import DBT_PROJECT, AirflowPaths, Home
from shopkeeper.retailers import retailer


@dataclass(frozen=True)
class Model:
    """One dbt model: its parents within the selector, and its tests."""

    name: str
    unique_id: str
    parents: tuple[str, ...]
    test_ids: tuple[str, ...]


def read_graph(home: Home) -> dict[str, list[Model]]:
    """Return the models of each selector, as stored by `write_graph`."""
    file = AirflowPaths(home.airflow).model_graph
    if not file.exists():
        raise UserError(f"{file} is missing; `shopkeeper up` writes it")
    return {
        selector: [
            Model(each["name"], each["unique_id"], tuple(each["parents"]), tuple(each["test_ids"]))
            for each in models
        ]
        for selector, models in json.loads(file.read_text())["selectors"].items()
    }


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
        selector: [asdict(each) for each in _models(manifest, dbt_runner.named(home, selector))]
        for selector in dbt_runner.SELECTIONS
    }
    write_json(file, {"project": _project_hash(), "selectors": selectors})


def _project_hash() -> str:
    digest = hashlib.sha256()
    for folder in (DBT_PROJECT, retailer().dbt):
        for path in sorted(folder.rglob("*.*")):
            if path.suffix in (".sql", ".yml", ".csv"):
                digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _models(manifest: dict[str, Any], node_ids: list[str]) -> list[Model]:
    nodes = {node_id: manifest["nodes"][node_id] for node_id in node_ids}
    models = {node_id: node for node_id, node in nodes.items() if node["resource_type"] == "model"}
    return [
        Model(
            name=node["name"],
            unique_id=node_id,
            parents=tuple(
                models[parent]["name"] for parent in node["depends_on"]["nodes"] if parent in models
            ),
            test_ids=tuple(
                test_id
                for test_id in node_ids
                if nodes[test_id]["resource_type"] == "test" and _judges(nodes[test_id], node_id)
            ),
        )
        for node_id, node in models.items()
    ]


def _judges(test: dict[str, Any], model_id: str) -> bool:
    attached = test.get("attached_node")
    return bool(attached == model_id if attached else model_id in test["depends_on"]["nodes"])

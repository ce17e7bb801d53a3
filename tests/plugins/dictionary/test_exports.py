"""A dictionary as ODCS contracts and OpenLineage events, as their standards ask for them."""

import json
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard
from tests.shop.published import graph

from shopkeeper import dictionary
from shopkeeper.contracts import catalog
from shopkeeper.dictionary import Dictionary, Format

MANIFEST = {"version": "v000001", "published_at": "2017-01-14T03:00:00+00:00"}
SQL = {"customer_360": "\nselect 1"}
TEXT = {"type": "string", "minLength": 1}
FIELD = {
    "type": "object",
    "required": ["namespace", "name", "field"],
    "properties": {
        "transformations": {
            "type": "array",
            "items": {"required": ["type"], "properties": {"type": {"enum": ["DIRECT", "INDIRECT"]}}},
        }
    },
}
FACET = {
    "required": ["_producer", "_schemaURL"],
    "properties": {
        "_schemaURL": {"pattern": r"^https://openlineage\.io/spec/facets/\d-\d-\d/\w+\.json#/\$defs/\w+$"}
    },
}
FACETS = {"type": "object", "additionalProperties": FACET}
DATASET = {
    "required": ["namespace", "name"],
    "properties": {
        "facets": {
            **FACETS,
            "properties": {
                "schema": {"properties": {"fields": {"items": {"required": ["name"]}}}},
                "columnLineage": {
                    "required": ["fields"],
                    "properties": {
                        "fields": {
                            "additionalProperties": {
                                "required": ["inputFields"],
                                "properties": {"inputFields": {"type": "array", "items": FIELD}},
                            }
                        },
                        "dataset": {"type": "array", "items": FIELD},
                    },
                },
                "ownership": {"properties": {"owners": {"items": {"required": ["name"]}}}},
            },
        }
    },
}
EVENT: dict[str, Any] = {
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventType": {"const": "COMPLETE"},
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "run": {"required": ["runId"], "properties": {"runId": {"format": "uuid"}, "facets": FACETS}},
        "job": {"required": ["namespace", "name"], "properties": {"name": TEXT, "facets": FACETS}},
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
}
"""What OpenLineage 2-0-2 and its facet of column lineage 1-2-0 require of a run's event."""


@pytest.fixture(scope="module")
def small() -> Dictionary:
    return dictionary.make("v000001", "2017-01-14", catalog(), graph(), {}, {})


def exported(small: Dictionary, form: Format, folder: Path) -> list[Path]:
    return dictionary.export(small, catalog(), MANIFEST, SQL, form, folder)


def test_every_exported_contract_is_valid_odcs(small: Dictionary, tmp_path: Path) -> None:
    validator = jsonschema.Draft201909Validator(json.loads(OpenDataContractStandard.json_schema()))
    files = exported(small, "odcs", tmp_path)
    assert {"pos.transaction_lines.odcs.yaml", "marts.customer_360.odcs.yaml"} <= {
        file.name for file in files
    }
    for file in files:
        document = yaml.safe_load(file.read_text())
        assert [f"{each.json_path}: {each.message}" for each in validator.iter_errors(document)] == [], (
            file.name
        )
        OpenDataContractStandard.model_validate(document)


def test_a_contract_says_what_each_column_is_made_of(small: Dictionary, tmp_path: Path) -> None:
    exported(small, "odcs", tmp_path)
    document = yaml.safe_load((tmp_path / "marts.customer_360.odcs.yaml").read_text())
    assert document["team"] == {"name": "marketing"}
    columns = {each["name"]: each for each in document["schema"][0]["properties"]}
    assert columns["net_amount"]["transformSourceObjects"] == ["features.feat_customers__lines.net_amount"]
    facts = {each["property"]: each["value"] for each in columns["net_amount"]["customProperties"]}
    assert facts["sources"] == ["pos.transaction_lines.sales_value"]


def test_every_event_is_what_openlineage_asks_for(small: Dictionary, tmp_path: Path) -> None:
    (file,) = exported(small, "openlineage", tmp_path)
    validator = jsonschema.Draft202012Validator(EVENT, format_checker=jsonschema.FormatChecker())
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [error.message for event in events for error in validator.iter_errors(event)] == []
    assert len({uuid.UUID(event["run"]["runId"]) for event in events}) == len(events)
    assert events[0]["job"]["name"] == "land"


def test_an_event_has_the_lineage_of_its_columns(small: Dictionary, tmp_path: Path) -> None:
    (file,) = exported(small, "openlineage", tmp_path)
    events = {event["job"]["name"]: event for event in map(json.loads, file.read_text().splitlines())}
    event = events["customer_360"]
    (output,) = event["outputs"]
    (field,) = output["facets"]["columnLineage"]["fields"]["net_amount"]["inputFields"]
    assert (field["name"], field["field"]) == ("features.feat_customers__lines", "net_amount")
    assert {each["name"] for each in event["inputs"]} == {
        "marts.customer_segments",
        "features.feat_customers__lines",
    }
    assert event["job"]["facets"]["sql"]["query"] == "select 1"
    (staged,) = events["stg_pos__transaction_lines"]["outputs"]
    assert {each["field"] for each in staged["facets"]["columnLineage"]["dataset"]} == {"quantity"}


def test_the_json_is_the_dictionary(small: Dictionary, tmp_path: Path) -> None:
    (file,) = exported(small, "json", tmp_path)
    assert dictionary.read(file) == small

"""A dictionary as ODCS contracts and OpenLineage events, as their standards ask for them."""

import json
import re
import uuid
from enum import Enum
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard
from openlineage.client import facet_v2
from openlineage.client.event_v2 import RunEvent
from openlineage.client.generated.base import BaseFacet, EventType
from tests.shop.published import graph

from shopkeeper import dictionary
from shopkeeper.contracts import catalog
from shopkeeper.dictionary import Dictionary, Format

MANIFEST = {"version": "v000001", "published_at": "2017-01-14T03:00:00+00:00"}
SQL = {"customer_360": "\nselect 1"}
FACETS = {
    name: kind
    for module in vars(facet_v2).values()
    if isinstance(module, ModuleType)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, BaseFacet)
}
"""The published facets by name."""


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


def built(kind: Any, value: Any) -> Any:
    """Return what OpenLineage's own class makes of JSON; fails where the class knows no such field or type."""
    if isinstance(kind, UnionType):
        return built(get_args(kind)[0], value)
    if get_origin(kind) is list:
        return [built(get_args(kind)[0], each) for each in value]
    if get_origin(kind) is dict:
        return {name: built(get_args(kind)[1], each) for name, each in value.items()}
    if not attrs.has(kind):
        assert issubclass(kind, Enum) or isinstance(value, kind)
        return kind(value)
    url = value.get("_schemaURL", value.get("schemaURL"))
    if issubclass(kind, BaseFacet):
        name = url.rpartition("/")[2]
        assert issubclass(FACETS[name], kind)
        kind = FACETS[name]
    types = get_type_hints(kind)
    assert value.keys() <= types.keys()
    given = {name: each for name, each in value.items() if name.lstrip("_") != "schemaURL"}
    made = kind(**{name.lstrip("_"): built(types[name], each) for name, each in given.items()})
    if url is not None:
        # A facet may be of an earlier version than the library's, of none that is unknown to it.
        version = re.compile(r"\d+-\d+-\d+")
        published = kind._get_schema()
        assert version.sub("", url) == version.sub("", published)
        assert version.findall(url) <= version.findall(published)
    return made


def test_every_event_is_what_openlineage_asks_for(small: Dictionary, tmp_path: Path) -> None:
    (file,) = exported(small, "openlineage", tmp_path)
    events = [built(RunEvent, json.loads(line)) for line in file.read_text().splitlines()]
    assert {event.eventType for event in events} == {EventType.COMPLETE}
    assert len({uuid.UUID(event.run.runId) for event in events}) == len(events)
    assert events[0].job.name == "land"


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("run", "runId"), "v000001"),
        (("eventTime",), "2017-01-14"),
        (("eventType",), "DONE"),
        (("outputs", 0, "facets", "schema", "columns"), []),
        (("outputs", 0, "facets", "columnLineage", "fields", "net_amount", "inputFields", 0, "column"), "x"),
        (
            ("outputs", 0, "facets", "ownership", "_schemaURL"),
            "https://openlineage.io/spec/Owner.json#/Owner",
        ),
    ],
)
def test_openlineage_refuses_what_it_does_not_know(
    small: Dictionary, tmp_path: Path, place: tuple[Any, ...], wrong: object
) -> None:
    (file,) = exported(small, "openlineage", tmp_path)
    event = next(
        each
        for each in map(json.loads, file.read_text().splitlines())
        if "customer_360" in each["job"]["name"]
    )
    built(RunEvent, event)
    part = event
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = wrong
    with pytest.raises((AssertionError, ValueError, KeyError)):
        built(RunEvent, event)


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

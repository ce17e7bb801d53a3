"""A version as OpenLineage events: one finished run of each job that made a table of it.

Jobs are dbt's models, the steps in Python and the landing. Names are stable, and so are ids: of one version
they are always the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import shopkeeper
from shopkeeper.dictionary.entries import Dictionary, Table
from shopkeeper.warehouse.trace import Columns

SPEC = "https://openlineage.io/spec"
EVENT = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = {
    "columnLineage": "facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
    "documentation": "facets/1-0-1/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet",
    "jobType": "facets/2-0-2/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
    "nominalTime": "facets/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet",
    "ownership": "facets/1-0-0/OwnershipDatasetFacet.json#/$defs/OwnershipDatasetFacet",
    "parent": "facets/1-0-1/ParentRunFacet.json#/$defs/ParentRunFacet",
    "processing_engine": "facets/1-1-0/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet",
    "schema": "facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
    "sql": "facets/1-0-1/SQLJobFacet.json#/$defs/SQLJobFacet",
    "version": "facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
}
PRODUCER = f"urn:shopkeeper:{shopkeeper.__version__}"


def events_of(
    dictionary: Dictionary, manifest: Mapping[str, Any], sql: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield one event for each job of a version, in a refresh's order.

    `manifest`: of the version, which says when it was published; `sql`: each model's by its name.
    """
    namespace = f"shopkeeper://{dictionary.retailer}"
    made: dict[str, list[Table]] = defaultdict(list)
    for table in dictionary.tables:
        made[table.made_by].append(table)

    def run(job: str) -> str:
        return str(
            uuid5(NAMESPACE_URL, f"{namespace}/{manifest['version']}/{manifest['published_at']}/{job}")
        )

    for job, tables in made.items():
        parents = dict.fromkeys(parent for table in tables for parent in table.parents)
        yield {
            "eventType": "COMPLETE",
            "eventTime": manifest["published_at"],
            "producer": PRODUCER,
            "schemaURL": EVENT,
            "run": {
                "runId": run(job),
                "facets": {
                    **_facet("nominalTime", nominalStartTime=f"{dictionary.as_of_date}T00:00:00Z"),
                    **_facet("processing_engine", name="shopkeeper", version=shopkeeper.__version__),
                    **_facet(
                        "parent",
                        run={"runId": run("refresh_warehouse")},
                        job={"namespace": namespace, "name": "refresh_warehouse"},
                    ),
                },
            },
            "job": {"namespace": namespace, "name": job, "facets": _job(job, sql)},
            "inputs": [{"namespace": namespace, "name": parent} for parent in parents],
            "outputs": [_output(namespace, dictionary.version, table) for table in tables],
        }


def _job(job: str, sql: Mapping[str, str]) -> dict[str, Any]:
    if job not in sql:
        return _facet("jobType", processingType="BATCH", integration="SHOPKEEPER", jobType="STEP")
    return {
        **_facet("jobType", processingType="BATCH", integration="DBT", jobType="MODEL"),
        **_facet("sql", query=sql[job].strip()),
    }


def _output(namespace: str, version: str, table: Table) -> dict[str, Any]:
    fields = [
        {"name": column.name, "description": column.description["en"]}
        | ({"type": column.type} if column.type else {})
        for column in table.columns
    ]
    lineage = {
        column.name: {"inputFields": _inputs(namespace, column.made_of, "DIRECT")}
        for column in table.columns
        if column.made_of
    }
    return {
        "namespace": namespace,
        "name": table.name,
        "facets": {
            **_facet("schema", fields=fields),
            **_facet("documentation", description=table.description["en"]),
            **_facet("version", datasetVersion=version),
            **_facet(
                "ownership", owners=[{"name": f"team:{owner}", "type": "OWNER"} for owner in table.owners]
            ),
            **(
                _facet(
                    "columnLineage", fields=lineage, dataset=_inputs(namespace, table.decided_by, "INDIRECT")
                )
                if lineage
                else {}
            ),
        },
    }


def _inputs(namespace: str, columns: Columns, kind: str) -> list[dict[str, Any]]:
    return [
        {"namespace": namespace, "name": table, "field": name, "transformations": [{"type": kind}]}
        for table, names in columns.items()
        for name in names
    ]


def _facet(facet: str, /, **facts: Any) -> dict[str, dict[str, Any]]:
    return {facet: {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/{FACETS[facet]}", **facts}}

"""A grocer's home with two published versions, as the console reads it: real landing, dbt's part in milliseconds.

Segments and channels are those of the real year; names and texts are hostile where data may be.
"""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from tests.shop.gated import week_of_lines

from shopkeeper import dictionary, warehouse
from shopkeeper.contracts import GATES, catalog
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.engine import identifier
from shopkeeper.landing import land
from shopkeeper.paths import Home
from shopkeeper.warehouse import SELECTORS

HOSTILE = "<img src=x onerror=document.title='owned'>"
HOSTILE_FILE = f"transaction_lines_2017_\u202e{'x' * 80}{HOSTILE}.csv.gz"
SEGMENTS = {
    "1": ("Low spend · small baskets · low fuel transaction rate", 30, "795.03"),
    "2": ("Medium spend · big baskets · low fuel transaction rate", 18, "2278.79"),
    "3": (f"Very high spend {HOSTILE}", 16, "3989.89"),
}
CHANNELS = {
    "mailer": "2140331.57",
    "display": "1407261.88",
    "no_touch": "999207.54",
    f"mail_type_{HOSTILE}": "24415.48",
}
MODELS = ("first", "last", "linear", "position", "time_decay", "markov")
SQL = {"marts.customer_360": "select customer_id, segment_id, segment_name from marts.customer_segments"}
NODES = ("marts.customer_segments", "marts.customer_360", "marts.channel_attribution")


@dataclass(frozen=True)
class Grocer:
    """The home, and what is in its quarantine."""

    home: Home
    refused_rows: str
    """Key of the batch with a refused row."""

    refused_file: str
    """Key of the file refused whole."""


def publish_two_versions(root: Path) -> Grocer:
    """Land two weeks with faults in them and publish a version after each."""
    home = Home(root)
    drop_week(home, 1, "transaction_lines_2017_week_02.csv.gz")
    publish(home)
    lines = week_of_lines(2)
    lines[7]["product_id"] = f"{HOSTILE}Käse"
    drop_week(home, 2, HOSTILE_FILE, lines)
    (home.inbox / "pos" / "products_2017.csv").write_text("no header\n<b>nothing</b>\n")
    publish(home)
    (rows,) = (batch for batch in warehouse.batches(home) if batch.quarantined_count)
    (file,) = home.quarantined_files.iterdir()
    return Grocer(home, rows.batch_id, file.name)


def drop_week(home: Home, week: int, name: str, lines: list[dict[str, str | None]] | None = None) -> None:
    """Drop one week of the till into the inbox."""
    rows = lines or week_of_lines(week)
    text = io.StringIO()
    columns = [column.name for column in catalog().contract("pos", "transaction_lines").columns]
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    folder = home.inbox / "pos"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(gzip.compress(text.getvalue().encode()))


def publish(home: Home) -> str:
    """Land what is in the inbox and publish a version of it."""
    land(home)
    build_id = warehouse.begin(home)
    assert build_id is not None
    _transform(home, build_id)
    warehouse.publish(home, build_id)
    return build_id


def _transform(home: Home, build_id: str) -> None:
    """Do what dbt, the scores and the gates do."""
    build = home.build(build_id)
    with duckdb.connect(str(build.warehouse)) as connection:
        connection.execute(f"set file_search_path = '{build.root}'")
        for schema in ("meta", "marts", "features", "scores"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            "create or replace table meta.batches as select batch_id, file_name, row_count "
            "from 'batches.parquet' where status != 'withdrawn'"
        )
        for (layer, table), rows in _rows(int(build_id[1:])).items():
            _write(connection, layer, table, rows)
        _write(connection, "scores", "touch_credits", _credits())
        score = build.score("touch_credits")
        connection.execute(f"copy scores.touch_credits to '{score}' (format parquet)")
        connection.execute("drop table scores.touch_credits; drop schema scores")
    for selector in SELECTORS:
        folder = build.dbt_run(selector).root
        folder.mkdir(parents=True, exist_ok=True)
        results = [{"unique_id": f"model.shopkeeper.{t.split('.')[1]}", "status": "success"} for t in NODES]
        told = {"metadata": {"env": {"BUILD_ID": build_id}}, "results": results}
        build.dbt_run(selector).results.write_text(json.dumps(told))
    build.dbt_run(SELECTORS[-1]).manifest.write_text(json.dumps({"nodes": _nodes(), "sources": {}}))
    build.compiled.write_text(json.dumps(_compiled()))
    for gate in GATES:
        rules = [_rule(gate, name) for name in ("rows_are_there", "the_columns_are_the_promised_ones")]
        verdict = {"gate": gate, "build_id": build_id, "has_passed": True, "rules": rules}
        build.gate(gate).write_text(json.dumps(verdict))
    build.step("segment_customers").parent.mkdir(exist_ok=True)
    facts = {"why_one_segment": None, "silhouette": 0.2754, "resampling_stability": 0.8698}
    build.step("segment_customers").write_text(json.dumps(facts))
    build.gate_pages.mkdir(parents=True)
    described = dictionary.make(
        build_id, "2017-01-14", catalog(), graph(), {"pos.transaction_lines": date(2017, 1, 14)}, {}
    )
    dictionary.write(build, described, catalog())
    build.gate_index.write_text("<!doctype html><title>Gates</title><script>document.title='ran'</script>")


def graph() -> dictionary.Graph:
    """Return a small graph: lines of the till, a feature, two marts, and who reads them."""
    till = "read_parquet('landed/pos/transaction_lines/*.parquet')"
    staged = f"select household_id, sales_value as net_amount, 'USD' as currency_code from {till} where quantity > 0"
    feature = "select household_id as customer_id, sum(net_amount) as net_amount, count(*) as line_count from staging.stg_pos__transaction_lines group by 1"
    facts: dict[str, tuple[tuple[str, ...], str]] = {
        "staging.stg_pos__transaction_lines": (("landed.pos.transaction_lines",), staged),
        "features.feat_customers__lines": (("staging.stg_pos__transaction_lines",), feature),
        "marts.customer_segments": (
            ("features.feat_customers__lines",),
            "select customer_id, '1' as segment_id, 'All' as segment_name, 'x' as rfm_cell from features.feat_customers__lines",
        ),
        "marts.customer_360": (
            ("marts.customer_segments", "features.feat_customers__lines"),
            "select s.customer_id, s.segment_id, s.segment_name, f.net_amount, f.line_count as transaction_count "
            "from marts.customer_segments as s join features.feat_customers__lines as f using (customer_id)",
        ),
    }
    models = tuple(
        dictionary.Model(
            table.split(".")[1],
            table,
            not table.startswith("staging"),
            f"One row each {HOSTILE}",
            {},
            (),
            parents,
            sql,
        )
        for table, (parents, sql) in facts.items()
    )
    readers = (
        dictionary.Exposure(
            "audiences",
            "Audiences of campaigns",
            "application",
            "marketing",
            HOSTILE,
            ("marts.customer_360",),
        ),
    )
    lineage, fingerprints = dictionary.compute(models, catalog())
    return dictionary.Graph(models, readers, lineage, fingerprints)


def _rows(version: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the rows of each mart; the second version has one customer more in each segment."""
    day = date(2017, 1, 7) + timedelta(weeks=version)
    customers, segments = [], []
    for segment_id, (name, count, amount) in SEGMENTS.items():
        for number in range(count + version - 1):
            customer = {"customer_id": f"{segment_id}{number:04}", "as_of_date": day}
            belongs = {"segment_id": segment_id, "segment_name": name, "rfm_cell": "345"}
            segments.append(customer | belongs)
            counts = {"net_amount": amount, "transaction_count": 30 + number, "recency_day_count": number}
            customers.append(customer | belongs | counts | {"currency_code": "USD", "age_band": "45-54"})
    profiles = [
        {"segment_id": segment_id, "segment_name": name, "feature_name": feature, "customer_count": count}
        | {"centroid": 21.28, "overall_mean": 31.86, "standardized_difference": -0.53, "feature_rank": rank}
        for segment_id, (name, count, _) in SEGMENTS.items()
        for rank, feature in enumerate(("average_transaction_amount", "recency_day_count"), start=1)
    ]
    credits = [
        {"attribution_model": model, "channel": channel, "conversion_count": 100.5, "credit_rate": 0.25}
        | {"credited_amount": amount, "currency_code": "USD", "is_exposure_randomized": False}
        for model in MODELS
        for channel, amount in CHANNELS.items()
    ]
    campaigns = [
        {"attribution_model": model, "campaign_id": "18", "campaign_type": "type_a", "conversion_count": 9.5}
        | {"credited_amount": "812.40", "currency_code": "USD", "is_exposure_randomized": False}
        for model in MODELS
    ]
    touches = [
        {"touchpoint_id": f"{channel}-{n}", "customer_id": f"1{n:04}", "channel": channel}
        | {"touched_at": f"2017-01-07 12:{n:02}:00"}
        for channel in CHANNELS
        for n in range(3)
    ]
    conversions = [
        {"transaction_id": f"T{n}", "customer_id": f"1{n:04}", "converted_at": f"2017-01-08 12:{n:02}:00"}
        | {"revenue_amount": "12.50", "currency_code": "USD"}
        for n in (1, 2)
    ]
    return {
        ("marts", "customer_segments"): segments,
        ("marts", "customer_360"): customers,
        ("marts", "segment_profiles"): profiles,
        ("marts", "channel_attribution"): credits,
        ("marts", "campaign_attribution"): campaigns,
        ("features", "feat_attribution__touches"): touches,
        ("features", "feat_attribution__conversions"): conversions,
    }


def _credits() -> list[dict[str, Any]]:
    """Return two credited sales of each channel by each model, which add up to what its mart says."""
    return [
        {"attribution_model": model, "transaction_id": f"T{n}", "touch_number": n, "channel": channel}
        | {"touchpoint_id": f"{channel}-{n}", "conversion_count": count}
        | {"credited_amount": Decimal(amount) - 10 if n == 1 else Decimal(10)}
        for model in MODELS
        for channel, amount in CHANNELS.items()
        for n, count in ((1, "100.0"), (2, "0.5"))
    ]


def _write(connection: duckdb.DuckDBPyConnection, layer: str, table: str, rows: list[dict[str, Any]]) -> None:
    columns = catalog().contract(layer, table).columns
    listed = ", ".join(f"{identifier(column.name)} {duckdb_type(column)}" for column in columns)
    connection.execute(f"create or replace table {layer}.{table} ({listed})")
    marks = ", ".join("?" for _ in columns)
    values = [[row.get(column.name) for column in columns] for row in rows]
    connection.executemany(f"insert into {layer}.{table} values ({marks})", values)


def _rule(gate: str, name: str) -> dict[str, Any]:
    return {
        "contract": "marts.customer_360" if gate == "marts" else f"{gate}.lines",
        "rule": name,
        "severity": "critical",
        "reason": "Without it revenue is lost.",
        "has_passed": True,
        "observed": HOSTILE,
        "failing_rows": [],
        "judged_in": None,
    }


def _nodes() -> dict[str, Any]:
    return {
        f"model.shopkeeper.{table.split('.')[1]}": {
            "resource_type": "model",
            "name": table.split(".")[1],
            "description": f"One row each {HOSTILE}",
            "columns": {},
            "config": {"materialized": "table"},
            "depends_on": {"nodes": []},
        }
        for table in NODES
    }


def _compiled() -> dict[str, Any]:
    parents = {"marts.customer_360": ["model.shopkeeper.customer_segments"]}
    return {
        f"model.shopkeeper.{table.split('.')[1]}": {
            "relation": table,
            "database": "warehouse",
            "table": table,
            "key": ["customer_id"] if "customer" in table else ["attribution_model", "channel"],
            "changed_in": None,
            "parents": parents.get(table, []),
            "sql": f"-- {HOSTILE}\n{SQL.get(table, f'select * from input.{table.split(chr(46))[1]}')}",
        }
        for table in NODES
    }

"""The step that scores and groups customers; a segment keeps its number from version to version.

The methods are `science.segments`'; this module decides what they are given and what of their answer is kept.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import adjusted_rand_score

from shopkeeper import warehouse
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.retailers import retailer
from shopkeeper.science.segments import Clustering, LabelMatch, cluster, match_labels, rfm
from shopkeeper.warehouse.durable import write_json

SEED = 20170101
GROUP_COUNTS = range(3, 9)
BINS = 5

BUYERS = "select customer_id from features.feat_customers__transactions where revenue_amount > 0"
PURCHASES = f"""
    select customer_id, transaction_date as transacted_at, revenue_amount as amount
    from features.feat_customers__transactions
    where customer_id in ({BUYERS})
"""


def segment_customers(home: Home, build_id: str) -> dict[str, Any]:
    """Write the segments, their profiles and ``segmentation.json``; return the last one's content."""
    build, begun = home.build(build_id), warehouse.describe(home, build_id)
    with warehouse.connect_build(home, build_id) as connection:
        purchases = connection.sql(PURCHASES).to_arrow_table()
        features = connection.sql(_features(retailer().segment_features)).to_arrow_table()
    scores = rfm(purchases, as_of=date.fromisoformat(begun.as_of_date[:10]), bins=BINS).scores
    clustering = cluster(features, k=GROUP_COUNTS, seed=SEED)
    previous, numbers_used = _previous(home, begun.base_version)
    match = match_labels(previous, clustering.customers, next_segment_id=numbers_used)
    segmented = _text_ids(match.apply(clustering.customers.select(["customer_id", "segment_id"])))
    portraits = _text_ids(match.apply(clustering.portraits))
    pq.write_table(
        _customer_segments(scores, segmented, portraits), build.models / "customer_segments.parquet"
    )
    pq.write_table(portraits, build.models / "segment_profiles.parquet")
    told = _told(clustering, match, previous, segmented)
    write_json(build.models / "segmentation.json", told)
    return told


def _features(named: Sequence[str]) -> str:
    """Return the query of the features that ``retailer.yml`` names as ``table.column``."""
    tables = list(dict.fromkeys(name.partition(".")[0] for name in named))
    joined = " ".join(f"join features.{table} using (customer_id)" for table in tables[1:])
    return (
        f"select customer_id, {', '.join(named)} from features.{tables[0]} {joined} "
        f"where customer_id in ({BUYERS})"
    )


def _previous(home: Home, version: str | None) -> tuple[pa.Table, int]:
    """Return the customers' segments in a version and the lowest number that no segment ever had."""
    nobody = pa.table({"customer_id": pa.array([], pa.string()), "segment_id": pa.array([], pa.int32())})
    if version is None:
        return nobody, 1
    models = BuildPaths(home.versions / version).models
    segments = pq.read_table(models / "customer_segments.parquet", columns=["customer_id", "segment_id"])
    told = json.loads((models / "segmentation.json").read_text())
    number = segments["segment_id"].cast(pa.int32())
    return segments.set_column(1, "segment_id", number), told["next_segment_id"]


def _text_ids(table: pa.Table) -> pa.Table:
    place = table.column_names.index("segment_id")
    return table.set_column(place, "segment_id", table["segment_id"].cast(pa.string()))


def _customer_segments(scores: pa.Table, segmented: pa.Table, portraits: pa.Table) -> pa.Table:
    names = portraits.filter(pc.equal(portraits["feature_rank"], 1)).select(["segment_id", "segment_name"])
    measures = ["recency_score", "frequency_score", "monetary_score"]
    cell = pc.binary_join_element_wise(*(scores[name].cast(pa.string()) for name in measures), "")
    scored = scores.select(["customer_id", *measures]).append_column("rfm_cell", cell)
    joined = scored.join(segmented, "customer_id", join_type="inner").join(names, "segment_id")
    return joined.select([*scored.column_names, "segment_id", "segment_name"]).sort_by("customer_id")


def _told(
    clustering: Clustering, match: LabelMatch, previous: pa.Table, segmented: pa.Table
) -> dict[str, Any]:
    chosen = clustering.evidence.filter(clustering.evidence["is_chosen"]).to_pylist()[0]
    before = dict(zip(previous["customer_id"].to_pylist(), previous["segment_id"].to_pylist(), strict=True))
    now = dict(zip(segmented["customer_id"].to_pylist(), segmented["segment_id"].to_pylist(), strict=True))
    both = sorted(before.keys() & now.keys())
    agreement = (
        adjusted_rand_score([before[each] for each in both], [now[each] for each in both]) if both else None
    )
    sizes = _text_ids(match.apply(clustering.segments)).select(
        ["segment_id", "segment_name", "customer_count"]
    )
    return {
        "group_count": chosen["k"],
        "silhouette": round(chosen["silhouette"], 4),
        "resampling_stability": round(chosen["stability"], 4),
        "agreement_with_last_version": None if agreement is None else round(agreement, 4),
        "next_segment_id": match.next_segment_id,
        "segments": sizes.sort_by("segment_id").to_pylist(),
        "evidence": clustering.evidence.to_pylist(),
        "labels": match.segments.to_pylist(),
    }

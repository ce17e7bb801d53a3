"""The step that scores and groups customers; a segment keeps its number from version to version.

The methods are in `science.segments`; this module decides their input and what is kept of their output.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import adjusted_rand_score

from shopkeeper import warehouse
from shopkeeper.files import write_json
from shopkeeper.paths import Home, OlderBuildPaths
from shopkeeper.pipeline.guard import Facts, Scores, scoring
from shopkeeper.retailers import retailer
from shopkeeper.science.segments import LabelMatch, cluster, match_labels, rfm
from shopkeeper.science.segments.preparation import fit_preparation, sorted_customers
from shopkeeper.sentences import Sentence, as_json, listed

SEED = 20170101
GROUP_COUNTS = range(3, 9)
BINS = 5
LABELS = "segment_labels"
NOBODY = pa.table({"customer_id": pa.array([], pa.string()), "segment_id": pa.array([], pa.int32())})

BUYERS = "select customer_id from features.feat_customers__transactions where revenue_amount > 0"
PURCHASES = f"""
    select customer_id, transaction_date as transacted_at, revenue_amount as amount
    from features.feat_customers__transactions
    where customer_id in ({BUYERS})
"""

TOO_FEW = "one segment holds all: groups need {least} customers or more, and {count} bought"
ONE_CROWD = (
    "one segment holds all customers: by {differing} they differ without a gap between groups, so that any "
    "border would be arbitrary; rank them by rfm_cell, or name more segment_features in retailer.yml"
)
ONE_CROWD_ALIKE = (
    "one segment holds all customers: by {differing} they differ without a gap between groups (nearly the "
    "same for all: {alike}), so that any border would be arbitrary; rank them by rfm_cell, or name more "
    "segment_features in retailer.yml"
)


@dataclass(frozen=True)
class _Segmentation:
    """Customers with their `segment_id`, the segments' portraits, and the evidence for their number."""

    customers: pa.Table
    portraits: pa.Table
    evidence: list[dict[str, Any]]
    why_one_segment: str | None = None


SCORES = Scores(
    reads=lambda: [
        "features.feat_customers__transactions",
        *(f"features.{name.partition('.')[0]}" for name in retailer().segment_features),
    ],
    writes=("customer_segments.parquet", "segment_profiles.parquet", "segmentation.json"),
    is_dated=True,
)


@scoring(SCORES)
def segment_customers(home: Home, build_id: str) -> Facts:
    """Write the segments, their profiles and `segmentation.json`; return the content of the latter."""
    build, begun = home.build(build_id), warehouse.describe(home, build_id)
    with warehouse.connect_build(home, build_id) as connection:
        purchases = connection.sql(PURCHASES).to_arrow_table()
        features = connection.sql(_features(retailer().segment_features)).to_arrow_table()
    scores = rfm(purchases, as_of=date.fromisoformat(begun.as_of_date[:10]), bins=BINS).scores
    found = _segmentation(features)
    previous, numbers_used = _previous(home, begun.base_version)
    match = match_labels(previous, found.customers, next_segment_id=numbers_used)
    labels = match.apply(found.customers.select(["customer_id", "segment_id"]))
    segmented = _text_ids(labels)
    portraits = _text_ids(match.apply(found.portraits))
    pq.write_table(_customer_segments(scores, segmented, portraits), build.score("customer_segments"))
    pq.write_table(portraits, build.score("segment_profiles"))
    told = _told(found, match, previous, segmented, portraits)
    write_json(build.segmentation, told)
    warehouse.learn(build, LABELS, "segment_customers", labels, next_segment_id=match.next_segment_id)
    return told


def _features(named: Sequence[str]) -> str:
    """Return the query of the features that `retailer.yml` names as `table.column`."""
    tables = list(dict.fromkeys(name.partition(".")[0] for name in named))
    joined = " ".join(f"join features.{table} using (customer_id)" for table in tables[1:])
    return (
        f"select customer_id, {', '.join(named)} from features.{tables[0]} {joined} "
        f"where customer_id in ({BUYERS})"
    )


def _segmentation(features: pa.Table) -> _Segmentation:
    """Return groups of customers, or a single segment if they cannot be separated."""
    customers = sorted_customers(features)
    least = GROUP_COUNTS.start + 1
    if customers.num_rows < least:
        bought = customers.num_rows
        why = Sentence(TOO_FEW, least=least, count=bought)
        return _one_segment(customers, why)
    if np.isinf(fit_preparation(customers).scale).all():
        return _one_segment(customers, Sentence("one segment holds all customers: no feature separates them"))
    clustering = cluster(customers, k=GROUP_COUNTS, seed=SEED)
    why_one = _why_one_crowd(customers) if clustering.segments.num_rows == 1 else None
    return _Segmentation(clustering.customers, clustering.portraits, clustering.evidence.to_pylist(), why_one)


def _why_one_crowd(customers: pa.Table) -> str:
    """Say in words for marketers why customers who differ are still one segment."""
    preparation = fit_preparation(customers)
    words = [Sentence(name.replace("_", " ")) for name in preparation.features]
    is_alike = np.isinf(preparation.scale)
    differing = listed(word for word, alike in zip(words, is_alike, strict=True) if not alike)
    alike = listed(word for word, alike in zip(words, is_alike, strict=True) if alike)
    return Sentence(ONE_CROWD_ALIKE if alike else ONE_CROWD, differing=differing, alike=alike)


def _one_segment(customers: pa.Table, why: str) -> _Segmentation:
    names = [name for name in customers.column_names if name != "customer_id" and customers.num_rows]
    means = pa.array([pc.mean(customers[name].cast(pa.float64())).as_py() for name in names], pa.float64())
    portraits = pa.table(
        {
            "segment_id": pa.array([1] * len(names), pa.int32()),
            "segment_name": pa.array(["All customers"] * len(names), pa.string()),
            "customer_count": pa.array([customers.num_rows] * len(names), pa.int64()),
            "feature_name": pa.array(names, pa.string()),
            "centroid": means,
            "overall_mean": means,
            "standardized_difference": pa.array([0.0] * len(names), pa.float64()),
            "feature_rank": pa.array(range(1, len(names) + 1), pa.int32()),
        }
    )
    segment_id = pa.array([1] * customers.num_rows, pa.int32())
    return _Segmentation(customers.add_column(1, "segment_id", segment_id), portraits, [], why)


def _previous(home: Home, version: str | None) -> tuple[pa.Table, int]:
    """Return the customers' segments in a version and the lowest number never used for a segment.

    If no version is left, the last learned segments count.
    """
    if version is None:
        learned = warehouse.recall(home, LABELS)
        return (learned[0], learned[1]["next_segment_id"]) if learned else (NOBODY, 1)
    base = home.version(version)
    if not base.scores.is_dir():
        base = OlderBuildPaths(base.root)
    segments = pq.read_table(base.score("customer_segments"), columns=["customer_id", "segment_id"])
    told = json.loads(base.segmentation.read_text())
    number = segments["segment_id"].cast(pa.int32())
    return segments.set_column(1, "segment_id", number), told["next_segment_id"]


def _text_ids(table: pa.Table) -> pa.Table:
    place = table.column_names.index("segment_id")
    return table.set_column(place, "segment_id", table["segment_id"].cast(pa.string()))


def _customer_segments(scores: pa.Table, segmented: pa.Table, portraits: pa.Table) -> pa.Table:
    names = portraits.filter(pc.equal(portraits["feature_rank"], 1)).select(["segment_id", "segment_name"])
    measures = ["recency_score", "frequency_score", "monetary_score"]
    # Customers who returned everything score 0 in rfm; among buyers that is the lowest fifth.
    fifths = {name: pc.max_element_wise(scores[name], pa.scalar(1, pa.int8())) for name in measures}
    cell = pc.binary_join_element_wise(*(fifth.cast(pa.string()) for fifth in fifths.values()), "")
    scored = pa.table({"customer_id": scores["customer_id"], **fifths, "rfm_cell": cell})
    joined = scored.join(segmented, "customer_id", join_type="inner").join(names, "segment_id")
    return joined.select([*scored.column_names, "segment_id", "segment_name"]).sort_by("customer_id")


def _told(
    found: _Segmentation, match: LabelMatch, previous: pa.Table, segmented: pa.Table, portraits: pa.Table
) -> dict[str, Any]:
    chosen = next((row for row in found.evidence if row["is_chosen"]), None)
    before = dict(zip(previous["customer_id"].to_pylist(), previous["segment_id"].to_pylist(), strict=True))
    now = dict(zip(segmented["customer_id"].to_pylist(), segmented["segment_id"].to_pylist(), strict=True))
    both = sorted(before.keys() & now.keys())
    agreement = (
        adjusted_rand_score([before[each] for each in both], [now[each] for each in both]) if both else None
    )
    sizes = portraits.filter(pc.equal(portraits["feature_rank"], 1)).select(
        ["segment_id", "segment_name", "customer_count"]
    )
    return {
        "group_count": sizes.num_rows,
        "why_one_segment": found.why_one_segment,
        "said": {"why_one_segment": as_json(found.why_one_segment or "")},
        "silhouette": round(chosen["silhouette"], 4) if chosen else None,
        "resampling_stability": round(chosen["stability"], 4) if chosen else None,
        "agreement_with_last_version": None if agreement is None else round(agreement, 4),
        "next_segment_id": match.next_segment_id,
        "segments": sizes.sort_by("segment_id").to_pylist(),
        "evidence": found.evidence,
        "labels": match.segments.to_pylist(),
    }

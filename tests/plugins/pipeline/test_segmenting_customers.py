"""The step that segments customers: what it writes, and that a number keeps its customers."""

import json
import random

import pyarrow.parquet as pq
import pytest
from tests.plugins.pipeline.conftest import Grocer, three_kinds_of_customers

from shopkeeper.contracts import catalog
from shopkeeper.paths import Home
from shopkeeper.pipeline import segmentation


def segment(grocer, token, base_version=None):
    build = grocer.build(token, base_version)
    told = segmentation.segment_customers(grocer.home, build.root.name)
    return build, told


def by_customer(build):
    rows = pq.read_table(build.scores / "customer_segments.parquet").to_pylist()
    return {row["customer_id"]: row for row in rows}


@pytest.fixture(scope="module")
def segmented(tmp_path_factory):
    """The first build of a grocer with three kinds of customers and one who only returned goods, and its facts."""
    grocer = Grocer(Home(tmp_path_factory.mktemp("segmented")))
    three_kinds_of_customers(grocer)
    grocer.sell("returner", 3, "-12.00")
    return segment(grocer, 1)


def test_customers_who_behave_alike_share_a_segment(segmented):
    build, told = segmented
    segments = by_customer(build)
    kinds = {
        kind: {segments[f"{kind}{n}"]["segment_id"] for n in range(30)}
        for kind in ("weekly", "driver", "gone")
    }
    assert all(len(found) == 1 for found in kinds.values())
    assert len(set().union(*kinds.values())) == 3
    assert sum(each["customer_count"] for each in told["segments"]) == 90


def test_the_tables_have_the_columns_that_their_contracts_promise(segmented):
    build, _ = segmented
    for name in ("customer_segments", "segment_profiles"):
        promised = [column.name for column in catalog().contract("scores", name).columns]
        assert pq.read_table(build.scores / f"{name}.parquet").column_names == promised


def test_scores_count_from_the_as_of_date(segmented):
    segments = by_customer(segmented[0])
    assert segments["gone1"]["recency_score"] < segments["weekly1"]["recency_score"]
    assert segments["weekly1"]["rfm_cell"] > segments["gone1"]["rfm_cell"]
    assert len(segments["gone1"]["rfm_cell"]) == 3


@pytest.mark.slow
def test_a_segment_keeps_its_number_when_its_size_rank_changes(grocer):
    three_kinds_of_customers(grocer)
    build, _ = segment(grocer, 1)
    before = by_customer(build)
    version = grocer.keep_as_version(build)
    for number in range(40):
        for _ in range(8):
            grocer.sell(f"newdriver{number}", number % 50, "24.50", True)
    after, told = segment(grocer, 2, version)
    now = by_customer(after)
    assert all(now[name]["segment_id"] == row["segment_id"] for name, row in before.items())
    assert now["newdriver1"]["segment_id"] == before["driver1"]["segment_id"]
    assert told["agreement_with_last_version"] == 1.0


def test_the_first_version_has_nothing_to_agree_with(segmented):
    build, told = segmented
    assert told["agreement_with_last_version"] is None
    assert json.loads((build.scores / "segmentation.json").read_text()) == told
    assert 0 < told["silhouette"] <= 1
    assert 0 < told["resampling_stability"] <= 1


@pytest.mark.slow
def test_a_number_is_never_given_to_other_customers(grocer):
    three_kinds_of_customers(grocer)
    build, told = segment(grocer, 1)
    version = grocer.keep_as_version(build)
    grocer.transactions.clear()
    three_kinds_of_customers(grocer, prefix="other", seed=8)
    after, _ = segment(grocer, 2, version)
    used_before = {each["segment_id"] for each in told["segments"]}
    assert used_before.isdisjoint({row["segment_id"] for row in by_customer(after).values()})


def test_who_only_returned_goods_is_no_customer_yet(segmented):
    assert "returner" not in by_customer(segmented[0])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_under_four_customers_are_one_segment(grocer, count):
    for number in range(count):
        grocer.sell(f"regular{number}", number, f"{5 + number}.00")
    build, told = segment(grocer, 1)
    assert {row["segment_id"] for row in by_customer(build).values()} == {"1"}
    assert told["why_one_segment"] == (
        f"one segment holds all: groups need 4 customers or more, and {count} bought"
    )
    assert (told["group_count"], told["silhouette"], told["evidence"]) == (1, None, [])


@pytest.mark.parametrize("others", [0, 1], ids=["all alike", "one of a thousand differs"])
def test_customers_whom_no_feature_tells_apart_are_one_segment(grocer, others):
    for number in range(999 if others else 12):
        grocer.sell(f"regular{number}", 3, "5.00")
    for number in range(others):
        grocer.sell(f"stranger{number}", 3, "6.00")
    build, told = segment(grocer, 1)
    assert told["why_one_segment"] == "one segment holds all customers: no feature separates them"
    assert told["segments"] == [
        {"segment_id": "1", "segment_name": "All customers", "customer_count": len(by_customer(build))}
    ]
    profiles = pq.read_table(build.scores / "segment_profiles.parquet")
    promised = [column.name for column in catalog().contract("scores", "segment_profiles").columns]
    assert profiles.column_names == promised
    assert [row["standardized_difference"] for row in profiles.to_pylist()] == [0.0] * 4
    assert profiles["centroid"].to_pylist() == profiles["overall_mean"].to_pylist()


def test_customers_without_a_gap_between_them_are_told_so(grocer):
    draw = random.Random(5)
    for number in range(200):
        grocer.sell(f"once{number}", draw.randrange(300), f"{draw.lognormvariate(3, 0.5):.2f}")
    _, told = segment(grocer, 1)
    assert [each["segment_name"] for each in told["segments"]] == ["All customers"]
    assert told["why_one_segment"].startswith("one segment holds all customers: by recency day count, ")
    assert "(nearly the same for all: transaction count" in told["why_one_segment"]
    assert "rank them by rfm_cell" in told["why_one_segment"]


def test_the_one_segment_keeps_its_number_and_its_types(grocer):
    three_kinds_of_customers(grocer)
    several, _ = segment(grocer, 1)
    schemas = [
        pq.read_schema(several.scores / f"{name}.parquet")
        for name in ("customer_segments", "segment_profiles")
    ]
    version = grocer.keep_as_version(several)
    grocer.transactions.clear()
    for number in range(30):
        grocer.sell(f"weekly{number}", 3, "5.00")
    one, told = segment(grocer, 2, version)
    was = pq.read_table(grocer.home.versions / version / "scores" / "customer_segments.parquet").to_pylist()
    (kept,) = {row["segment_id"] for row in was if row["customer_id"] == "weekly1"}
    assert [each["segment_id"] for each in told["segments"]] == [kept]
    assert schemas == [
        pq.read_schema(one.scores / f"{name}.parquet") for name in ("customer_segments", "segment_profiles")
    ]

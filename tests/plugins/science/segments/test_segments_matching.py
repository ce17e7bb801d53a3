"""Labels keep their meaning from run to run, and moves are explained by the features that made them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.science.segments.segments_planted import planted

from shopkeeper.science.segments import cluster, match_labels, transitions

labellings = st.lists(st.integers(1, 5), min_size=1, max_size=60)


def segmented(labels: list[int], first_customer: int = 0) -> pa.Table:
    customers = np.arange(first_customer, first_customer + len(labels))
    return pa.table({"customer_id": customers, "segment_id": pa.array(labels, pa.int32())})


def statuses(match) -> dict:
    return {row["segment_id"]: row["status"] for row in match.segments.to_pylist()}


@settings(max_examples=60, deadline=None)
@given(labellings, st.permutations([1, 2, 3, 4, 5]), st.randoms(use_true_random=False))
def test_renumbered_segments_get_their_old_numbers_back(labels, numbers, random):
    previous = segmented(labels)
    current = segmented([numbers[label - 1] for label in labels])
    current = current.take(random.sample(range(len(labels)), len(labels)))
    match = match_labels(previous, current)
    carried = match.apply(current).sort_by("customer_id")
    assert carried["segment_id"].to_pylist() == labels
    assert set(statuses(match).values()) == {"kept"}
    assert set(match.segments["overlap"].to_pylist()) == {1.0}


@settings(max_examples=60, deadline=None)
@given(labellings, labellings)
def test_every_segment_is_kept_new_or_vanished(before, after):
    match = match_labels(segmented(before), segmented(after))
    rows = match.segments.to_pylist()
    assert {row["previous_segment_id"] for row in rows} - {None} == set(before)
    assert {row["current_segment_id"] for row in rows} - {None} == set(after)
    numbers = [row["segment_id"] for row in rows]
    assert len(set(numbers)) == len(numbers)
    assert all(number < match.next_segment_id for number in numbers)
    assert all(row["segment_id"] > max(before) for row in rows if row["status"] == "new")
    assert sum(row["shared_count"] for row in rows) <= min(len(before), len(after))


def test_splits_are_new_and_dissolved_groups_have_vanished():
    previous = segmented([1] * 50 + [2] * 40 + [3] * 10)
    current = segmented([7] * 50 + [8] * 20 + [9] * 20 + [7] * 5 + [8] * 5)
    match = match_labels(previous, current)
    assert statuses(match) == {1: "kept", 2: "kept", 3: "vanished", 4: "new"}
    assert match.next_segment_id == 5
    later = match_labels(
        match.apply(current), segmented([1] * 100, 1_000), next_segment_id=match.next_segment_id
    )
    assert statuses(later) == {1: "vanished", 2: "vanished", 4: "vanished", 5: "new"}


def test_a_split_names_its_parent_and_a_merge_its_heir():
    split = match_labels(segmented([1] * 60 + [2] * 40), segmented([5] * 35 + [6] * 25 + [7] * 40))
    rows = {row["segment_id"]: row for row in split.segments.to_pylist()}
    assert rows[1]["heir_segment_ids"] == [1, 3]
    assert (rows[3]["status"], rows[3]["parent_segment_ids"]) == ("new", [1])
    merged = match_labels(segmented([1] * 60 + [2] * 20 + [3] * 40), segmented([1] * 80 + [2] * 40))
    rows = {row["segment_id"]: row for row in merged.segments.to_pylist()}
    assert (rows[2]["status"], rows[2]["heir_segment_ids"]) == ("vanished", [1])
    assert rows[1]["parent_segment_ids"] == [1, 2]
    assert rows[3]["parent_segment_ids"] == rows[3]["heir_segment_ids"] == [3]


def test_customers_in_no_group_stay_there_and_are_never_matched():
    previous = segmented([0] * 30 + [1] * 10)
    current = segmented([1] * 30 + [0] * 10)
    match = match_labels(previous, current)
    assert statuses(match) == {1: "vanished", 2: "new"}
    assert match.apply(current)["segment_id"].to_pylist() == [2] * 30 + [0] * 10


def test_a_table_of_another_run_cannot_be_relabelled():
    match = match_labels(segmented([1, 2]), segmented([1, 2]))
    with pytest.raises(ValueError, match="not matched"):
        match.apply(segmented([3]))
    with pytest.raises(ValueError, match="customer_id repeats"):
        match_labels(segmented([1, 2]), pa.concat_tables([segmented([1]), segmented([2])]))


def shop(spend: list[float], visits: list[int], labels: list[int], first_customer: int = 0) -> pa.Table:
    return (
        segmented(labels, first_customer)
        .append_column("spend", pa.array(spend, pa.float64()))
        .append_column("visits", pa.array(visits, pa.int64()))
    )


def test_a_move_is_explained_by_the_changed_feature():
    low, high = [10.0, 11.0, 12.0, 13.0], [90.0, 91.0, 92.0, 93.0]
    previous = shop(low + high, [1, 2, 3, 4, 5, 6, 7, 8], [1] * 4 + [2] * 4)
    current = shop([91.5, *low[1:], *high], [1, 2, 3, 4, 5, 6, 7, 8], [2] + [1] * 3 + [2] * 4)
    moved = transitions(previous, current)
    assert moved.movers.to_pylist() == [
        {"customer_id": 0, "previous_segment_id": 1, "current_segment_id": 2, "feature_name": "spend"}
    ]
    first, second = moved.reasons.to_pylist()
    assert (first["feature_name"], first["previous_mean"], first["current_mean"]) == ("spend", 10.0, 91.5)
    assert first["contribution"] > 0
    assert (second["feature_name"], second["contribution"]) == ("visits", 0.0)


def test_a_customer_moved_only_by_borders_has_no_reason():
    table = ([10.0, 11.0, 50.0, 90.0, 91.0], [1, 2, 3, 4, 5])
    moved = transitions(shop(*table, [1, 1, 1, 2, 2]), shop(*table, [1, 1, 2, 2, 2]))
    assert moved.movers["feature_name"].to_pylist() == [None]


@settings(max_examples=40, deadline=None)
@given(labellings, labellings, st.integers(0, 40), st.randoms(use_true_random=False))
def test_flows_account_for_every_customer_in_any_row_order(before, after, offset, random):
    spend_before, spend_after = (
        [float(i % 7 + label) for i, label in enumerate(each)] for each in (before, after)
    )
    previous = shop([*spend_before, 1.0, 2.0], [1] * (len(before) + 2), [*before, 1, 1])
    current = shop([*spend_after, 3.0], [2] * (len(after) + 1), [*after, 2], offset)
    moved = transitions(previous, current)
    flows = moved.flows.to_pandas()
    assert flows.customer_count.sum() == len(
        set(range(len(before) + 2)) | set(range(offset, offset + len(after) + 1))
    )
    assert flows.groupby("previous_segment_id").previous_rate.sum().round(9).eq(1).all()
    stayed = flows.previous_segment_id == flows.current_segment_id
    came_or_left = flows.previous_segment_id.isna() | flows.current_segment_id.isna()
    assert flows.customer_count[~stayed & ~came_or_left].sum() == moved.movers.num_rows
    again = transitions(previous.take(random.sample(range(len(previous)), len(previous))), current)
    assert again == moved


def test_next_months_segments_of_the_same_shop_keep_their_numbers():
    features, _ = planted(6_000, seed=4)
    before, after = features.slice(0, 5_000), features.slice(1_000)
    previous, current = (cluster(each, k=8, seed=9) for each in (before, after))
    match = match_labels(previous.customers, current.customers)
    assert statuses(match) == dict.fromkeys(range(1, 9), "kept")
    moved = transitions(previous.customers, match.apply(current.customers))
    assert moved.movers.num_rows < 100
    assert match.apply(current.portraits).num_rows == current.portraits.num_rows


def test_runs_without_a_common_feature_cannot_be_compared():
    with pytest.raises(ValueError, match="share no feature"):
        transitions(segmented([1, 2, 3]), segmented([1, 2, 3]))

"""Clusters: planted groups are found in any row order and currency, and with constant columns."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from docs.grocer import REFRESH, ask
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from tests.plugins.science.segments.segments_planted import one_crowd, planted
from tests.plugins.science.segments.segments_retail import grocer_features

from shopkeeper.science.segments import SegmentModel, cluster, stability
from shopkeeper.science.segments.crowds import Crowd


def table_of(points: np.ndarray) -> pa.Table:
    columns = {f"habit{number}": points[:, number] for number in range(points.shape[1])}
    return pa.table({"customer_id": np.arange(len(points)), **columns})


def agreement(features: pa.Table, truth: np.ndarray, clustering) -> float:
    order = np.argsort(features["customer_id"].to_numpy())
    return adjusted_rand_score(truth[order], clustering.customers["segment_id"].to_numpy())


@pytest.mark.slow
def test_eight_planted_groups_among_200_000_customers_are_recovered():
    features, truth = planted(200_000, seed=0)
    clustering = cluster(features, seed=0)
    assert clustering.segments.num_rows == 8
    assert agreement(features, truth, clustering) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("method", ["kmeans", "mixture", "hierarchical"])
@pytest.mark.parametrize("seed", [1, 6, 7])
def test_each_method_recovers_the_planted_groups_given_their_number(method, seed):
    features, truth = planted(20_000, seed=seed)
    assert agreement(features, truth, cluster(features, k=8, method=method, seed=seed)) >= 0.90


@pytest.mark.slow
def test_ten_features_that_tell_nothing_do_not_hide_the_groups():
    features, truth = planted(5_000, seed=3, features=22)
    clustering = cluster(features, seed=0)
    assert clustering.segments.num_rows == 8
    assert agreement(features, truth, clustering) >= 0.95


def test_two_telling_features_among_ten_that_tell_nothing_are_enough():
    rng = np.random.default_rng(0)
    corners = np.array([(0, 0), (5, 0), (0, 5), (5, 5)])
    truth = rng.integers(0, 4, size=1_200)
    features = table_of(
        np.hstack([corners[truth] + rng.normal(size=(1_200, 2)), rng.normal(size=(1_200, 10))])
    )
    assert agreement(features, truth, cluster(features, k=4, seed=0)) >= 0.95


@pytest.mark.slow
def test_a_mixture_tells_stretched_groups_apart_as_scikit_learn_does():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, size=900)
    loose, tight = 4 * rng.normal(size=900), 0.5 * rng.normal(size=900) + 4 * (truth - 1.0)
    features = table_of(np.column_stack([loose + tight, loose - tight]))
    peer = GaussianMixture(3, covariance_type="tied", n_init=10, random_state=0)
    theirs = peer.fit_predict(
        StandardScaler().fit_transform(features.drop_columns("customer_id").to_pandas())
    )
    ours = cluster(features, k=3, method="mixture", seed=1)
    assert adjusted_rand_score(truth, theirs) >= 0.99
    assert agreement(features, truth, ours) >= 0.99
    assert agreement(features, truth, cluster(features, k=3, seed=1)) < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "correlated", "money", "counts", "even"])
def test_customers_of_one_crowd_are_one_group(kind):
    clustering = cluster(table_of(one_crowd(kind)), seed=2)
    assert clustering.segments["segment_name"].to_pylist() == ["All customers"]
    assert clustering.evidence["is_chosen"].to_pylist()[0]


@pytest.mark.slow
def test_three_crowds_are_three_groups_and_not_split():
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, size=1_200)
    features = table_of(np.array([(0, 0), (6, 0), (0, 6)])[truth] + rng.normal(size=(1_200, 2)))
    clustering = cluster(features, seed=2)
    assert clustering.segments.num_rows == 3
    assert agreement(features, truth, clustering) >= 0.95


@pytest.mark.parametrize("method", ["kmeans", "mixture", "hdbscan", "hierarchical"])
def test_a_saved_model_gives_the_same_segments_again(method):
    features, _ = planted(1_500, seed=2)
    clustering = cluster(features, k=None if method == "hdbscan" else 5, method=method, seed=4)
    kept = SegmentModel.from_json(clustering.model.to_json())
    again = kept.predict(features.take(np.random.default_rng(1).permutation(1_500)))
    assert again.select(["customer_id", "segment_id"]).equals(
        clustering.customers.select(["customer_id", "segment_id"])
    )
    newcomers = kept.predict(features.slice(0, 10).append_column("store", pa.array(["north"] * 10)))
    assert newcomers.num_rows == 10
    with pytest.raises(ValueError, match="no column feature00_amount"):
        kept.predict(features.drop_columns("feature00_amount"))


def test_a_best_customer_is_not_named_by_returns():
    rng = np.random.default_rng(9)
    visits = np.concatenate([rng.poisson(40, 300) + 1, rng.poisson(2, 700) + 1])
    features = pa.table(
        {
            "customer_id": np.arange(1_000),
            "return_count": rng.binomial(visits, 0.2),
            "purchase_count": visits,
            "net_amount": np.round(visits * rng.lognormal(3, 0.3, 1_000), 2),
        }
    )
    names = cluster(features, k=2, seed=1).segments["segment_name"].to_pylist()
    assert all("return" not in name for name in names)
    assert names[1].startswith("Very high spend")
    frequent_returners = features.set_column(
        1, "return_count", pa.array(rng.binomial(visits, np.where(visits < 9, 0.8, 0.1)))
    )
    named = cluster(frequent_returners, k=2, seed=1).segments["segment_name"].to_pylist()
    assert "returns per purchase" in " ".join(named)


def test_density_finds_two_crowds_and_leaves_outliers_out():
    rng = np.random.default_rng(5)
    crowds = [rng.normal(center, 0.1, size=(400, 2)) for center in (-2.0, 2.0)]
    lonely = rng.uniform(-4, 4, size=(60, 2))
    points = np.concatenate([*crowds, lonely])
    table = pa.table({"customer_id": np.arange(860), "visits": points[:, 0], "spend": points[:, 1]})
    clustering = cluster(table, method="hdbscan", seed=1)
    labels = clustering.customers["segment_id"].to_numpy()
    assert set(labels[:400]) - {0} != set(labels[400:800]) - {0}
    assert (labels[:800] == 0).mean() < 0.05
    assert (labels[800:] == 0).mean() > 0.4
    assert clustering.segments["segment_name"].to_pylist()[0] == "In no group"
    assert clustering.evidence["k"].to_pylist() == [2]


def test_evenly_spread_customers_are_not_one_firm_group():
    spread = np.random.default_rng(5).uniform(size=(600, 6))
    features = pa.table({f"whim{number}": spread[:, number] for number in range(6)})
    clustering = cluster(
        features.add_column(0, "customer_id", pa.array(np.arange(600))), method="hdbscan", seed=1
    )
    assert set(clustering.customers["segment_id"].to_pylist()) == {0}
    assert clustering.evidence.select(["k", "stability"]).to_pylist() == [{"k": 0, "stability": 0.0}]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["kmeans", "mixture", "hdbscan", "hierarchical"])
def test_the_order_of_the_rows_does_not_change_a_byte(method):
    features, _ = planted(1_500, seed=2)
    shuffled = features.take(np.random.default_rng(1).permutation(1_500))
    k = None if method == "hdbscan" else range(4, 6)
    one, other = (cluster(each, k=k, method=method, seed=4) for each in (features, shuffled))
    for part in ("customers", "segments", "portraits", "evidence"):
        assert getattr(one, part).equals(getattr(other, part)), part


def test_another_currency_and_a_constant_column_change_no_segment():
    features, _ = planted(1_500, seed=2)
    place = features.column_names.index("feature00_amount")
    dearer = features.set_column(place, "feature00_amount", pc.multiply(features["feature00_amount"], 128.0))
    dearer = dearer.append_column("store_country", pa.array(np.full(1_500, 44)))
    one, other = (cluster(each, k=5, seed=4).customers["segment_id"] for each in (features, dearer))
    assert one.equals(other)


def test_chunks_and_kinds_of_numbers_do_not_matter():
    features, _ = planted(2_000, seed=2)
    chunked = pa.concat_tables([features.slice(0, 700), features.slice(700)])
    place = chunked.column_names.index("feature01_count")
    chunked = chunked.set_column(place, "feature01_count", chunked["feature01_count"].cast(pa.int32()))
    one, other = (cluster(each, k=4, seed=4) for each in (features, chunked))
    assert one.customers["segment_id"].equals(other.customers["segment_id"])
    assert one.portraits.equals(other.portraits)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(20, 120))
def test_centroids_weighted_by_their_customers_give_the_mean_of_all(seed, k, count):
    rng = np.random.default_rng(seed)
    table = pa.table(
        {
            "customer_id": np.arange(count),
            "net_amount": rng.lognormal(3, 1, count).round(2),
            "transaction_count": rng.poisson(3, count),
            "has_app": rng.random(count) < 0.3,
        }
    )
    clustering = cluster(table, k=k, seed=seed)
    portraits = clustering.portraits.to_pandas()
    assert portraits.groupby("feature_name").customer_count.sum().eq(count).all()
    weighted = (portraits.centroid * portraits.customer_count).groupby(portraits.feature_name).sum() / count
    assert np.allclose(weighted, portraits.groupby("feature_name").overall_mean.first())
    assert clustering.segments["customer_count"].to_pylist() == sorted(
        clustering.segments["customer_count"].to_pylist(), reverse=True
    )
    names = clustering.segments["segment_name"].to_pylist()
    assert len(set(names)) == len(names)


def test_a_portrait_describes_a_segment_in_customers_units():
    rng = np.random.default_rng(8)
    regulars = {"net_amount": 900.0, "transaction_count": 40, "recency_days": 4}
    strangers = {"net_amount": 30.0, "transaction_count": 1, "recency_days": 200}
    rows = [regulars] * 300 + [strangers] * 700
    table = pa.Table.from_pylist([{"customer_id": i, **row} for i, row in enumerate(rows)])
    spread = pa.array(np.round(table["net_amount"].to_numpy() * rng.lognormal(0, 0.2, 1_000), 2))
    clustering = cluster(table.set_column(1, "net_amount", spread), k=2, seed=1)
    assert clustering.segments["segment_name"].to_pylist() == [
        "Low spend · rare · long away",
        "Very high spend · frequent · recent",
    ]
    portraits = clustering.portraits.to_pandas().set_index(["segment_id", "feature_name"])
    assert portraits.centroid[2, "transaction_count"] == 40
    assert portraits.centroid[1, "recency_days"] == 200
    assert portraits.standardized_difference[2, "recency_days"] < 0


def test_a_small_table_skips_impossible_numbers_of_groups():
    features = pa.table({"customer_id": [1, 2, 3, 4, 5], "spend": [1.0, 1.1, 9.0, 9.1, 9.2]})
    clustering = cluster(features, k=range(2, 9), seed=0)
    assert clustering.evidence["k"].to_pylist() == [1, 2, 3, 4]


@pytest.mark.parametrize("spend", [[3.5], [3.5, 9.0], [3.5] * 20, [None, None, 2.0]])
@pytest.mark.parametrize("method", ["kmeans", "mixture", "hdbscan", "hierarchical"])
@pytest.mark.parametrize("k", [None, range(3, 9)])
def test_one_or_two_customers_or_all_alike_are_one_group(spend, method, k):
    features = pa.table({"customer_id": np.arange(len(spend)), "spend": pa.array(spend, pa.float64())})
    clustering = cluster(features, k=None if method == "hdbscan" else k, method=method, seed=0)
    assert set(clustering.customers["segment_id"].to_pylist()) == {1}
    assert clustering.segments["customer_count"].to_pylist() == [len(spend)]
    assert clustering.evidence.filter(clustering.evidence["is_chosen"])["k"].to_pylist() == [1]
    assert not any(np.isnan(clustering.portraits["standardized_difference"].to_numpy()))


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"customer_id": [], "spend": []}, {}, "no customers"),
        ({"spend": [1.0, 2.0, 3.0]}, {}, "no column customer_id"),
        ({"customer_id": [1, 2, 2], "spend": [1.0, 2.0, 3.0]}, {}, "customer_id repeats itself in 1 rows"),
        ({"customer_id": [1, 2, None], "spend": [1.0, 2.0, 3.0]}, {}, "customer_id has 1 null"),
        ({"customer_id": [1, 2, 3]}, {}, "no feature"),
        ({"customer_id": [1, 2, 3], "town": ["a", "b", "c"]}, {}, "town is string"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, np.inf, 3.0]}, {}, "spend has infinite"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, 2.0, 3.0]}, {"k": 3}, "k is 3"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, 2.0, 3.0]}, {"k": 0}, "k is 0"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, 2.0, 3.0]}, {"k": range(0)}, "k is range"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, 2.0, 3.0]}, {"method": "magic"}, "method is 'magic'"),
        ({"customer_id": [1, 2, 3], "spend": [1.0, 2.0, 3.0]}, {"method": "hdbscan", "k": 2}, "leave k out"),
    ],
)
def test_bad_input_is_refused_with_one_clear_error(columns, options, message):
    with pytest.raises(ValueError, match=message):
        cluster(pa.table(columns), **{"seed": 0, **options})


def test_planted_groups_are_firm_and_groups_in_noise_are_not():
    features, _ = planted(2_500, seed=3)
    firm = stability(features, k=8, seed=1, resamples=5)
    assert firm.mean_adjusted_rand_index > 0.9
    assert min(firm.segments["overlap"].to_pylist()) > 0.75
    noise = table_of(np.random.default_rng(1).normal(size=(2_500, 4)))
    assert stability(noise, k=8, seed=1, resamples=5).mean_adjusted_rand_index < 0.7


def test_stability_is_repeatable_and_needs_a_number_of_groups():
    features, _ = planted(1_000, seed=3)
    one, other = (stability(features, k=4, seed=1, resamples=3) for _ in range(2))
    assert one.resamples.equals(other.resamples)
    with pytest.raises(ValueError, match="k is missing"):
        stability(features, seed=1)
    with pytest.raises(ValueError, match="resamples is 0"):
        stability(features, k=4, seed=1, resamples=0)


@pytest.mark.slow
def test_a_real_grocer_has_as_many_segments_by_any_seed():
    features = ask(REFRESH)
    assert {cluster(features, k=range(3, 9), seed=seed).segments.num_rows for seed in (0, 1, 20170101)} == {6}


@pytest.mark.slow
def test_real_households_are_segmented_the_same_twice(record_property):
    features = grocer_features()
    one = cluster(features, k=range(3, 9), seed=11)
    other = cluster(
        features.take(np.random.default_rng(0).permutation(features.num_rows)), k=range(3, 9), seed=11
    )
    assert one.customers.equals(other.customers)
    assert one.portraits.equals(other.portraits)
    firmness = stability(features, k=one.segments.num_rows, seed=11, resamples=5).mean_adjusted_rand_index
    record_property("bootstrap_adjusted_rand_index", firmness)
    assert firmness > 0.6


def test_a_group_of_one_customer_is_drawn_as_he_is() -> None:
    matrix = np.array([[1.0, 2.0], [1.5, 2.5], [900.0, 0.0]], dtype=np.float32)
    alone = Crowd.of(matrix, np.array([False, False, True]))
    assert alone.draw(np.random.default_rng(7)).tolist() == [[900.0, 0.0]]

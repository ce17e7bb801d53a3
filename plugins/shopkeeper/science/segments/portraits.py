"""What sets a segment apart from all customers, in the features' own units; its words are in `names`."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.segments.grouping import Labels
from shopkeeper.science.segments.names import name_segments
from shopkeeper.science.segments.preparation import Matrix, Preparation, column


def draw_portraits(customers: pa.Table, matrix: Matrix, labels: Labels, preparation: Preparation) -> pa.Table:
    """Return one row per segment and feature, as `Clustering.portraits` describes it, by segment and rank."""
    segment_ids, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    centroids, overall = _means(customers, inverse, sizes, preparation)
    differences = _differences(matrix, inverse, sizes)
    features = np.array(preparation.features)
    named = name_segments(customers, labels, preparation.features)
    names = [named[segment_id] for segment_id in segment_ids.tolist()]
    order = np.argsort(-np.abs(differences), axis=1, kind="stable")
    count = len(features)
    return pa.table(
        {
            "segment_id": np.repeat(segment_ids.astype(np.int32), count),
            "segment_name": pa.array(np.repeat(np.array(names, dtype=object), count), pa.string()),
            "customer_count": np.repeat(sizes, count),
            "feature_name": pa.array(features[order].ravel(), pa.string()),
            "centroid": pa.array(np.take_along_axis(centroids, order, axis=1).ravel(), from_pandas=True),
            "overall_mean": pa.array(overall[order].ravel(), from_pandas=True),
            "standardized_difference": np.take_along_axis(differences, order, axis=1).ravel(),
            "feature_rank": np.tile(np.arange(1, count + 1, dtype=np.int32), len(segment_ids)),
        }
    )


def _means(
    customers: pa.Table, inverse: Labels, sizes: Labels, preparation: Preparation
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    centroids = np.empty((len(sizes), len(preparation.features)))
    overall = np.empty(len(preparation.features))
    for j, name in enumerate(preparation.features):
        values = column(customers, name)
        is_known = ~np.isnan(values)
        sums = np.bincount(inverse[is_known], values[is_known], minlength=len(sizes))
        counts = np.bincount(inverse[is_known], minlength=len(sizes))
        centroids[:, j] = np.divide(sums, counts, out=np.full(len(sizes), np.nan), where=counts > 0)
        overall[j] = sums.sum() / counts.sum() if counts.any() else np.nan
    return centroids, overall


def _differences(matrix: Matrix, inverse: Labels, sizes: Labels) -> NDArray[np.float64]:
    differences = np.empty((len(sizes), matrix.shape[1]))
    for j in range(matrix.shape[1]):
        values = matrix[:, j].astype(np.float64)
        spread = values.std()
        means = np.bincount(inverse, values, minlength=len(sizes)) / sizes
        differences[:, j] = (means - values.mean()) / spread if spread > 0 else 0.0
    return differences

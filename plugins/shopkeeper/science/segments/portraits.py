"""What sets a segment apart from all customers, in the features' own units and in a name.

Words for a feature that its name alone does not give are welcome here; what to do about a segment is not.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.segments.grouping import Labels, sample_rows
from shopkeeper.science.segments.preparation import Matrix, Preparation, column

_NOTABLE = 0.5
_TRAITS = 2
_CORRELATION_ROWS = 100_000

# (in the feature's name, word for high, word for low)
_WORDS = (
    ("recency", "long away", "recent"),
    ("frequency", "frequent", "rare"),
    ("transaction_count", "frequent", "rare"),
    ("visit_count", "frequent", "rare"),
    ("purchase_count", "frequent", "rare"),
    ("monetary", "high spend", "low spend"),
    ("net_amount", "high spend", "low spend"),
    ("sales_amount", "high spend", "low spend"),
    ("basket_amount", "big baskets", "small baskets"),
    ("tenure", "long-standing", "new"),
)


def draw_portraits(customers: pa.Table, matrix: Matrix, labels: Labels, preparation: Preparation) -> pa.Table:
    """Return one row per segment and feature, as `Clustering.portraits` describes it, by segment and rank."""
    segment_ids, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    centroids, overall = _means(customers, inverse, sizes, preparation)
    differences = _differences(matrix, inverse, sizes)
    features = np.array(preparation.features)
    names = _names(segment_ids, differences, _correlations(matrix), preparation.features)
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


def _correlations(matrix: Matrix) -> NDArray[np.float64]:
    sample = matrix[sample_rows(len(matrix), _CORRELATION_ROWS, 0)].astype(np.float64)
    if len(sample) < 2:
        return np.zeros((sample.shape[1], sample.shape[1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = np.atleast_2d(np.corrcoef(sample, rowvar=False))
    return np.abs(np.nan_to_num(correlations))


def _names(
    segment_ids: Labels,
    differences: NDArray[np.float64],
    correlations: NDArray[np.float64],
    features: tuple[str, ...],
) -> list[str]:
    """Name each segment by what sets it apart, with as many traits as it takes to tell the names apart."""
    names: list[str] = []
    for segment_id, row in zip(segment_ids, differences, strict=True):
        if segment_id == 0:
            names.append("In no group")
            continue
        traits = _traits(row, correlations)
        candidates = [
            _phrase(traits[:length], row, features)
            for length in range(_TRAITS, max(len(traits), _TRAITS) + 1)
        ]
        free = [candidate for candidate in candidates if candidate not in names]
        names.append(free[0] if free else f"{candidates[-1]} ({segment_id})")
    return names


def _traits(row: NDArray[np.float64], correlations: NDArray[np.float64]) -> list[int]:
    """Return notable features, each next one the strongest that does not repeat those before it."""
    remaining = np.abs(row)
    novelty = np.ones(len(row))
    traits: list[int] = []
    while (open_ := (np.abs(row) >= _NOTABLE) & ~np.isin(np.arange(len(row)), traits)).any():
        strongest = int(np.argmax(np.where(open_, remaining * novelty, -1.0)))
        traits.append(strongest)
        novelty = np.minimum(novelty, np.sqrt(1 - np.minimum(correlations[strongest], 1) ** 2))
    return traits


def _phrase(traits: list[int], row: NDArray[np.float64], features: tuple[str, ...]) -> str:
    # In the order of the columns, so that a name does not turn round from run to run.
    words = " · ".join(_word(features[j], row[j] > 0) for j in sorted(traits))
    return words[:1].upper() + words[1:] if words else "Typical"


def _word(feature: str, is_high: bool) -> str:
    for part, high, low in _WORDS:
        if part in feature:
            return high if is_high else low
    plain = feature.removeprefix("mean_").replace("_", " ")
    if feature.endswith("_count"):
        return f"{'many' if is_high else 'few'} {plain.removesuffix(' count')}s"
    if feature.endswith("_days"):
        return f"{'many' if is_high else 'few'} {plain}"
    return f"{'high' if is_high else 'low'} {plain}"

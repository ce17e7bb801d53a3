"""Selects the features that separate customers.

Rules for leaving features out; finding groups with the others belongs to `grouping`.
"""

import numpy as np
from numpy.typing import NDArray

from shopkeeper.science.segments.grouping import TREE_ROWS, Labels, cuts_of, lloyd, means, sample_rows
from shopkeeper.science.segments.preparation import Matrix

_FEWEST_SCREENED = 100
_REWEIGHTINGS = 2
_TELLING = 0.2


def telling_features(matrix: Matrix, seed: int) -> NDArray[np.bool_]:
    """Return which features separate customers; the others would only blur the distances.

    k-means of up to 2,000 customers is learned three times for each number of groups from 2 to 10, with each
    feature weighted by the root of the share of its spread that lies between the groups of the time before,
    as a part of the largest (Witten, Tibshirani 2010, without their threshold). A feature whose median weight
    is below .2 separates nobody. With fewer than 100 customers every feature is kept.
    """
    start = matrix[sample_rows(len(matrix), TREE_ROWS, seed)]
    kept = np.ones(start.shape[1], dtype=np.bool_)
    if len(start) < _FEWEST_SCREENED:
        return kept
    learned = []
    for cut in cuts_of(start, range(2, 11)):
        weights, centers = np.ones(start.shape[1], dtype=np.float32), means(*cut)
        for _ in range(_REWEIGHTINGS + 1):
            groups = lloyd(start * weights, centers * weights, 3, seed).labels_
            weights, centers = _weights(start, groups), means(start, groups)
        learned.append(weights)
    found = np.median(learned, axis=0) >= _TELLING
    return found if found.any() else kept


def _weights(matrix: Matrix, groups: Labels) -> NDArray[np.float32]:
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    total = matrix.var(axis=0)
    between = (sizes[:, None] * (means(matrix, groups) - matrix.mean(axis=0)) ** 2).sum(axis=0)
    share = np.divide(between / len(inverse), total, out=np.zeros(len(total)), where=total > 0)
    return np.sqrt(np.clip(share / max(share.max(), 1e-12), 0, 1)).astype(np.float32)

"""How many groups there are: firm ones only, and none where customers are one crowd.

Rules for choosing a number belong here; what a firm group is belongs to `resampling`.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_score

from shopkeeper.science.segments.crowds import crowds_of, draw
from shopkeeper.science.segments.grouping import NO_GROUP, Grouping, Labels, learn, sample_rows
from shopkeeper.science.segments.preparation import Matrix
from shopkeeper.science.segments.resampling import resampled

_ROWS = 2_000
_RESAMPLES = 10
_CROWDS = 10
_LEAST_DEVIATION = 0.005
_SPLIT_CROWDS = 20
_FIRM = 0.8
_GROUPED = 4.0
_BEYOND = 2.0
_SPLIT = 3.0


def weigh(
    matrix: Matrix, groupings: Sequence[Grouping], method: str, counts: Sequence[int], seed: int
) -> pa.Table:
    """Return the evidence for each number of groups, as `Clustering.evidence` describes it.

    Looks at no more than 2,000 customers. Where several numbers are asked for, one group stands among them.
    """
    sample = matrix[sample_rows(len(matrix), _ROWS, seed)]
    labels = [grouping.assign(sample) for grouping in groupings]
    silhouettes = np.array([_silhouette(sample, each) for each in labels])
    agreements = [
        [adjusted_rand_score(one, other) for one, other in zip(labels, again, strict=True)]
        for again in resampled(sample, method, counts, seed, _RESAMPLES)
    ]
    stabilities = np.mean(agreements, axis=0)
    if method == "hdbscan":
        found = len(np.unique(labels[0][labels[0] != NO_GROUP]))
        return _table([found], silhouettes, stabilities * (found > 0), chosen=0)
    if len(counts) == 1:
        return _table(counts, silhouettes, stabilities, chosen=0)
    one = np.zeros(len(sample), dtype=np.int64)
    gaps, deviations = _beyond_crowds(sample, one, method, counts, seed, _CROWDS)
    scores = gaps / np.maximum(deviations, _LEAST_DEVIATION)
    splits = np.full(len(counts), np.nan)
    chosen = -1
    if scores.max() >= _GROUPED:
        beats_a_crowd = np.flatnonzero((stabilities >= _FIRM) & (scores >= _BEYOND)).tolist()
        chosen = beats_a_crowd[-1] if beats_a_crowd else -1
        for place in reversed(np.flatnonzero((stabilities >= _FIRM) & (gaps > 0)).tolist()):
            fewer = learn(sample, method, [counts[place] - 1], seed, is_quick=True)[0].assign(sample)
            more, error = _beyond_crowds(sample, fewer, method, [counts[place]], seed, _SPLIT_CROWDS)
            splits[place] = more[0] / max(error[0], 1e-9)
            if splits[place] >= _SPLIT:
                chosen = place
                break
    return _table(counts, silhouettes, stabilities, gaps, scores, splits, chosen=chosen)


def one_group() -> pa.Table:
    """Return the evidence where customers can only be one group."""
    return _table([], np.empty(0), np.empty(0), chosen=-1)


def _silhouette(sample: Matrix, groups: Labels) -> float:
    is_grouped = groups != NO_GROUP
    count = len(np.unique(groups[is_grouped]))
    if count < 2 or count >= is_grouped.sum():
        return 0.0
    return float(silhouette_score(sample[is_grouped], groups[is_grouped]))


def _beyond_crowds(
    sample: Matrix, groups: Labels, method: str, counts: Sequence[int], seed: int, draws: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much more `counts` groups tell of the sample than of crowds, and that one's deviation.

    Every group of `groups` becomes a crowd; what is told is counted from as many groups as there are crowds.
    """
    tried = [len(np.unique(groups)), *counts]
    ours = _told(sample, method, tried, seed)
    crowds = crowds_of(sample, groups)
    theirs = [
        _told(draw(crowds, np.random.default_rng((seed, number))), method, tried, seed + number)
        for number in range(draws)
    ]
    gaps = ours - np.mean(theirs, axis=0)
    return gaps, np.std(theirs, axis=0, ddof=1) * np.sqrt(1 + 1 / draws)


def _told(matrix: Matrix, method: str, tried: Sequence[int], seed: int) -> NDArray[np.float64]:
    misfits = np.array([each.misfit(matrix) for each in learn(matrix, method, tried, seed, is_quick=True)])
    return misfits[0] - misfits[1:]


def _table(
    counts: Sequence[int],
    silhouettes: NDArray[np.float64],
    stabilities: NDArray[np.float64],
    gaps: NDArray[np.float64] | None = None,
    scores: NDArray[np.float64] | None = None,
    splits: NDArray[np.float64] | None = None,
    *,
    chosen: int,
) -> pa.Table:
    unknown = np.full(len(counts), np.nan)
    columns = {
        "k": np.array(counts, dtype=np.int64),
        "silhouette": silhouettes,
        "stability": stabilities,
        "gap": unknown if gaps is None else gaps,
        "gap_score": unknown if scores is None else scores,
        "split_score": unknown if splits is None else splits,
        "is_chosen": np.arange(len(counts)) == chosen,
    }
    if gaps is not None or not len(counts):
        alone = (1, 0.0, 1.0, 0.0, np.nan, np.nan, chosen < 0)
        columns = {
            name: np.append(first, rest) for (name, rest), first in zip(columns.items(), alone, strict=True)
        }
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})

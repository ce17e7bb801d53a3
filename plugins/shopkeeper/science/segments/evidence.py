"""Decides how many groups there are: only stable ones, and a single one if there is no structure.

Rules for choosing the number; the definition of a stable group belongs to `resampling`.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_score

from shopkeeper.science.segments.crowds import crowds_of, draw
from shopkeeper.science.segments.grouping import (
    CAREFUL,
    NO_GROUP,
    QUICK,
    Effort,
    Grouping,
    Labels,
    learn,
    sample_rows,
)
from shopkeeper.science.segments.preparation import Matrix
from shopkeeper.science.segments.resampling import resampled

_ROWS = 5_000
_QUICK_ROWS = 2_000
_RESAMPLES = 10
_LOOKS = (10, 20, 40, 80)
_CROWDS = 10
_LEAST_DEVIATION = 0.005
_SPLIT_CROWDS = 20
_FIRM = 0.8
_GROUPED = 4.0
_BEYOND = 2.0
_SPLIT = 3.0
_DOUBTFUL = (2.0, 6.0)


def weigh(
    matrix: Matrix, groupings: Sequence[Grouping], method: str, counts: Sequence[int], seed: int
) -> pa.Table:
    """Return the evidence for each number of groups, as `Clustering.evidence` describes it.

    Looks at no more than 5,000 customers. If several numbers are requested, one group is always among them.
    """
    sample = matrix[sample_rows(len(matrix), _QUICK_ROWS if method == "hdbscan" else _ROWS, seed)]
    few = sample[:_QUICK_ROWS]
    labels = [grouping.assign(sample) for grouping in groupings]
    silhouettes = np.array([_silhouette(few, each[:_QUICK_ROWS]) for each in labels])
    again = resampled(sample, method, counts, seed, _RESAMPLES, QUICK)
    agreements = np.array([_agreements(labels, each) for each in again])
    stabilities = agreements.mean(axis=0)
    if method == "hdbscan":
        found = len(np.unique(labels[0][labels[0] != NO_GROUP]))
        return _table([found], silhouettes, stabilities * (found > 0), chosen=0)
    if len(counts) == 1:
        return _table(counts, silhouettes, stabilities, chosen=0)
    one = np.zeros(len(few), dtype=np.int64)
    beside = _beside_crowds(few, one, method, counts, seed, QUICK)
    gaps, deviations = _gap(*next(itertools.islice(beside, _CROWDS - 1, None)))
    scores = gaps / np.maximum(deviations, _LEAST_DEVIATION)
    splits = np.full(len(counts), np.nan)
    margins = 2 * _error(agreements)
    is_hopeful = (stabilities + margins >= _FIRM) & (gaps > 0) & (scores.max() >= _GROUPED)
    looks = {
        int(place): _looks(sample, labels[place], method, counts[place], seed)
        for place in np.flatnonzero(is_hopeful)[::-1]
    }

    def is_firm(place: int) -> bool:
        while abs(stabilities[place] - _FIRM) < margins[place] and (more := next(looks[place], None)):
            stabilities[place], margins[place] = more
        return bool(stabilities[place] - margins[place] >= _FIRM)

    chosen = -1
    for place, look in looks.items():
        stabilities[place], margins[place] = next(look)
        if stabilities[place] + margins[place] < _FIRM:
            continue
        splits[place] = _split_score(sample, method, counts[place], seed)
        if splits[place] >= _SPLIT and is_firm(place):
            chosen = place
            break
    else:
        beats_a_crowd = (place for place in looks if scores[place] >= _BEYOND and is_firm(place))
        chosen = next(beats_a_crowd, -1)
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


def _agreements(labels: Sequence[Labels], again: Sequence[Labels]) -> list[float]:
    return [adjusted_rand_score(one, other) for one, other in zip(labels, again, strict=True)]


def _error(agreements: NDArray[np.float64]) -> NDArray[np.float64]:
    return agreements.std(axis=0, ddof=1) / np.sqrt(len(agreements))


def _looks(
    sample: Matrix, labels: Labels, method: str, count: int, seed: int
) -> Iterator[tuple[float, float]]:
    """Yield the mean agreement of more and more resamples, searched with care, and two standard errors."""
    agreements: list[float] = []
    for again in resampled(sample, method, [count], seed, _LOOKS[-1]):
        agreements += _agreements([labels], again)
        if len(agreements) in _LOOKS:
            yield float(np.mean(agreements)), 2 * float(_error(np.array(agreements)))


def _split_score(sample: Matrix, method: str, count: int, seed: int) -> float:
    """Return by how many deviations the last of `count` groups explains more than a split of a crowd.

    Twenty crowds are drawn; ten where these are clear.
    """
    fewer = learn(sample, method, [count - 1], seed, CAREFUL)[0].assign(sample)
    for ours, theirs in _beside_crowds(sample, fewer, method, [count], seed, CAREFUL):
        if len(theirs) >= _CROWDS:
            gap, deviation = _gap(ours, theirs)
            score = float(gap[0] / max(deviation[0], 1e-9))
            if not _DOUBTFUL[0] < score < _DOUBTFUL[1] or len(theirs) == _SPLIT_CROWDS:
                break
    return score


def _beside_crowds(
    sample: Matrix, groups: Labels, method: str, counts: Sequence[int], seed: int, effort: Effort
) -> Iterator[tuple[NDArray[np.float64], list[NDArray[np.float64]]]]:
    """Yield how much `counts` groups explain of the sample, and of one crowd after the other.

    Every group of `groups` becomes a crowd; counting starts at as many groups as crowds.
    """
    tried = [len(np.unique(groups)), *counts]
    ours, crowds = _told(sample, method, tried, seed, effort), crowds_of(sample, groups)
    theirs: list[NDArray[np.float64]] = []
    for number in itertools.count():
        drawn = draw(crowds, np.random.default_rng((seed, number)))
        theirs.append(_told(drawn, method, tried, seed + number, effort))
        yield ours, theirs


def _gap(
    ours: NDArray[np.float64], theirs: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much more groups explain of the sample than of crowds, and the deviation of that."""
    deviation = np.std(theirs, axis=0, ddof=1) * np.sqrt(1 + 1 / len(theirs))
    return ours - np.mean(theirs, axis=0), deviation


def _told(
    matrix: Matrix, method: str, tried: Sequence[int], seed: int, effort: Effort
) -> NDArray[np.float64]:
    misfits = np.array([each.misfit(matrix) for each in learn(matrix, method, tried, seed, effort)])
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

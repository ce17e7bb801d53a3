"""The weight of each touch of a path, by rules that look at that path alone.

A rule returns one weight per touch, and a path's weights sum to 1; methods that learn from all paths belong
to `markov`.
"""

from datetime import timedelta

import numpy as np

from shopkeeper.science.arguments import read_duration
from shopkeeper.science.attribution.paths import Floats, Integers, Paths, direct_code


def first(paths: Paths) -> Floats:
    """All to the first touch."""
    return (paths.position == 0).astype(np.float64)


def last(paths: Paths) -> Floats:
    """All to the last touch."""
    return (paths.position == paths.lengths[paths.path] - 1).astype(np.float64)


def last_non_direct(paths: Paths, direct_channel: str | None) -> Floats:
    """All to the last touch that is not direct traffic; to the last touch where all are."""
    direct = direct_code(paths.channels, direct_channel)
    if direct is None:
        return last(paths)
    is_direct = paths.codes == direct
    touch = np.arange(len(paths.codes))
    final = np.maximum.reduceat(np.where(is_direct, -1, touch), paths.offsets[:-1])
    chosen = np.where(final < 0, paths.offsets[1:] - 1, final)
    return (touch == chosen[paths.path]).astype(np.float64)


def linear(paths: Paths) -> Floats:
    """The same to each touch."""
    return 1.0 / paths.lengths[paths.path]


def position(paths: Paths, weights: tuple[float, float, float]) -> Floats:
    """`weights` to the first touch, to all between, and to the last; a short path shares what applies to it.

    Where nothing applies (two touches, and only the middle has weight) the touches share alike.
    """
    if len(weights) != 3 or min(weights) < 0 or not 0 < sum(weights) < float("inf"):
        raise ValueError(f"position weights are {weights}; give three of 0 or more: first, middle, last")
    length = paths.lengths[paths.path]
    is_first, is_last = paths.position == 0, paths.position == length - 1
    between = np.where(is_first | is_last, 0.0, weights[1] / np.maximum(length - 2, 1))
    return _share(paths, is_first * weights[0] + between + is_last * weights[2])


def time_decay(paths: Paths, half_life: timedelta) -> Floats:
    """Half the weight for each half-life that a touch is older."""
    half_life = read_duration("half_life", half_life)
    if paths.ages is None:
        raise ValueError(
            "time_decay needs the column ages (from touch to conversion); paths_from_touches gives it"
        )
    youngest = np.minimum.reduceat(paths.ages, paths.offsets[:-1])
    older = (paths.ages - youngest[paths.path]) / (half_life / timedelta(microseconds=1))
    return _share(paths, np.exp2(-older))


def shapley(paths: Paths) -> Floats:
    """The same to each channel of the path, within a channel to each of its stages, within these to each
    touch.

    A stage is a run of touches of one channel. With v(S) = what paths within the channels S earned, the
    Shapley value of a channel is the sum, over the sets of channels that contain it, of what paths of exactly
    that set earned, divided by the set's size (Zhao, Mahboobi, Bagheri 2018, arXiv 1804.05327); their ordered
    form splits it by place.
    """
    starts = paths.is_stage_start
    stage = np.cumsum(starts) - 1
    run_length = np.bincount(stage)
    pair = paths.path[starts] * len(paths.channels) + paths.codes[starts]
    distinct, member, stages = np.unique(pair, return_inverse=True, return_counts=True)
    set_size = np.bincount(distinct // max(len(paths.channels), 1), minlength=len(paths.lengths))
    return 1.0 / (set_size[paths.path] * stages[member[stage]] * run_length[stage])


def stage_key(paths: Paths) -> Integers:
    """Each touch's channel and stage in its path (from 1) as one number: code × `stage_base` + stage."""
    stage = np.cumsum(paths.is_stage_start)
    number = stage - stage[paths.offsets[:-1]][paths.path] + 1
    return paths.codes * stage_base(paths) + number


def stage_base(paths: Paths) -> int:
    """A number that no stage reaches."""
    return int(paths.lengths.max(initial=0)) + 1


def by_effect(paths: Paths, effects: Floats) -> Floats:
    """To each channel of the path in proportion to its effect, within a channel to each touch alike."""
    pair = paths.path * len(paths.channels) + paths.codes
    _, member, touches = np.unique(pair, return_inverse=True, return_counts=True)
    return _share(paths, effects[paths.codes] / touches[member])


def _share(paths: Paths, weights: Floats) -> Floats:
    total = np.add.reduceat(weights, paths.offsets[:-1])[paths.path] if len(weights) else weights
    return np.divide(weights, total, out=linear(paths), where=total > 0)

"""The Markov chain of channels that ends in conversion or in nothing, and what removing a channel costs it.

Source: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey" (2016). Nothing is simulated.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.attribution.paths import Floats, Integers, Paths, read_paths


@dataclass(frozen=True)
class Chain:
    """A chain over states (the last channels seen, as many as its order).

    `start[s]`: share of paths that begin in s; `moves[s, t]`: probability of t after s; `conversions[s]`,
    `value[s]`: conversions and value a visit of s earns as its path ends there; `channel[s]`: the channel
    touched last.
    """

    start: Floats
    moves: sparse.csr_array
    conversions: Floats
    value: Floats
    channel: Integers


def removal_effects(paths: Paths, order: int) -> tuple[Floats, Floats]:
    """Return each channel's share of conversions, and of value, that are lost when its visits end in nothing.

    A chain of order 1 is solved by one inverse; for a longer memory, where a channel has many states, one
    sparse linear system is solved for each channel: the visits of all other states without it.
    """
    if order == 1:
        # Staying in a state changes how long a path is, not where it ends.
        paths = paths.keep_touches(paths.is_stage_start)
    chain = _chain(paths, order)
    if order == 1:
        return _by_inverse(chain, paths)
    totals = paths.conversions.sum(), paths.value.sum()
    traffic = (paths.conversions + paths.nulls).sum()
    effects = np.zeros((2, len(paths.channels)))
    for channel in np.unique(chain.channel):
        others = chain.channel != channel
        visits = _visits(chain.start[others], chain.moves[others][:, others])
        for effect, earned, total in zip(effects, (chain.conversions, chain.value), totals, strict=True):
            if total > 0:
                effect[channel] = np.clip(1.0 - visits @ earned[others] * (traffic / total), 0.0, 1.0)
    return effects[0], effects[1]


def _by_inverse(chain: Chain, paths: Paths) -> tuple[Floats, Floats]:
    """Return the removal effects where each channel is one state.

    What a visit of a channel leads to is what all paths through its first visit lead to, and that first visit
    is as likely as all of its visits are many, over its visits that follow one of its own (the inverse's
    diagonal).
    """
    states = len(chain.channel)
    onward = np.linalg.inv(np.eye(states) - chain.moves.toarray())
    reached = (chain.start @ onward) / np.diag(onward)
    traffic = (paths.conversions + paths.nulls).sum()
    effects = np.zeros((2, len(paths.channels)))
    for effect, earned, total in zip(
        effects,
        (chain.conversions, chain.value),
        (paths.conversions.sum(), paths.value.sum()),
        strict=True,
    ):
        if total > 0:
            effect[chain.channel] = np.clip(reached * (onward @ earned) * (traffic / total), 0.0, 1.0)
    return effects[0], effects[1]


def order_evidence(paths: Any, *, max_order: int = 4) -> pa.Table:
    """Return how well each order of chain fits: `order`, `states`, `log_likelihood`, `bic` (lowest is best).

    BIC counts one free probability a state and possible next step, and one observation a step (Katz 1981,
    "On some criteria for estimating the order of a Markov chain"). `paths` and errors are those of `credit`.
    """
    highest = read_whole("max_order", max_order, 1)
    return _evidence(read_paths(paths).travelled().merged(), highest)


def best_order(paths: Paths, max_order: int) -> int:
    """Return the order of lowest BIC, the lower one where two are level."""
    return int(np.argmin(_evidence(paths, max_order)["bic"].to_numpy())) + 1


def _evidence(paths: Paths, max_order: int) -> pa.Table:
    traffic = paths.conversions + paths.nulls
    steps = (traffic * (paths.lengths + 1)).sum()
    rows = []
    for order in range(1, max_order + 1):
        state, channel = _states(paths, order)
        seen = np.bincount(state, weights=traffic[paths.path], minlength=len(channel))
        begun = np.bincount(state[paths.offsets[:-1]], weights=traffic, minlength=len(channel))
        final = state[paths.offsets[1:] - 1]
        likelihood = (
            _entropy(_moves(paths, state, len(channel)).data)
            + _entropy(np.bincount(final, weights=paths.conversions))
            + _entropy(np.bincount(final, weights=paths.nulls))
            - _entropy(seen)
            + _entropy(begun)
            - _entropy(np.array([traffic.sum()], dtype=np.float64))
        )
        free = len(channel) * (len(paths.channels) + 1) + len(paths.channels) - 1
        rows.append((order, len(channel), likelihood, free * np.log(max(steps, 1)) - 2.0 * likelihood))
    schema = pa.schema(
        [
            ("order", pa.int64()),
            ("states", pa.int64()),
            ("log_likelihood", pa.float64()),
            ("bic", pa.float64()),
        ]
    )
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=schema)


def _chain(paths: Paths, order: int) -> Chain:
    traffic = (paths.conversions + paths.nulls).astype(np.float64)
    state, channel = _states(paths, order)
    states = len(channel)
    seen = np.bincount(state, weights=traffic[paths.path], minlength=states)
    final = state[paths.offsets[1:] - 1]
    return Chain(
        start=np.bincount(state[paths.offsets[:-1]], weights=traffic, minlength=states)
        / max(traffic.sum(), 1.0),
        moves=sparse.diags_array(1.0 / seen, format="csr") @ _moves(paths, state, states),
        conversions=np.bincount(final, weights=paths.conversions, minlength=states) / seen,
        value=np.bincount(final, weights=paths.value, minlength=states) / seen,
        channel=channel,
    )


def _states(paths: Paths, order: int) -> tuple[Integers, Integers]:
    """Return each touch's state (its path's last `order` channels) and each state's last channel."""
    base = len(paths.channels) + 1
    distinct, state = np.unique(paths.codes, return_inverse=True)
    channel = distinct
    for lag in range(1, min(order, paths.lengths.max(initial=1))):
        earlier = np.zeros(len(state), dtype=np.int64)
        earlier[lag:] = np.where(paths.position[lag:] >= lag, paths.codes[:-lag] + 1, 0)
        distinct, state_of = np.unique(state * base + earlier, return_inverse=True)
        channel = channel[distinct // base]
        state = state_of
    return state, channel


def _moves(paths: Paths, state: Integers, states: int) -> sparse.csr_array:
    leaves = np.flatnonzero(paths.position < paths.lengths[paths.path] - 1)
    weights = (paths.conversions + paths.nulls)[paths.path[leaves]].astype(np.float64)
    return sparse.csr_array((weights, (state[leaves], state[leaves + 1])), shape=(states, states))


def _visits(start: Floats, moves: sparse.csr_array) -> Floats:
    """Return the expected number of visits of each state, from (I - movesᵀ) visits = start."""
    if len(start) == 0:
        return start
    return np.atleast_1d(spsolve(sparse.csc_array(sparse.eye_array(len(start)) - moves.T), start))


def _entropy(counts: NDArray[Any]) -> float:
    return float((counts * np.log(np.where(counts > 0, counts, 1.0))).sum())

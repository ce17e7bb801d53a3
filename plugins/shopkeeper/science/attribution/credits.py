"""Credit of conversions and their value: by channel, and by touch and conversion.

Builds the tables of credit; the shares come from `models`, `rules` and `markov`.
"""

from typing import Any, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.attribution import models, money, rules
from shopkeeper.science.attribution.models import Model, Options
from shopkeeper.science.attribution.paths import UNTOUCHED, Integers, Paths, read_paths
from shopkeeper.science.inputs import read_table, require_unique

Shares = tuple[Integers, Integers, NDArray[Any], NDArray[Any]]
"""Channels (as codes), their stages, conversions and value."""


def credit(paths: Any, model: Model, **options: Unpack[Options]) -> pa.Table:
    """Split all conversions and their value over the channels.

    `paths` (a table as in `inputs.read_table`): one row per path, or per group of equal paths: `touches`
    (list of channel names, oldest first), `conversions` (whole number), `value` (of these conversions
    together; decimal or float), `nulls` (how often the path ended in nothing), and for time_decay `ages`
    (list of durations from touch to conversion).

    Returns `channel` (sorted), `conversions` (double), `value` (decimal with the input's cents, which sums to
    the input exactly; or double): one row per channel, also for those that earned nothing. Conversions
    without any touch go to the channel `UNTOUCHED`. shapley with `by_stage` returns one row per `channel` and
    `stage` that earned something (int64, from 1): the stages of a path are its runs of one channel.

    markov scales the removal effects (`markov.removal_effects`) to the totals. Raises `ValueError` on a
    missing column, nulls, a count that is negative or broken, a negative value, value without conversions, an
    unknown model, or an option of another model. A table without rows gives none.
    """
    models.check(model, options)
    read = read_paths(paths)
    if model == "markov":
        codes, stages, conversions, value = _by_removal(read, options)
    else:
        codes, stages, conversions, value = _by_weight(read, model, options)
    if pa.types.is_decimal(read.value_type):
        total = read.value[read.lengths > 0].sum(keepdims=True)
        value = money.largest_remainder(value, total, np.zeros(1, dtype=np.int64), codes)
    credited = _table(
        pa.array(read.channels, pa.string()).take(pa.array(codes)),
        stages,
        conversions,
        value,
        read.value_type,
    )
    untouched = read.take(np.flatnonzero((read.lengths == 0) & (read.conversions > 0))).merged()
    if len(untouched.conversions):
        rest = _table(
            pa.array([UNTOUCHED]),
            np.ones(1, dtype=np.int64),
            untouched.conversions,
            untouched.value,
            read.value_type,
        )
        credited = pa.concat_tables([credited, rest]).sort_by(
            [("channel", "ascending"), ("stage", "ascending")]
        )
    return credited if options.get("by_stage") else credited.drop_columns("stage")


def touch_credit(paths: Any, model: Model, **options: Unpack[Options]) -> pa.Table:
    """Split each conversion and its value over the touches of its path.

    `paths`: as `paths_from_touches` returns them: the columns of `credit`, `conversion_id` (unique; null
    if the path did not convert) and `touch_ids` (list, one a touch).

    Returns one row per conversion and touch, sorted by conversion and then time: `conversion_id`, `touch_id`,
    `channel`, `conversions` (double), `value`; the values of a conversion sum to its value to the cent. A
    conversion without touches has one row of the channel `UNTOUCHED` without touch_id.

    Summed by channel, rules and shapley give the conversions of `credit`, and its value but for cents rounded
    per conversion. markov shares a conversion among the channels of its own path in proportion to their
    removal effects; summed by channel that differs from `credit`, which scales the effects over all paths.
    Errors as in `credit`.
    """
    models.check(model, options)
    paths = read_table(
        paths,
        *("touches", "conversions", "value", "nulls", "conversion_id", "touch_ids"),
        nullable=("conversion_id",),
        optional=("ages",),
    )
    read = read_paths(paths)
    ids, touch_ids, ordered = _converting(paths, read)
    touched, untouched = ordered[read.lengths[ordered] > 0], ordered[read.lengths[ordered] == 0]
    chosen = read.take(touched)
    if model == "markov":
        effects = models.effects(read.travelled().merged(), options)
        weights, value_weights = (rules.by_effect(chosen, effect) for effect in effects)
    else:
        weights = value_weights = models.weights(chosen, model, options)
    value: NDArray[Any] = value_weights * chosen.value[chosen.path]
    if pa.types.is_decimal(read.value_type):
        value = money.largest_remainder(value, chosen.value, chosen.offsets[:-1], chosen.codes)
    credited = pa.table(
        {
            "conversion_id": ids.take(pa.array(touched[chosen.path])),
            "touch_id": touch_ids.take(pa.array(read.touches_of(touched))),
            "channel": pa.array(read.channels, pa.string()).take(pa.array(chosen.codes)),
            "conversions": pa.array(weights * chosen.conversions[chosen.path], pa.float64()),
            "value": money.write(value, read.value_type),
        }
    )
    if len(untouched) == 0:
        return credited
    rest = pa.table(
        {
            "conversion_id": ids.take(pa.array(untouched)),
            "touch_id": pa.nulls(len(untouched), touch_ids.type),
            "channel": pa.array([UNTOUCHED] * len(untouched), pa.string()),
            "conversions": pa.array(read.conversions[untouched], pa.float64()),
            "value": money.write(read.value[untouched], read.value_type),
        }
    )
    both = pa.concat_tables([credited, rest])
    return both.take(pc.sort_indices(both["conversion_id"]))


def _by_weight(read: Paths, model: Model, options: Options) -> Shares:
    seen = np.unique(read.codes[np.repeat(read.conversions + read.nulls > 0, read.lengths)])
    earning = read.take(np.flatnonzero((read.lengths > 0) & (read.conversions > 0)))
    earning = earning.merged(by_age=model == "time_decay")
    weights = models.weights(earning, model, options)
    if options.get("by_stage"):
        keys, row = np.unique(rules.stage_key(earning), return_inverse=True)
        codes, stages = np.divmod(keys, rules.stage_base(earning))
    else:
        codes, row, stages = seen, np.searchsorted(seen, earning.codes), np.zeros_like(seen)
    conversions = np.bincount(row, weights * earning.conversions[earning.path], minlength=len(codes))
    value = np.bincount(row, weights * earning.value[earning.path], minlength=len(codes))
    return codes, stages, conversions, value


def _by_removal(read: Paths, options: Options) -> Shares:
    merged = read.travelled().merged()
    codes = np.unique(merged.codes)
    conversions, value = (effect[codes] for effect in models.effects(merged, options))
    return (
        codes,
        np.zeros_like(codes),
        conversions * (merged.conversions.sum() / (conversions.sum() or 1.0)),
        value * (merged.value.sum() / (value.sum() or 1.0)),
    )


def _table(
    channel: pa.Array,
    stage: Integers,
    conversions: NDArray[Any],
    value: NDArray[Any],
    value_type: pa.DataType,
) -> pa.Table:
    return pa.table(
        {
            "channel": channel,
            "stage": pa.array(stage, pa.int64()),
            "conversions": pa.array(conversions, pa.float64()),
            "value": money.write(value, value_type),
        }
    )


def _converting(paths: pa.Table, read: Paths) -> tuple[pa.Array, pa.Array, Integers]:
    """Return conversion ids, touch ids (flat), and the rows that converted in the order of their ids."""
    ids, touch_ids = paths["conversion_id"].combine_chunks(), paths["touch_ids"].combine_chunks()
    converted = read.conversions > 0
    if not np.array_equal(pc.is_valid(ids).to_numpy(zero_copy_only=False), converted):
        raise ValueError("conversion_id must be filled where conversions is above 0, and only there")
    require_unique(paths.select(["conversion_id"]).filter(pa.array(converted)), "conversion_id")
    if not np.array_equal(pc.list_value_length(touch_ids).to_numpy(zero_copy_only=False), read.lengths):
        raise ValueError("column touch_ids has lists of another length than touches; give one id a touch")
    return ids, touch_ids.flatten(), pc.sort_indices(ids).to_numpy()[: converted.sum()].astype(np.int64)

"""The models of attribution by name, and the options of each.

Add a new model as a rule or an effect of its own; what is done with its answer belongs to `credits`.
"""

from datetime import timedelta
from typing import Literal, TypedDict, get_args

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.attribution import markov, rules
from shopkeeper.science.attribution.paths import Floats, Paths

Model = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay", "markov", "shapley"]


class Options(TypedDict, total=False):
    """The options of the attribution models; each belongs to one model."""

    direct_channel: str
    """last_non_direct: the channel that is passed over; "direct" by default."""
    weights: tuple[float, float, float]
    """position: weight of the first touch, of all between, of the last; (0.4, 0.2, 0.4) by default."""
    half_life: timedelta
    """time_decay: the time in which a touch loses half its weight; 7 days by default."""
    order: int | Literal["auto"]
    """markov: how many touches the chain remembers; 1 by default, "auto" for the lowest BIC of 1 … 4."""
    by_stage: bool
    """shapley: the order-aware form, which distinguishes a channel's stages in the path; False by default."""


_OWNERS: dict[str, Model] = {
    "direct_channel": "last_non_direct",
    "weights": "position",
    "half_life": "time_decay",
    "order": "markov",
    "by_stage": "shapley",
}
_HIGHEST_AUTOMATIC_ORDER = 4


def check(model: Model, options: Options) -> None:
    """Raise `ValueError` on an unknown model or an option that the model does not take."""
    if model not in get_args(Model):
        raise ValueError(f"model {model} is unknown; give one of: {', '.join(get_args(Model))}")
    for name in options:
        if _OWNERS.get(name) != model:
            taken = [option for option, owner in _OWNERS.items() if owner == model]
            raise ValueError(f"model {model} has no option {name}; it takes {' and '.join(taken) or 'none'}")


def weights(paths: Paths, model: Model, options: Options) -> Floats:
    """Return the weight of each touch by any model but markov; the weights of a path sum to 1."""
    match model:
        case "first":
            return rules.first(paths)
        case "last":
            return rules.last(paths)
        case "last_non_direct":
            return rules.last_non_direct(paths, options.get("direct_channel"))
        case "linear":
            return rules.linear(paths)
        case "position":
            return rules.position(paths, options.get("weights", (0.4, 0.2, 0.4)))
        case "time_decay":
            return rules.time_decay(paths, options.get("half_life", timedelta(days=7)))
        case "shapley":
            return rules.shapley(paths)
        case _:
            raise ValueError(f"model {model} has no weights")


def effects(merged: Paths, options: Options) -> tuple[Floats, Floats]:
    """Return each channel's removal effect on conversions and on value, by the markov model."""
    order = options.get("order", 1)
    if order == "auto":
        return markov.removal_effects(merged, markov.best_order(merged, _HIGHEST_AUTOMATIC_ORDER))
    return markov.removal_effects(merged, read_whole("order", order, 1))

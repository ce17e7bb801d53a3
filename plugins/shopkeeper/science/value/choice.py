"""Chooses the model of buying that works best on a shop's own customers.

The baselines and the selection belong here; the measures belong to `holdout`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import rankdata

from shopkeeper.science.arguments import read_moment, read_whole
from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.baseline import fit_regression
from shopkeeper.science.value.buying import fit_bg_nbd, fit_mbg_nbd
from shopkeeper.science.value.counts import CountForecast
from shopkeeper.science.value.histories import Unit, before, hold_out, summarize
from shopkeeper.science.value.holdout import MEASURES, Foretold, Integers, calibration, foretell, measures
from shopkeeper.science.value.pareto import fit_pareto_nbd
from shopkeeper.science.value.recalibrated import Recalibrated, recalibrate

_BUYING: dict[str, Callable[[Any], CountForecast]] = {
    "bg_nbd": fit_bg_nbd,
    "mbg_nbd": fit_mbg_nbd,
    "pareto_nbd": fit_pareto_nbd,
}
_RIVALS = ("regression", "recency", "nobody")
_CRITERIA = ("root_mean_squared_error", "calibration_error", "alive_auc")


@dataclass(frozen=True)
class Choice:
    """The selected model, fitted on all data and recalibrated, and its holdout results beside the baselines.

    `model`: the selected model, fitted on all histories and recalibrated with the return rate, the change
    rate and the drift estimated on the holdout period; `name`: `bg_nbd`, `mbg_nbd` or `pareto_nbd`.
    `rivals`: the forecasts for the holdout period before recalibration, one row each: `model` (the three
    models, best first, then `regression`, `recency`: the later the last purchase, the likelier alive, and
    `nobody`: no purchases at all); the measures of `holdout.measures`, null if not available; `is_chosen`.
    `calibration`: the selected model's table of `holdout.calibration`. `beats_recency`: whether its
    `alive_auc` is above that of `recency`.
    """

    model: Recalibrated
    name: str
    rivals: pa.Table
    calibration: pa.Table
    beats_recency: bool


def choose(transactions: Any, *, until: date | datetime, unit: Unit, horizon: int) -> Choice:
    """Hold out the last `horizon` units, fit all models on the rest, and select one by its forecast errors.

    The selected model has the lowest sum of ranks in root mean squared error, calibration error and alive AUC
    (of equal models the first in the order bg_nbd, mbg_nbd, pareto_nbd). Use a horizon as long as the period
    to forecast, ideally a year. A season within the horizon that does not recur misleads the selection.

    `transactions`, `until`, `unit` and errors are those of `summarize`. Also raises `ValueError` if the
    horizon is below 1, no customer bought again within it, or no model can be fitted.
    """
    rows, end = read_table(transactions), read_moment("until", until)
    horizon = read_whole("horizon", horizon, 1)
    seen, bought = hold_out(rows, until=end, unit=unit, horizon=horizon)
    if bought.sum() == 0:
        raise ValueError("nobody bought again within the horizon; there is nothing to choose by")
    fitted, again = _fit(seen), _fit(summarize(rows, until=end, unit=unit))
    told = {name: foretell(fitted[name], seen, bought, float(horizon)) for name in fitted if name in again}
    if not told:
        raise ValueError("no model can be fitted to these histories; hold out less time, or give more of it")
    scored = {name: measures(each) for name, each in told.items()}
    scored = {name: scored[name] for name in _best_first(scored)}
    name = next(iter(scored))
    rivals = _plain(seen, bought) | _regression(rows, seen, bought, before(end, horizon, unit), unit, horizon)
    scored |= {rival: measures(rivals[rival]) for rival in _RIVALS if rival in rivals}
    columns: dict[str, Any] = {"model": list(scored)}
    columns |= {each: pa.array([row[each] for row in scored.values()], pa.float64()) for each in MEASURES}
    columns["is_chosen"] = [rival == name for rival in scored]
    recency, own = scored["recency"]["alive_auc"], scored[name]["alive_auc"]
    return Choice(
        Recalibrated(again[name], *recalibrate(fitted[name], seen, bought, float(horizon))),
        name,
        pa.table(columns),
        calibration(told[name].expected, bought),
        recency is not None and own is not None and own > recency,
    )


def _fit(seen: pa.Table) -> dict[str, CountForecast]:
    """Return the models that can be fitted to these histories, by name."""
    found: dict[str, CountForecast] = {}
    for name, fit in _BUYING.items():
        with suppress(ValueError):
            found[name] = fit(seen)
    return found


def _regression(
    rows: pa.Table, seen: pa.Table, bought: Integers, end: date | datetime, unit: Unit, horizon: int
) -> dict[str, Foretold]:
    """Return the regression's forecast if one can be fitted; it is trained on an earlier holdout period."""
    longest = int(max(seen["age"].to_pylist(), default=0.0) / 2.0)
    with suppress(ValueError):
        model = fit_regression(rows, until=end, unit=unit, horizon=min(horizon, longest))
        return {"regression": foretell(model, seen, bought, float(horizon))}
    return {}


def _best_first(scored: dict[str, dict[str, float | None]]) -> list[str]:
    signs = {"alive_auc": -1.0}
    ranks = np.zeros(len(scored))
    for each in _CRITERIA:
        values = [row[each] for row in scored.values()]
        if None not in values:
            ranks += rankdata(np.round(np.array(values, dtype=np.float64) * signs.get(each, 1.0), 6))
    return [list(scored)[place] for place in np.argsort(ranks, kind="stable")]


def _plain(seen: pa.Table, bought: Integers) -> dict[str, Foretold]:
    """Return the baselines without parameters."""
    none = np.empty(0)
    silence = seen["age"].to_numpy() - seen["recency"].to_numpy()
    nothing = np.zeros(len(bought))
    return {
        "recency": Foretold(none, -silence, -silence, none, none, bought),
        "nobody": Foretold(nothing, none, none, none, none, bought),
    }

"""Customer value: summaries of histories, and models of how often and for how much customers will buy.

Add models that learn from purchase histories here; grouping customers belongs to `science.segments`.
"""

from shopkeeper.science.value.baseline import Regression, fit_regression
from shopkeeper.science.value.buying import BgNbd, MbgNbd, fit_bg_nbd, fit_mbg_nbd
from shopkeeper.science.value.choice import Choice, choose
from shopkeeper.science.value.histories import hold_out, summarize
from shopkeeper.science.value.holdout import calibration, foretell, measures, randomized_pit
from shopkeeper.science.value.pareto import ParetoNbd, fit_pareto_nbd
from shopkeeper.science.value.recalibrated import Recalibrated, recalibrate
from shopkeeper.science.value.spending import GammaGamma, Independence, fit_gamma_gamma, independence

__all__ = [
    "BgNbd",
    "Choice",
    "GammaGamma",
    "Independence",
    "MbgNbd",
    "ParetoNbd",
    "Recalibrated",
    "Regression",
    "calibration",
    "choose",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_pareto_nbd",
    "fit_regression",
    "foretell",
    "hold_out",
    "independence",
    "measures",
    "randomized_pit",
    "recalibrate",
    "summarize",
]

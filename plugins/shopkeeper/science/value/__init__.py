"""What a customer is worth: histories summarized, and models of how often and for how much they will buy.

A model that learns from purchase histories is welcome; who belongs together belongs to `science.segments`.
"""

from shopkeeper.science.value.baseline import Regression, fit_regression
from shopkeeper.science.value.buying import BgNbd, MbgNbd, fit_bg_nbd, fit_mbg_nbd
from shopkeeper.science.value.histories import summarize
from shopkeeper.science.value.spending import GammaGamma, Independence, fit_gamma_gamma, independence

__all__ = [
    "BgNbd",
    "GammaGamma",
    "Independence",
    "MbgNbd",
    "Regression",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_regression",
    "independence",
    "summarize",
]

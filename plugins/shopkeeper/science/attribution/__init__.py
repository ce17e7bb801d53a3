"""Which touches earned the conversions: paths from touches, and their credit by eight models.

Models that split what was observed belong here; what a channel causes, only an experiment can show.
"""

from shopkeeper.science.attribution.credits import credit, touch_credit
from shopkeeper.science.attribution.markov import order_evidence
from shopkeeper.science.attribution.models import Model
from shopkeeper.science.attribution.paths import UNTOUCHED
from shopkeeper.science.attribution.refunds import net_refunds
from shopkeeper.science.attribution.touches import paths_from_touches

__all__ = [
    "UNTOUCHED",
    "Model",
    "credit",
    "net_refunds",
    "order_evidence",
    "paths_from_touches",
    "touch_credit",
]

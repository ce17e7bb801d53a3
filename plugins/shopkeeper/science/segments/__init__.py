"""Groups customers: RFM scores and clusters, and how they continue from run to run.

Add ways of grouping customers by behaviour here; a customer's value belongs to `science.value`.
"""

from shopkeeper.science.segments.clusters import Clustering, cluster
from shopkeeper.science.segments.matching import LabelMatch, match_labels
from shopkeeper.science.segments.predicting import SegmentModel
from shopkeeper.science.segments.recency_frequency_monetary import NO_PURCHASE, Rfm, rfm
from shopkeeper.science.segments.resampling import Stability, stability
from shopkeeper.science.segments.transitions import Transitions, transitions

__all__ = [
    "NO_PURCHASE",
    "Clustering",
    "LabelMatch",
    "Rfm",
    "SegmentModel",
    "Stability",
    "Transitions",
    "cluster",
    "match_labels",
    "rfm",
    "stability",
    "transitions",
]

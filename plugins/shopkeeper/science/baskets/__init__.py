"""What is bought together, after one another, and next: rules, sequences and the next basket.

Add patterns of purchases that are counted in whole numbers; grouping customers belongs to
`science.segments`.
"""

from shopkeeper.science.baskets.ordered import sequences
from shopkeeper.science.baskets.pairs import pair_rules
from shopkeeper.science.baskets.prediction import NextBasket, next_basket
from shopkeeper.science.baskets.sets import rules
from shopkeeper.science.baskets.ties import pair_ties
from shopkeeper.science.baskets.weights import BasketWeights

__all__ = ["BasketWeights", "NextBasket", "next_basket", "pair_rules", "pair_ties", "rules", "sequences"]

"""Which of two retailers a record belongs to, in a world in which two of them merge; else there is one.

Some persons are registered with the second retailer alone, some with both. Who is with both shops now here,
now there, and after the merger goes on under now the one, now the other of the two accounts. Accounts of
the second retailer, and its visits and baskets before the merger, are numbered apart.
"""

import numpy as np

from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.randomness import Randomness, pair
from shopkeeper.demo.omnichannel.records import keys

SECOND_ACCOUNTS = 1_200_000_000_000
SECOND_ROWS = 4_000_000


def registered(dirt: Dirt, draw: Randomness, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who is registered with the first retailer, and who with the second one."""
    if not dirt.merged_share:
        return np.ones(len(person), bool), np.zeros(len(person), bool)
    second = draw.uniform("merged/second", person) < dirt.merged_share
    both = second & (draw.uniform("merged/both", person) < dirt.merged_both)
    return ~second | both, second


def shops_at_second(
    dirt: Dirt, draw: Randomness, person: np.ndarray, slot: np.ndarray | int, day: int
) -> np.ndarray:
    """Return which visits are the second retailer's, or made under an account of his."""
    first, second = registered(dirt, draw, person)
    if not dirt.merged_share:
        return second
    return second & (~first | (draw.uniform("merged/visit", pair(person, slot), day) < 0.5))


def writes_to_second(dirt: Dirt, draw: Randomness, person: np.ndarray) -> np.ndarray:
    """Return whom messages, tiers and changes reach under an account of the second retailer."""
    first, second = registered(dirt, draw, person)
    if not dirt.merged_share:
        return second
    return second & (~first | (draw.uniform("merged/writes", person) < 0.5))


def account_id(person: np.ndarray, system: np.ndarray | int, is_second: np.ndarray) -> np.ndarray:
    """Return the id of a person's first account in a system of the first or the second retailer."""
    return keys.account_id(person, system) + SECOND_ACCOUNTS * is_second

"""Random numbers by counter: the same (seed, purpose, salts, id) gives the same number in any order and any
world.

A worlds' rerun with a channel off draws the same numbers for the same person, day and purpose, so two
worlds differ by the channel alone (common random numbers). The bits are SplitMix64's finaliser over a keyed
Weyl sequence (Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators).
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Bits = NDArray[np.uint64]
Reals = NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
MASK = (1 << 64) - 1


def mix(bits: Bits) -> Bits:
    """Scramble 64-bit words in place, one to one."""
    bits ^= bits >> np.uint64(30)
    bits *= FIRST
    bits ^= bits >> np.uint64(27)
    bits *= SECOND
    bits ^= bits >> np.uint64(31)
    return bits


@lru_cache(maxsize=65536)
def _key(seed: int, purpose: str, salts: tuple[int, ...]) -> np.uint64:
    told = f"{seed}/{purpose}/{'/'.join(map(str, salts))}".encode()
    return np.uint64(int.from_bytes(blake2b(told, digest_size=8).digest(), "little"))


class Randomness:
    """The random numbers of one seed; ids are integers of any shape, and so is the answer."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, purpose: str, ids: NDArray[np.integer], *salts: int) -> Bits:
        """Return 64 random bits an id."""
        words = np.asarray(ids).astype(np.uint64)
        words *= GOLDEN
        words += _key(self.seed, purpose, salts)
        return mix(words)

    def uniform(self, purpose: str, ids: NDArray[np.integer], *salts: int) -> Reals:
        """Return a uniform number an id, inside (0, 1)."""
        words = self.bits(purpose, ids, *salts)
        words >>= np.uint64(11)
        return (words.astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, purpose: str, ids: NDArray[np.integer], *salts: int) -> Reals:
        """Return a standard normal number an id."""
        return ndtri(self.uniform(purpose, ids, *salts))

    def gumbel(self, purpose: str, ids: NDArray[np.integer], *salts: int) -> Reals:
        """Return a standard Gumbel number an id."""
        return -np.log(-np.log(self.uniform(purpose, ids, *salts)))

    def exponential(self, purpose: str, ids: NDArray[np.integer], *salts: int) -> Reals:
        """Return an exponential number of mean 1 an id."""
        return -np.log(self.uniform(purpose, ids, *salts))

    def choice(
        self, purpose: str, ids: NDArray[np.integer], weights: NDArray[np.floating], *salts: int
    ) -> NDArray[np.intp]:
        """Return an index an id, with the probabilities of ``weights`` (need not sum to 1)."""
        edges = np.cumsum(weights) / np.sum(weights)
        edges[-1] = 1.0
        return np.searchsorted(edges, self.uniform(purpose, ids, *salts), side="right")


def pair(left: NDArray[np.integer], right: NDArray[np.integer] | int) -> Bits:
    """Return one id for two: far apart for any two pairs that a world can hold."""
    words = np.asarray(left).astype(np.uint64)
    return mix(words * GOLDEN + np.uint64(0x632BE59BD9B4E019)) + np.asarray(right).astype(np.uint64)

"""Baskets, spend and rhythm lie among the real shops'."""

import pytest

from shopkeeper.demo.omnichannel.moments import compare, our_moments
from shopkeeper.demo.omnichannel.oracles.practice import practise
from shopkeeper.demo.omnichannel.parameters import read


@pytest.mark.slow
def test_moments_lie_among_the_real_shops() -> None:
    world = practise(read(), 31, 1_000, 365)
    found = compare(our_moments(world.tables))
    assert [moment for moment in found if not moment.holds] == []

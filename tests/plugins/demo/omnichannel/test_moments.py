"""Baskets, spend and rhythm lie among the real shops'."""

from pathlib import Path

import pytest

from shopkeeper.demo.omnichannel.moments import compare, our_moments
from shopkeeper.demo.omnichannel.oracles.practice import practise
from shopkeeper.demo.omnichannel.parameters import read

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"


def test_moments_lie_among_the_real_shops(capsys: pytest.CaptureFixture[str]) -> None:
    world = practise(read(), 31, 1_000, 365)
    found = compare(our_moments(world.tables), DATA if DATA.is_dir() else None)
    with capsys.disabled():
        for moment in found:
            real = ", ".join(f"{shop} {value:.2f}" for shop, value in moment.real.items())
            print(
                f"\n{moment.name} {moment.ours:.2f} in [{moment.low:.2f}, {moment.high:.2f}] ({real})", end=""
            )
    if not DATA.is_dir():
        pytest.skip("two of the three real shops are not here; the bands of one shop alone say nothing")
    assert [moment.name for moment in found if not moment.holds] == []

"""Case 37: `kill -9` at any instant; readers never notice, and the next refresh recovers."""

import pytest
from tests.plugins.pipeline.killing import Lane, kill_until
from tests.plugins.pipeline.processes import Nursery


@pytest.fixture
def lanes(scene, nursery, tmp_path):
    other = Nursery(tmp_path / "nursery")
    yield [Lane(scene, tmp_path / f"lane{number}", each) for number, each in enumerate((nursery, other))]
    other.close()


def test_kills_are_never_seen_and_the_next_refresh_mends(lanes):
    kills = kill_until(40, lanes)
    assert kills.total() >= 40


@pytest.mark.soak
def test_many_kills_are_never_seen_and_the_next_refresh_mends(lanes):
    kills = kill_until(500, lanes)
    assert kills.total() >= 500

"""What is left of a build that was not published, when the next refresh removes it."""

import json

from tests.shop.versions import MONDAY, TUESDAY

from shopkeeper import warehouse
from shopkeeper.warehouse.failed_builds import KEPT


def test_a_new_build_keeps_the_verdicts_of_the_dead_one(shop):
    shop.land("till_1.csv", MONDAY)
    dead = warehouse.begin(shop.home)
    shop.home.build(dead).gate("sources").write_text(json.dumps({"gate": "sources"}))
    shop.home.build(dead).warehouse.touch()
    warehouse.begin(shop.home)
    left = shop.home.failed_build(dead)
    assert json.loads(left.gate("sources").read_text()) == {"gate": "sources"}
    assert left.begun.exists()
    assert not left.warehouse.exists()
    assert not left.landed.exists()


def test_only_the_last_dead_builds_leave_their_verdicts(shop):
    shop.land("till_1.csv", MONDAY)
    begun = [warehouse.begin(shop.home) for _ in range(KEPT + 3)]
    assert sorted(path.name for path in shop.home.failed.iterdir()) == begun[-KEPT - 1 : -1]


def test_a_published_build_leaves_no_verdicts(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    assert not shop.home.failed.exists()

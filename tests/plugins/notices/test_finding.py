"""What is wrong although no task is red is found, and said in one sentence without a value of a row."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.shop.published import HOSTILE, Grocer, publish_two_versions

from shopkeeper import warehouse
from shopkeeper.contracts import catalog
from shopkeeper.landing import quarantine
from shopkeeper.notices import Feed, Notice, feeds_of, find_notices
from shopkeeper.notices.finding import TEXTS
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.settings import settings
from shopkeeper.warehouse import SELECTORS


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Grocer:
    return publish_two_versions(tmp_path_factory.mktemp("notices") / "home")


@pytest.fixture
def grocer(published: Grocer, tmp_path: Path) -> Iterator[Grocer]:
    """A copy of a grocer's home with a refused file and refused rows."""
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    settings.cache_clear()
    yield Grocer(Home(tmp_path / "home"), published.refused_rows, published.refused_file)


def found(home: Home) -> list[Notice]:
    return find_notices(home, warehouse.batches(home), quarantine.refusals(home))


def sentences(grocer: Grocer) -> list[str]:
    return [notice.sentence for notice in found(grocer.home)]


def current(grocer: Grocer) -> BuildPaths:
    return grocer.home.version(warehouse.current(grocer.home) or "")


def results(version: BuildPaths, status: str) -> None:
    """Let a dbt test of a version end so."""
    file = version.dbt_run(SELECTORS[0]).results
    told = json.loads(file.read_text())
    told["results"].append({"unique_id": "test.shopkeeper.few_lines_are_unlisted.abc", "status": status})
    file.write_text(json.dumps(told))


def test_an_empty_home_has_nothing_to_say(tmp_path: Path) -> None:
    assert found(Home(tmp_path / "empty")) == []


def test_refused_files_and_rows_are_counted_by_source(grocer: Grocer) -> None:
    assert "Refused files: 1 (pos.products 1)" in sentences(grocer)
    assert "Refused rows: 1 (pos.transaction_lines 1)" in sentences(grocer)


def test_no_file_name_and_no_value_is_said(grocer: Grocer) -> None:
    said = "\n".join(sentences(grocer))
    for hidden in (HOSTILE, "Käse", "csv", "nothing"):
        assert hidden not in said


def test_a_file_that_no_contract_names_is_said(grocer: Grocer) -> None:
    (grocer.home.inbox / "pos" / "who_am_i.txt").write_text("?")
    (grocer.home.inbox / "pos" / "products_2018.csv").write_text("?")
    assert "Files in the inbox that no contract names: 1 (pos 1)" in sentences(grocer)


def test_held_batches_are_counted(grocer: Grocer) -> None:
    warehouse.hold(grocer.home, grocer.refused_rows, why="the till of Ada Lee was broken")
    assert "Held batches: 1" in sentences(grocer)
    assert "Ada" not in "\n".join(sentences(grocer))


def test_a_late_feed_is_said_with_its_limit(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    read = warehouse.manifest
    monkeypatch.setattr(warehouse, "manifest", lambda home: read(home) | {"as_of_date": "2019-01-01"})
    late = [line for line in sentences(grocer) if line.startswith("Late feed pos.transaction_lines: ")]
    (feed,) = (
        feed
        for feed in feeds_of(catalog().sources, warehouse.batches(grocer.home), "2019-01-01", {})
        if feed.contract.name == "pos.transaction_lines"
    )
    assert feed.is_late
    assert late[0].endswith(
        f"{feed.last_date}, {feed.age_days} days before the as-of date; {feed.limit_days} are allowed"
    )


def test_a_rule_that_only_warns_is_said(grocer: Grocer) -> None:
    file = current(grocer).gate("marts")
    verdict = json.loads(file.read_text())
    verdict["rules"][0] |= {"has_passed": False, "severity": "warning"}
    file.write_text(json.dumps(verdict))
    assert "Warnings of gate marts: marts.customer_360 rows_are_there" in sentences(grocer)


def test_a_test_of_dbt_that_warns_is_said(grocer: Grocer) -> None:
    results(current(grocer), "warn")
    assert "Warnings of dbt: few_lines_are_unlisted" in sentences(grocer)


def test_a_test_of_dbt_that_passes_is_not_said(grocer: Grocer) -> None:
    results(current(grocer), "pass")
    assert not [line for line in sentences(grocer) if "dbt" in line]


def test_a_reused_warning_of_dbt_still_counts(grocer: Grocer) -> None:
    results(grocer.home.version("v000001"), "warn")
    reused = {"judged_in": "v000001", "why": "nothing is new", "table": None}
    node = {"test.shopkeeper.few_lines_are_unlisted.abc": reused}
    current(grocer).dbt_run(SELECTORS[0]).reused.write_text(json.dumps(node))
    assert "Warnings of dbt: few_lines_are_unlisted" in sentences(grocer)


def test_every_notice_is_one_of_the_listed_texts(grocer: Grocer) -> None:
    texts = {notice.text for notice in found(grocer.home)}
    assert texts
    assert texts <= set(TEXTS)


def test_a_feed_that_is_ahead_has_no_age_below_zero(grocer: Grocer) -> None:
    day = "2000-01-01"
    ages = [feed.age_days for feed in feeds_of(catalog().sources, warehouse.batches(grocer.home), day, {})]
    assert {age for age in ages if age is not None} == {0}


def test_a_held_batch_makes_no_feed_fresh(grocer: Grocer) -> None:
    def feed() -> Feed:
        feeds = feeds_of(catalog().sources, warehouse.batches(grocer.home), "2017-01-14", {})
        return next(feed for feed in feeds if feed.contract.name == "pos.transaction_lines")

    kept, last = sorted(warehouse.batches(grocer.home), key=lambda batch: batch.landed_sequence)
    assert feed().last_date == str(last.business_date_max)[:10] > str(kept.business_date_max)[:10]
    warehouse.hold(grocer.home, last.batch_id, why="the till was broken")
    assert (feed().last_date, feed().file_name) == (str(kept.business_date_max)[:10], kept.file_name)

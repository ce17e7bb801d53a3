"""What a person sees of the quarantine; the stage is a list of coupons of which one row came twice."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopkeeper.cli.commands import app
from shopkeeper.landing import land
from shopkeeper.paths import Home
from shopkeeper.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPKEEPER_LANDING_QUIET_SECONDS", "0")
    settings.cache_clear()
    yield Home(tmp_path)
    settings.cache_clear()


def take(home: Home, *products: str) -> None:
    file = home.inbox / "marketing" / "coupons.jsonl"
    file.parent.mkdir(parents=True)
    rows = [{"coupon_upc": "10000085207", "product_id": product, "campaign_id": "26"} for product in products]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (landed,) = land(home).files
    assert landed.result == "accepted", landed.detail


def told(*words: str) -> str:
    result = CliRunner().invoke(app, ["quarantine", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_duplicate_row_is_settled_and_can_be_shown(home: Home) -> None:
    take(home, "995242", "995243", "995242")
    assert "nothing is open" in told("list")
    listed = told("list", "--all")
    assert "coupons.jsonl" in listed and "DUPLICATE 1" in listed
    batch_id = listed.splitlines()[1].split()[0]
    assert "995242" not in told("show", batch_id)
    shown = told("show", batch_id, "--all")
    assert "DUPLICATE" in shown and "the same row as number 1" in shown and "995242" in shown


def test_an_empty_quarantine_lists_nothing(home: Home) -> None:
    take(home, "995242", "995243")
    assert "coupons" not in told("list", "--all")


def test_a_person_settles_a_refused_file_and_reopens_it(home: Home) -> None:
    file = home.inbox / "marketing" / "coupons.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("[]\n")
    (landed,) = land(home).files
    assert landed.result == "refused"
    key = told("list").splitlines()[1].split()[0]
    assert "settled" in told("settle", key, "--reason", "the coupons came twice")
    assert "nothing is open" in told("list")
    assert "open again" in told("reopen", key, "--reason", "only once")
    assert key in told("list")


def test_a_file_refused_whole_shows_its_first_faulty_lines(home: Home) -> None:
    file = home.inbox / "pos" / "products_2017.csv"
    file.parent.mkdir(parents=True)
    file.write_text("product_id,Zoë Quintana\n1,2\n")
    (landed,) = land(home).files
    assert landed.result == "refused"
    key = told("list").splitlines()[1].split()[0]
    shown = told("show", key)
    assert "product_id" in shown and "it lacks" in shown and "Quintana" not in shown
    assert "Quintana" in told("show", key, "--personal", "--reason", "the producer asked")

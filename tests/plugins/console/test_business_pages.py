"""Segments and Channels: each number with its rows and the version before, filters, words of a marketer."""

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from tests.plugins.console.conftest import Console
from tests.plugins.console.test_pages import text_of
from tests.shop.published import CHANNELS, MODELS, SEGMENTS, Grocer

from shopkeeper.pages import moved

NUMBERS = re.compile(r'<td class="number".*?</td>', re.DOTALL)
LINK = re.compile(r'href="/shopkeeper(/pages/[^"]+)"')
MEASURES = {
    "segments": 7 * len(SEGMENTS) + 3 * 2 * len(SEGMENTS),
    "channels": (4 + 2 * len(MODELS)) * len(CHANNELS),
}
FILTERS = {
    "segments": ("segment_id", "2", "Segment: 2 Medium spend"),
    "channels": ("attribution_model", "last", "Attribution model: Last"),
}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def chart_of(text: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    spec: dict[str, Any] = json.loads(found)
    return spec


@pytest.mark.parametrize("name", MEASURES)
def test_every_number_opens_rows(published: Grocer, console: Console, name: str) -> None:
    page = console(published.home)
    numbers = NUMBERS.findall(text_of(page, f"/pages/{name}"))
    assert len(numbers) == MEASURES[name]
    for number in numbers:
        (link, *_) = LINK.findall(number)
        assert "There is no such row" not in text_of(page, html.unescape(link)), number


@pytest.mark.parametrize("name", MEASURES)
def test_every_number_is_compared_with_the_version_before(
    published: Grocer, console: Console, name: str
) -> None:
    page = console(published.home)
    numbers = NUMBERS.findall(text_of(page, f"/pages/{name}"))
    compared = [number for number in numbers if 'class="moved"' in number]
    assert len(compared) == len([number for number in numbers if "Least and most" not in number])
    assert 'class="moved"' not in text_of(page, f"/pages/{name}?version=v000001")


def test_a_change_has_its_numbers_places_and_sign() -> None:
    now = {
        "customer_rate": 0.31,
        "net_amount": 1250.4,
        "average_transaction_count": 3.2,
        "currency_code": "USD",
    }
    was = {
        "customer_rate": 0.333,
        "net_amount": 1250.1,
        "average_transaction_count": 1.1,
        "currency_code": "USD",
    }
    assert [moved("en", now, was, name) for name in list(now)[:3]] == ["−2.3 pp", "±0", "+2.1"]
    assert moved("zh", now, was, "customer_rate") == "−2.3 个百分点"
    assert moved("en", now, None, "customer_rate") == ""
    assert moved("en", now, {**was, "currency_code": "EUR"}, "net_amount") == ""


def test_the_rows_behind_a_mean_are_its_segments_customers(published: Grocer, console: Console) -> None:
    page, asked = console(published.home), "feature_name=recency_day_count"
    one = rows_of(text_of(page, f"/pages/segments/feature.csv?{asked}&segment_id=2"))
    assert sorted(int(row["recency_day_count"]) for row in one) == list(range(19))
    assert len(rows_of(text_of(page, f"/pages/segments/feature.csv?{asked}"))) == 31 + 19 + 17
    personal = rows_of(text_of(page, "/pages/segments/feature.csv?feature_name=age_band"))
    assert {row["age_band"] for row in personal} == {"•••"}
    assert page.get("/shopkeeper/pages/segments/feature?feature_name=nothing").status_code == 422


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_holds_for_tables_chart_and_file(published: Grocer, console: Console, name: str) -> None:
    page, (column, value, said) = console(published.home), FILTERS[name]
    text = text_of(page, f"/pages/{name}?{column}={value}")
    chart = chart_of(text)
    (data,) = chart["datasets"].values()
    assert {row.get(column, "").lower() for row in data} == {value}
    assert said in html.unescape(re.sub(r"<[^>]+>", "", text.split("<h1>")[1].split("</h1>")[0]))
    assert said in chart["title"]["subtitle"]
    assert f'<option value="{value}" selected>' in text
    assert len(NUMBERS.findall(text)) < MEASURES[name] / 2
    files = {html.unescape(link) for link in LINK.findall(text) if ".csv" in link}
    assert files
    for file in files:
        assert {row[column] for row in rows_of(text_of(page, file))} == {value}
    shares = {row["customer_rate"] for row in data} if name == "segments" else {0.5}
    assert max(shares) < 1


def test_a_filter_that_finds_nothing_says_so(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/pages/segments?segment_id=77")
    assert "There is no such row in this version." in text


def test_rows_have_the_words_of_a_marketer(published: Grocer, console: Console) -> None:
    page = console(published.home, "viewer")
    behind = "/pages/channels/credits?channel=no_touch&attribution_model=markov"
    text = text_of(page, behind)
    assert re.findall("<th[^>]*>([^<]+)<", text)[-2:] == ["Credited sales", "Credited net sales"]
    assert "Channel: No touch" in text
    assert " USD</td>" in text
    assert " days</td>" in text_of(page, "/pages/segments/customers?segment_id=1")
    page.cookies.set("shopkeeper_language", "zh")
    for path in (behind, "/pages/segments/customers?segment_id=1"):
        headings = re.findall("<th[^>]*>([^<]+)<", text_of(page, path))
        assert headings
        assert all(re.search(r"[\u4e00-\u9fff]", each) for each in headings)
    assert "渠道: 无接触" in text_of(page, behind)
    file = text_of(page, behind.replace("credits?", "credits.csv?"))
    assert file.startswith('"converted_at","transaction_id"')


def test_the_title_of_rows_is_no_number_of_rows(published: Grocer, console: Console) -> None:
    page = console(published.home)
    page.cookies.set("shopkeeper_language", "zh")
    text = text_of(page, "/pages/segments/customers?segment_id=1")
    assert "<title>分群: 背后的数据行" in text

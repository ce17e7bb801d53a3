"""A version's documents hold the pages for the business: limits, the same chart, tables, no person."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import mounted
from tests.plugins.console.test_pages import Tags
from tests.shop.published import CHANNELS, HOSTILE, SEGMENTS, Grocer, publish_two_versions

from shopkeeper import pages, words
from shopkeeper.console import access
from shopkeeper.pages import static
from shopkeeper.paths import BuildPaths
from shopkeeper.settings import settings
from shopkeeper.warehouse.published import write_manifest
from shopkeeper.warehouse.trace import may_be_shown

DAY = "2017-01-15"


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grocer]:
    quiet, settings().landing_quiet_seconds = settings().landing_quiet_seconds, 0.0
    yield publish_two_versions(tmp_path_factory.mktemp("pages") / "home")
    settings().landing_quiet_seconds = quiet


def written(grocer: Grocer, folder: Path, *lacking: str) -> BuildPaths:
    """Write the documents of a build that has the tables of the second version but those that are lacking."""
    file = folder / "warehouse.duckdb"
    file.write_bytes(grocer.home.version("v000002").warehouse.read_bytes())
    build = BuildPaths(folder / "v000009")
    with duckdb.connect(str(file)) as connection:
        for table in lacking:
            connection.execute(f"drop table {table}")
        pages.write(build, connection, DAY)
    return build


def picture(text: str) -> str:
    (address,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    return base64.b64decode(address).decode()


def drawn(text: str) -> list[str]:
    """Return the pictures for other screens than a light one on a desk."""
    found = re.findall(r'srcset="data:image/svg\+xml;base64,([^"]+)"', text)
    return [base64.b64decode(each).decode() for each in found]


def test_limits_come_before_the_chart_and_its_tables(grocer: Grocer, tmp_path: Path) -> None:
    build = written(grocer, tmp_path)
    for page in pages.folders().values():
        text = build.page(page.name).read_text()
        places = [text.index(part) for part in (page.limits[0].split(";")[0], "<img", "<table")]
        assert places == sorted(places)
        assert text.count("<table") == len(page.shown)


def test_one_segment_says_why_before_the_chart(grocer: Grocer, tmp_path: Path) -> None:
    why = "one segment holds all customers: by recency they differ without a gap between groups"
    segmentation = BuildPaths(tmp_path / "v000009").segmentation
    segmentation.parent.mkdir(parents=True)
    segmentation.write_text(json.dumps({"why_one_segment": why}))
    build = written(grocer, tmp_path)
    text = build.page("segments").read_text()
    assert text.index(why) < text.index("<img")
    assert why not in build.page("channels").read_text()


def test_the_consoles_limits_are_those_of_the_document(grocer: Grocer, tmp_path: Path) -> None:
    facts = {"why_one_segment": None, "resampling_stability": 0.873, "silhouette": 0.2149}
    segmentation = BuildPaths(tmp_path / "v000009").segmentation
    segmentation.parent.mkdir(parents=True)
    segmentation.write_text(json.dumps(facts))
    version = grocer.home.version("v000002")
    kept = version.manifest.read_text()
    told = json.loads(kept)
    told["steps"]["segment_customers"] = facts
    write_manifest(version, {name: fact for name, fact in told.items() if name != "checksum"})
    access.give_role(grocer.home, "viewer-ada", "viewer")
    console = TestClient(mounted(grocer.home), cookies={"_token": "viewer-ada"})
    try:
        page = console.get("/shopkeeper/pages/segments").text
    finally:
        version.manifest.write_text(kept)
    document = written(grocer, tmp_path).page("segments").read_text()
    limits = [
        re.findall("<li>(.*?)</li>", text.split("limits")[-1].split("</ul>")[0]) for text in (page, document)
    ]
    assert limits[0] == limits[1]
    assert limits[1][-1] == "Found again in 87 % of resampled customers (silhouette 0.21)."


def test_the_consoles_chart_says_what_it_stands_for(grocer: Grocer, tmp_path: Path) -> None:
    drawn = picture(written(grocer, tmp_path).page("channels").read_text())
    assert "Credited net sales by channel" in drawn
    assert f"v000009 · {DAY} · USD" in drawn
    assert drawn.count(">Mailer<") == 1


def test_a_document_is_there_in_each_language(grocer: Grocer, tmp_path: Path) -> None:
    build = written(grocer, tmp_path)
    for page in pages.folders().values():
        text = build.page(page.name, "zh").read_text()
        assert words.say("zh", page.limits[0]) in text
        assert words.say("zh", page.chart["title"]) in picture(text)
        told = re.sub("<[^>]+>", " ", text)
        assert not [each for each in (*page.limits, *static.TEXTS) if f" {each} " in told]


def cells(text: str, kind: str) -> Counter[str]:
    """Count the texts of a page's cells, without their links and without what has changed."""
    text = re.sub(r'<span class="moved">.*?</span>', "", text)
    return Counter(re.sub("<[^>]+>", "", each).strip() for each in re.findall(kind, text, re.DOTALL))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_document_has_the_consoles_numbers_with_units(
    grocer: Grocer, tmp_path: Path, language: words.Language
) -> None:
    build = written(grocer, tmp_path)
    access.give_role(grocer.home, "viewer-ada", "viewer")
    console = TestClient(
        mounted(grocer.home), cookies={"_token": "viewer-ada", "shopkeeper_language": language}
    )
    for name in pages.folders():
        document, page = build.page(name, language).read_text(), console.get(f"/shopkeeper/pages/{name}").text
        for kind in (r"<th[ >].*?</th>", r'<td class="number".*?</td>'):
            assert cells(document, kind)
            assert not cells(document, kind) - cells(page, kind)
        assert " USD</td>" in document


def test_a_document_has_a_chart_that_fits_a_phone(grocer: Grocer, tmp_path: Path) -> None:
    build = written(grocer, tmp_path)
    for name in pages.folders():
        _, phone, _ = drawn(build.page(name).read_text())
        assert "…" not in phone
        assert float(re.findall(r'width="([\d.]+)"', phone)[0]) < 390


def test_a_document_follows_the_theme(grocer: Grocer, tmp_path: Path) -> None:
    text = written(grocer, tmp_path).page("channels").read_text()
    phone_dark, phone_light, dark = drawn(text)
    assert static.PALETTES["dark"][0] in dark
    assert static.PALETTES["dark"][0] in phone_dark
    assert static.PALETTES["light"][0] in phone_light
    assert static.PALETTES["light"][0] in picture(text)
    assert "@media (prefers-color-scheme:dark)" in text


def test_hostile_names_are_text_in_documents_too(grocer: Grocer, tmp_path: Path) -> None:
    for name in ("segments", "channels"):
        text = written(grocer, tmp_path).page(name).read_text()
        tags = Tags()
        tags.feed(text)
        assert "onerror" not in tags.attributes
        assert HOSTILE not in text
        assert HOSTILE.lower() not in picture(text).lower()
    assert any(HOSTILE in channel for channel in CHANNELS)


def test_no_single_person_is_in_a_document(grocer: Grocer, tmp_path: Path) -> None:
    build = written(grocer, tmp_path)
    for page in pages.folders().values():
        text = build.page(page.name).read_text()
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
            asked = [connection.sql(each.sql, params=dict.fromkeys(each.optional)) for each in page.shown]
            columns = [column for found in asked for column in found.columns]
        assert columns
        assert all(may_be_shown(column) for column in columns)
        assert not [segment for segment in SEGMENTS if f"{segment}0001" in text]


def test_a_page_without_its_tables_is_left_out(grocer: Grocer, tmp_path: Path) -> None:
    build = written(grocer, tmp_path, "marts.channel_attribution")
    assert build.page("segments").exists()
    assert not build.page("channels").exists()

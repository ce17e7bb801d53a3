"""The pages in a real browser: charts drawn, themes and languages followed, nothing asked of another host."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import uvicorn
import vl_convert
from tests.plugins.console.conftest import mounted
from tests.shop.browser import CHROMIUM, Tab, browser
from tests.shop.published import Grocer

from shopkeeper.console import runs
from shopkeeper.console.application import static_content
from shopkeeper.local_airflow.run_facts import RunFacts, TaskFacts
from shopkeeper.settings import PROJECT_ROOT

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is absent: apt-get install chromium, and run again"
)
PAGES = (
    "/",
    "/pages/segments",
    "/pages/channels",
    "/pages/segments/customers?segment_id=3",
    "/tables",
    "/tables/marts.customer_360",
    "/docs",
    "/guides/runbooks/run-a-refresh-again.md",
    "/guides/retailers.md",
    "/quarantine/{rows}",
    "/quarantine/{file}",
    "/dags/refresh_warehouse/runs/manual",
    "/dags/refresh_warehouse/runs/manual/tasks/land",
    "/dags/refresh_warehouse/runs/manual/tasks/gate_marts",
    "/dags/refresh_warehouse/runs/manual/tasks/serve.dbt",
    "/dags/refresh_warehouse/runs/manual/tasks/serve.dbt?model=customer_360",
    "/dags/refresh_warehouse/runs/manual/tasks/segment_customers",
    "/nothing",
)
STAYS = {"file": f"pos/{'n' * 240}.xlsx", "result": "unknown", "why": "", "said": None}
RUN = RunFacts(
    "manual",
    "success",
    datetime(2017, 1, 15, 3, tzinfo=UTC),
    datetime(2117, 1, 15, 4, tzinfo=UTC),
    {
        "begin": TaskFacts("success", returned={"build_id": "v000002"}),
        "land": TaskFacts("success", returned={"stays": [STAYS], "left_count": 1}),
        **{
            name: TaskFacts("success")
            for name in (
                "gate_marts",
                "serve.dbt",
                "segment_customers",
                "publish",
            )
        },
    },
)
PHONE, DESK = 390, 1280
AXE = gzip.decompress((PROJECT_ROOT / "tests/fixtures/axe-4.12.1.min.js.gz").read_bytes()).decode()
"""Deque's axe-core (MPL-2.0), as the wheel of axe-playwright-python 0.1.8 holds it."""


@dataclass(frozen=True)
class Served:
    """A console that listens on this machine, and a browser's tab in which `admin` has signed in."""

    address: str
    tab: Tab
    grocer: Grocer

    def open(self, path: str) -> Tab:
        keys = {"rows": self.grocer.refused_rows, "file": self.grocer.refused_file}
        self.tab.complaints.clear()
        self.tab.open(f"{self.address}/shopkeeper{path.format(**keys)}")
        return self.tab

    def choose(self, theme: str, language: str) -> None:
        """Set Airflow's own switches."""
        self.open("/tables")
        script = "localStorage.setItem('theme', {}); localStorage.setItem('i18nextLng', {})"
        self.tab.run(script.format(json.dumps(theme), json.dumps(language)))


@pytest.fixture(scope="module")
def served(published: Grocer) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = mounted(published.home)
    app.routes[-1].app.dependency_overrides[runs.run_facts] = lambda: RUN  # type: ignore[attr-defined]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        with browser() as tab:
            address = f"http://127.0.0.1:{port}"
            tab.ask("Network.setCookie", name="_token", value="admin-ada", url=address)
            tab.resize(DESK)
            yield Served(address, tab, published)
    finally:
        server.should_exit = True
        thread.join()


@needs_browser
@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_page_follows_airflows_theme_and_language(served: Served, theme: str, language: str) -> None:
    served.choose(theme, language)
    for path in PAGES:
        tab = served.open(path)
        tab.wait(f"document.documentElement.lang === {json.dumps(language)}")
        assert tab.run("document.documentElement.dataset.theme") == theme
        assert tab.run("document.title") not in ("owned", "ran"), path
        refused = [each for each in tab.complaints if "404" not in each]
        assert not refused, path


@needs_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_document_inside_a_page_follows_airflows_theme(served: Served, theme: str) -> None:
    served.choose(theme, "en")
    tab = served.open("/docs")
    frame = "Object.assign(document.createElement('iframe'), {className: 'document'})"
    asked = "contentWindow.matchMedia('(prefers-color-scheme: dark)').matches"
    assert tab.run(f"document.body.appendChild({frame}).{asked}") is (theme == "dark")


@needs_browser
@pytest.mark.parametrize(("theme", "language"), [("light", "zh-CN"), ("dark", "en")])
def test_axe_finds_no_serious_violation(served: Served, theme: str, language: str) -> None:
    served.choose(theme, language)
    serious = []
    for path in PAGES:
        tab = served.open(path)
        tab.run(AXE)
        for each in tab.run("axe.run().then(found => found.violations)"):
            if each["impact"] in ("serious", "critical"):
                serious += [f"{path}: {each['id']}: {node['html']}" for node in each["nodes"]]
    assert not serious


@needs_browser
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_page_is_wider_than_the_screen(served: Served, width: int) -> None:
    served.choose("light", "en")
    served.tab.resize(width)
    for path in PAGES:
        assert served.open(path).run("document.documentElement.scrollWidth") <= width, path
    served.tab.resize(DESK)


@needs_browser
def test_no_number_is_torn_from_its_unit(served: Served) -> None:
    served.choose("light", "en")
    lines = (
        "[...document.querySelectorAll('td.number')].filter(each => { const all = document.createRange();"
        "all.selectNodeContents(each); const text = [...all.getClientRects()].filter(one => one.height > 16);"
        "return new Set(text.map(one => Math.round(one.bottom / 8))).size > 1 }).length"
    )
    for path in ("/", "/pages/segments", "/pages/channels", "/tables/marts.customer_360"):
        assert served.open(path).run(lines) == 0, path


@needs_browser
def test_a_caption_keeps_the_width_of_a_phone(served: Served) -> None:
    served.choose("light", "zh-CN")
    served.tab.resize(PHONE)
    for path in PAGES:
        captions = "[...document.querySelectorAll('caption')].filter(each => each.offsetWidth < 100).length"
        assert served.open(path).run(captions) == 0, path
    served.tab.resize(DESK)


@needs_browser
@pytest.mark.parametrize(("name", "marks"), [("segments", 6), ("channels", 24)])
def test_a_chart_is_drawn_under_our_policy(served: Served, name: str, marks: int) -> None:
    tab = served.open(f"/pages/{name}")
    tab.wait("document.querySelectorAll('figure svg path').length > 0")
    drawn = tab.run(
        "document.querySelectorAll('figure svg .mark-rect path, figure svg .mark-symbol path').length"
    )
    assert drawn >= marks
    assert not tab.complaints


@needs_browser
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_chart_keeps_its_texts_on_a_phone(served: Served, language: str) -> None:
    served.choose("light", language)
    served.tab.resize(PHONE)
    for name in ("segments", "channels", "segments?segment_id=3", "channels?attribution_model=time_decay"):
        tab = served.open(f"/pages/{name}")
        tab.wait("document.querySelectorAll('figure svg text').length > 0")
        outside = (
            "(() => { const all = document.querySelector('figure svg').getBoundingClientRect();"
            "return [...document.querySelectorAll('figure svg text')].filter(each => {"
            "const one = each.getBoundingClientRect(); return each.textContent.includes('…')"
            "|| one.left < all.left || one.right > all.right || one.bottom > all.bottom })"
            ".map(each => each.textContent) })()"
        )
        assert not tab.run(outside), name
        torn = "[...document.querySelectorAll('td.number a')].some(each => each.getClientRects().length > 1)"
        assert not tab.run(torn), name
    served.tab.resize(DESK)


@needs_browser
@pytest.mark.parametrize("name", ["segments", "channels"])
def test_paper_is_white_and_its_texts_are_dark(served: Served, name: str) -> None:
    served.choose("dark", "en")
    tab = served.open(f"/pages/{name}")
    tab.wait("document.querySelectorAll('figure svg text').length > 0")
    lightest = (
        "Math.max(...[...document.querySelectorAll('figure svg text, h1, h1 small, td, td a, .limits li')].map(each => {"
        "const style = getComputedStyle(each); const colour = each.closest('svg') ? style.fill : style.color;"
        "return Math.min(...colour.match(/\\d+/g).slice(0, 3).map(Number)) }))"
    )
    assert tab.run(lightest) > 150
    tab.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert tab.run(lightest) < 110
        assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        tab.ask("Emulation.setEmulatedMedia", media="")


@needs_browser
def test_a_picture_is_dark_on_white_in_each_theme(served: Served) -> None:
    served.choose("dark", "en")
    tab = served.open("/pages/segments?segment_id=2")
    tab.wait("document.querySelectorAll('figure svg text').length > 0")
    tab.run(
        "HTMLCanvasElement.prototype.toDataURL = function () {"
        "const { data } = this.getContext('2d').getImageData(0, 0, this.width, this.height);"
        "const dark = data.filter((_, place) => place % 4 === 0 && data[place] < 60).length;"
        "window.drawn = { first: [...data.slice(0, 4)], dark }; return 'data:,' };"
        "document.querySelector('[data-picture]').click()"
    )
    tab.wait("window.drawn !== undefined")
    drawn = tab.run("window.drawn")
    assert drawn["first"] == [255, 255, 255, 255]
    assert drawn["dark"] > 500
    assert not tab.complaints


@needs_browser
def test_a_profile_comes_after_the_page(served: Served) -> None:
    tab = served.open("/tables/marts.customer_360")
    tab.wait("document.querySelector('#profile table') !== null")
    assert tab.run("document.querySelectorAll('#profile svg.bars').length") > 0


@needs_browser
def test_search_finds_as_one_types(served: Served) -> None:
    tab = served.open("/tables")
    tab.run(
        "{ const box = document.querySelector('main input[name=q]'); box.value = 'recency_day_count';"
        "box.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    tab.wait("location.search === '?q=recency_day_count'")
    assert tab.run("document.querySelectorAll('#found a[href*=customer_360]').length") > 0


@needs_browser
def test_a_change_asks_for_a_reason_first(served: Served) -> None:
    tab = served.open("/")
    tab.run("document.querySelector('[data-dialog^=back-]').click()")
    assert tab.run("document.querySelector('dialog[open] textarea').required")
    tab.run("document.querySelector('dialog[open] button:not([data-close])').click()")
    assert tab.run("document.querySelector('dialog[open] form').checkValidity()") is False
    tab.run("document.querySelector('dialog[open] [data-close]').click()")
    assert tab.run("document.querySelector('dialog[open]') === null")


@needs_browser
def test_no_request_leaves_this_machine(served: Served) -> None:
    for path in PAGES:
        served.open(path)
    asked = {each.split("/")[2] for each in served.tab.requests if each.startswith(("http", "ws"))}
    assert asked == {served.address.removeprefix("http://")}


def test_the_chart_library_is_the_locked_one() -> None:
    assert static_content("vega.js").decode() == vl_convert.javascript_bundle(), (
        "vega.js.gz is not the bundle of the locked vl-convert: write it anew with "
        "gzip.compress(vl_convert.javascript_bundle().encode(), 9, mtime=0)"
    )


SEEN = """((what) => {
    const box = document.querySelector(what).getBoundingClientRect();
    return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
})"""


@needs_browser
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_each_field_of_a_correction_can_be_reached(served: Served, width: int) -> None:
    tab = served.open("/quarantine/{rows}")
    tab.resize(width, 700)
    try:
        tab.run("document.querySelector('[data-dialog^=correct-]').click()")
        assert tab.run(f"{SEEN}('dialog[open]')")
        assert tab.run(f"{SEEN}('dialog[open] pre.record')")
        assert tab.run(f"{SEEN}('dialog[open] menu')")
        for field in ("dialog[open] .columns label:last-child input", "dialog[open] textarea"):
            tab.run(f"document.querySelector('{field}').scrollIntoView({{block: 'center'}})")
            assert tab.run(f"{SEEN}('{field}') && {SEEN}('dialog[open] menu')")
        columns = "getComputedStyle(document.querySelector('dialog[open] .columns')).overflowY"
        assert tab.run(columns) == "visible"
    finally:
        tab.resize(DESK)


@needs_browser
def test_a_command_in_place_of_a_form_can_be_read(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopkeeper.console.actions.os.access", lambda *_: False)
    tab = served.open("/")
    tab.resize(PHONE)
    try:
        tab.run("document.querySelector('[data-dialog^=back-]').click()")
        assert tab.run(f"{SEEN}('dialog[open]') && {SEEN}('dialog[open] .command')")
        shown = tab.run("document.querySelector('dialog[open] .command').innerText")
        assert shown.startswith("docker compose exec scheduler shopkeeper rollback v000001 --reason")
        tab.run("document.querySelector('dialog[open] [data-close]').click()")
        assert tab.run("document.querySelector('dialog[open]')") is None
    finally:
        tab.resize(DESK)

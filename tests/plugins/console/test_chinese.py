"""No page shows an English sentence to who reads Chinese, whatever has happened to the home."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import ROLES, Console, copied, mounted
from tests.plugins.console.test_pages import PAGES
from tests.plugins.console.test_runs import begin_failed_build, run_of
from tests.shop.published import HOSTILE, Grocer

from shopkeeper import quality, warehouse
from shopkeeper.console import runs
from shopkeeper.local_airflow.run_facts import RunFacts, TaskFacts
from shopkeeper.pipeline.segmentation import ONE_CROWD_ALIKE
from shopkeeper.sentences import Sentence, as_json, listed
from shopkeeper.warehouse.published import write_manifest

WHY = {"why": "收银机有误"}
ENGLISH = re.compile(r"\b[A-Za-z][a-z']*(?: [a-z']+\b){2,}")
"""Three words in a row, as names of tables and files do not have them."""

COMMAND = re.compile("`[^`]+`")
UNSAID = ("code", "pre", "script", "style", "textarea", "option")
"""Tags that hold code and what people wrote."""

DATA = (f"Very high spend {HOSTILE}", "Without it revenue is lost.")
"""What the home of the tests has in English: the name of a segment, the reason of a rule without a contract."""

OF_RUN = "/dags/refresh_warehouse/runs/manual"
SHOWN = (
    *PAGES,
    "/quarantine/{rows}",
    "/quarantine/{file}",
    "/versions/compare?before=v000001&after=v000002",
    "/docs/v000002/gates/index.zh.html",
    OF_RUN,
    *(f"{OF_RUN}/tasks/{task}" for task in ("land", "gate_sources", "serve.dbt", "segment_customers")),
    f"{OF_RUN}/tasks/serve.customer_segments",
)
REFUSED = (
    ("GET", "/pages/none"),
    ("GET", "/pages/segments/none"),
    ("GET", "/pages/segments/customers"),
    ("GET", "/quarantine/ffff"),
    ("GET", "/tables/marts.none"),
    ("GET", "/tables/marts.none/profile"),
    ("GET", "/docs?version=v000009"),
    ("GET", "/docs/v000002/none.html"),
    ("GET", "/pages/segments?version=v000009"),
    ("GET", f"{OF_RUN}/tasks/none"),
    ("GET", "/none"),
    ("POST", "/versions/v000009/rollback"),
    ("POST", "/versions/v000002/rollback"),
    ("POST", "/batches/ffff/hold"),
    ("POST", "/quarantine/ffff/settle"),
    ("POST", "/quarantine/{rows}/reopen"),
    ("POST", "/quarantine/{rows}/lines/7"),
    ("POST", "/quarantine/{file}/replay"),
)


class Said(HTMLParser):
    """What a page says: its text and its labels, without code and what is marked as English."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unsaid: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._unsaid:
            self._unsaid += [tag] if tag == self._unsaid[0] else []
        elif tag in UNSAID or given.get("lang") == "en" or given.get("translate") == "no":
            self._unsaid = [tag]
        self.said += [given[name] or "" for name in ("title", "aria-label", "placeholder") if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._unsaid and tag == self._unsaid[0]:
            self._unsaid.pop()

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self.said.append(data)


def english_of(page: str) -> list[str]:
    seen = Said()
    seen.feed(page)
    text = "\n".join(COMMAND.sub("", " ".join(each.split())) for each in seen.said)
    for known in DATA:
        text = text.replace(known, "")
    return ENGLISH.findall(text)


def one_segment(grocer: Grocer) -> None:
    """Let the published version have one segment, as the step says it."""
    why = Sentence(
        ONE_CROWD_ALIKE,
        differing=listed([Sentence("transaction count"), Sentence("recency day count")]),
        alike=Sentence("fuel transaction rate"),
    )
    version = grocer.home.version("v000002")
    told = json.loads(version.manifest.read_text())
    step = {"why_one_segment": why, "said": {"why_one_segment": as_json(why)}}
    told["steps"]["segment_customers"] = step
    told["files"]["docs/gates/index.zh.html"] = "0"
    write_manifest(version, {name: fact for name, fact in told.items() if name != "checksum"})
    version.step("segment_customers").write_text(json.dumps(step))
    quality.write_data_docs(version)


def run() -> RunFacts:
    landed = TaskFacts("success", ended_at=datetime.now(UTC), returned={"stays": [], "left_count": 0})
    facts = run_of(
        "v000003",
        land=landed,
        gate_sources=TaskFacts("failed", failure=Sentence("no row passes yet")),
        serve__dbt=TaskFacts("failed"),
        serve__customer_segments=TaskFacts("success"),
        segment_customers=TaskFacts("success"),
    )
    return replace(facts, started_at=datetime.now(UTC) - timedelta(hours=3))


@pytest.fixture(scope="module")
def reader(published: Grocer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Grocer, TestClient]:
    """A home in which people held, corrected, settled and rolled back, and one who reads Chinese."""
    grocer = copied(published, tmp_path_factory.mktemp("chinese"))
    one_segment(grocer)
    app = mounted(grocer.home)
    app.routes[-1].app.dependency_overrides[runs.run_facts] = run  # type: ignore[attr-defined]
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "zh-CN"}
    client = TestClient(app, headers=headers, cookies={"_token": "admin-ada"}, follow_redirects=False)

    def do(path: str, **more: str) -> None:
        client.post(f"/shopkeeper{path}", data={**WHY, **more})

    first, second = (batch.batch_id for batch in warehouse.batches(grocer.home))
    rows, file = grocer.refused_rows, grocer.refused_file
    do(f"/batches/{first}/hold")
    do(f"/batches/{second}/hold")
    do(f"/batches/{second}/release")
    do(f"/quarantine/{file}/settle")
    do(f"/quarantine/{file}/reopen")
    do(f"/quarantine/{rows}/lines/9", **{"column.product_id": "<b>"})
    do(f"/quarantine/{rows}/reveal")
    do("/versions/v000001/rollback")
    do("/versions/v000002/rollback")
    begin_failed_build(grocer.home)
    return grocer, client


@pytest.mark.parametrize("path", SHOWN)
def test_no_english_is_on_a_page(reader: tuple[Grocer, TestClient], path: str) -> None:
    grocer, client = reader
    answer = client.get(f"/shopkeeper{path.format(rows=grocer.refused_rows, file=grocer.refused_file)}")
    assert answer.status_code == 200
    assert english_of(answer.text) == []


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_no_english_is_in_a_refusal(reader: tuple[Grocer, TestClient], method: str, path: str) -> None:
    grocer, client = reader
    place = f"/shopkeeper{path.format(rows=grocer.refused_rows, file=grocer.refused_file)}"
    given: dict[str, Any] = {"data": {**WHY, "column.product_id": "<b>"}} if method == "POST" else {}
    answer = client.request(method, place, **given)
    assert answer.status_code in (404, 422), answer.text
    assert english_of(answer.text) == []


@pytest.mark.parametrize("role", ["stranger", *ROLES[:4]])
def test_no_english_is_said_to_who_may_not(grocer: Grocer, console: Console, role: str) -> None:
    page = console(grocer.home, role)
    for path in ("/versions/v000001/rollback", f"/quarantine/{grocer.refused_rows}/settle"):
        answer = page.post(
            f"/shopkeeper{path}", headers={"Accept-Language": "zh", "Origin": "null"}, data=WHY
        )
        if answer.status_code == 403:
            assert english_of(answer.text) == []


def test_english_would_be_found() -> None:
    assert english_of("<p>来自 v000001，因为： nothing new of pos.products</p>") == ["nothing new of pos"]
    assert english_of("<code>select one from two</code><p>pos.products · USD</p>") == []

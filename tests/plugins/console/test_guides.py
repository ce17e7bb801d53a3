"""Runbooks are pages, and everything that names one leads to it: DAGs, verdicts, other guides."""

import re
from typing import Any

import pytest
from tests.plugins.console.conftest import Console
from tests.shop.published import Grocer

from shopkeeper.console import guides, rendering
from shopkeeper.settings import PROJECT_ROOT

LINK = re.compile(r'href="(/shopkeeper/guides/[^"#]+)(?:#([^"]+))?"')
IN_AIRFLOW = re.compile(
    r"^\[[^\]]+\]: /plugin/shopkeeper(?:(/shopkeeper/[^\s#]+)(?:#(\S+))?)?$", re.MULTILINE
)
DAGS = sorted((PROJECT_ROOT / "dags").glob("*.py"))


@pytest.mark.parametrize("name", sorted(guides.names()))
def test_a_guides_links_lead_to_pages(published: Grocer, console: Console, name: str) -> None:
    page = console(published.home, "viewer")
    text = page.get(f"/shopkeeper/guides/{name}").text
    assert "<h1 id=" in text
    for address, anchor in LINK.findall(text):
        there = page.get(address)
        assert there.status_code == 200, address
        assert not anchor or f'id="{anchor}"' in there.text, (address, anchor)


def test_the_list_of_runbooks_names_all_of_them(published: Grocer, console: Console) -> None:
    page = console(published.home)
    assert "/shopkeeper/guides/runbooks/README.md" in page.get("/shopkeeper/docs").text
    listed = {address for address, _ in LINK.findall(page.get("/shopkeeper/guides/runbooks/README.md").text)}
    kept = {file.name for file in (PROJECT_ROOT / "docs" / "runbooks").iterdir()}
    assert listed == {f"/shopkeeper/guides/runbooks/{name}" for name in kept}


def test_no_file_beside_the_guides_is_served(published: Grocer, console: Console) -> None:
    page = console(published.home)
    for path in ("grocer.py", "..%2FREADME.md", "runbooks/..%2f..%2fREADME.md", "decisions/0001.md"):
        assert page.get(f"/shopkeeper/guides/{path}").status_code == 404, path


def test_a_guides_html_and_scripts_are_text() -> None:
    title, content = guides.rendered(
        "x.md",
        "# T\n<script>alert(1)</script> [a](javascript:alert(1)) [b](//evil.example) ![c](https://evil.example/c.png)",
    )
    assert title == "T"
    assert not re.findall(r"<(?:script|img|a)\b", content)


@pytest.mark.parametrize("file", DAGS, ids=lambda file: file.stem)
def test_a_dags_docs_lead_to_pages(published: Grocer, console: Console, file: Any) -> None:
    page, text = console(published.home, "viewer"), file.read_text()
    found = IN_AIRFLOW.findall(text)
    assert found, "link the runbook or the page that helps"
    assert "(docs/" not in text and " docs/" not in text, "a path is no link"
    for address, anchor in found:
        there = page.get(address or "/shopkeeper/")
        assert there.status_code == 200, address
        assert not anchor or f'id="{anchor}"' in there.text, (address, anchor)


def test_a_sentence_links_the_guide_that_it_names() -> None:
    said = rendering.linked("<b> failed; see docs/runbooks/a-gate-failed.md")
    link = '<a href="/shopkeeper/guides/runbooks/a-gate-failed.md">docs/runbooks/a-gate-failed.md</a>'
    assert said == f"&lt;b&gt; failed; see {link}"

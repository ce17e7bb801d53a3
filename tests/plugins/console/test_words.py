"""Every word of the pages is there in Chinese, and no Chinese is left over."""

import json
import re
from typing import Any, get_args

from shopkeeper.console import tables, words
from shopkeeper.console.access import Role
from shopkeeper.contracts import GATES
from shopkeeper.contracts.contract import Classification, Severity
from shopkeeper.notices.finding import TEXTS
from shopkeeper.paths import ConsolePaths
from shopkeeper.warehouse.batch_list import Status

SAID = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""")
LISTED = re.compile(r"{% for [\w, ]+ in \((\(.*?\))\)(?: if [^%]*)? %}")
STATES = ("success", "failed", "running", "queued", "begun", "done", "pass", "warn", "skipped")
VERBS = ("roll back to", "hold", "release", "replay", "correct", "settle", "reopen", "reveal")
OF_SEGMENTS = re.compile(r"^(very )?(high|low|medium) ", re.IGNORECASE)


def said() -> set[str]:
    """Return every English text that a template says, and every term that the code hands to one."""
    found: set[str] = {*STATES, *VERBS, *GATES, *TEXTS, *tables.LAYERS}
    for terms in (Role, Classification, Severity, Status):
        found |= set(get_args(terms))
    templates = [*ConsolePaths().templates.glob("*.html"), *ConsolePaths().pages.glob("*/page.html")]
    for template in templates:
        text = template.read_text(encoding="utf-8")
        found |= {one or other for one, other in SAID.findall(text)}
        for listed in LISTED.findall(text):
            found |= {each for each in re.findall(r'"([^"]+)"', listed) if not re.search(r"[/.]", each)}
    found |= set(re.findall(r'\d+: "([^"]+)"', (ConsolePaths().templates / "fault.html").read_text()))
    for chart in ConsolePaths().pages.glob("*/chart.json"):
        found |= set(titles(json.loads(chart.read_text(encoding="utf-8"))))
    return found | {path.parent.name.capitalize() for path in ConsolePaths().pages.glob("*/page.html")}


def titles(spec: Any) -> list[str]:
    """Return what a chart writes."""
    if isinstance(spec, dict):
        own = [spec[name] for name in ("title", "value") if isinstance(spec.get(name), str)]
        return own + [each for part in spec.values() for each in titles(part)]
    return [each for part in spec for each in titles(part)] if isinstance(spec, list) else []


def test_every_word_has_its_chinese() -> None:
    missing = sorted(said() - words.chinese().keys())
    assert not missing, "\n".join(f'"{each}": ' for each in missing)


def test_a_chinese_text_has_the_same_places_for_values() -> None:
    for english, chinese in words.chinese().items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), english

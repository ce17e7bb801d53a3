"""Every word and every reason that the pages show is there in Chinese."""

import ast
import json
import pickle
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml
from tests.architecture.project import files, nodes, text

from shopkeeper import words
from shopkeeper.console import (
    access,
    application,
    dbt_verdicts,
    gate_verdicts,
    health,
    remedies,
    runs,
    tables,
)
from shopkeeper.console.access import Role
from shopkeeper.contracts import GATES, catalog
from shopkeeper.contracts.contract import Classification, Severity
from shopkeeper.contracts.vocabulary import vocabulary
from shopkeeper.landing.inbox.report import Result
from shopkeeper.landing.reading import csv_files, text_kinds
from shopkeeper.notices.failing import FAILED
from shopkeeper.notices.finding import TEXTS
from shopkeeper.pages import folders, static
from shopkeeper.paths import DICTIONARY_TEMPLATES, PAGES, ConsolePaths
from shopkeeper.quality import gates
from shopkeeper.sentences import Sentence, as_json, restored
from shopkeeper.warehouse.landed_batches import Status

SAID = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""")
LISTED = re.compile(r"{% for [\w, ]+ in \((\(.*?\))\)(?: if [^%]*)? %}")
STATES = ("success", "failed", "running", "queued", "begun", "done", "pass", "warn", "skipped")
VERBS = (
    *("roll back to", "return to", "hold", "release", "replay", "correct", "take back", "put back"),
    *("settle", "reopen", "reveal"),
)
TASKS = ("none", "upstream_failed", "up_for_retry", "fail", "error", "reused")
DISK = ("raw", "quarantine", "published", "build", "airflow")
PLACE = re.compile(r"{[^}]+}")
CODE = re.compile(r"[A-Z][A-Z_]{3,}")
NO_REASONS = {
    *("BIGINT", "BLOB", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "TIMESTAMP", "UBIGINT", "VARCHAR"),
    *("F_SETLEASE", "NFKC", "REFUSAL", "STRONG"),
}
"""Words of SQL, of the system and names of the code, where refusals are made."""

OF_SEGMENTS = re.compile(r"^(very )?(high|low|medium) ", re.IGNORECASE)


def said() -> set[str]:
    """Return every English text that a template says, and every term that the code hands to one."""
    found: set[str] = {
        *STATES,
        *TASKS,
        *VERBS,
        *GATES,
        *TEXTS,
        *tables.LAYERS,
        *static.TEXTS,
        *runs.MEANING.values(),
    }
    found |= {*gate_verdicts.EXPECTED.values(), *gate_verdicts.OF_FEEDS.values()}
    for module in (gate_verdicts, dbt_verdicts, remedies):
        path = f"plugins/shopkeeper/console/{module.__name__.rpartition('.')[2]}.py"
        found |= {told for name, told in vars(module).items() if name in NEXT_STEPS}
        found |= {each.args[1].value for each in nodes(path) if is_said(each)}  # type: ignore[attr-defined]
    found |= set(dbt_verdicts.KINDS.values())
    for terms in (Role, Classification, Severity, Status):
        found |= set(get_args(terms))
    templates = [*ConsolePaths().templates.glob("*.html"), *PAGES.glob("*/page.html")]
    templates += DICTIONARY_TEMPLATES.glob("*.html")
    for template in templates:
        text = template.read_text(encoding="utf-8")
        found |= {one or other for one, other in SAID.findall(text)}
        for listed in LISTED.findall(text):
            found |= {each for each in re.findall(r'"([^"]+)"', listed) if not re.search(r"[/.]", each)}
    found |= {
        *application.TITLES.values(),
        access.NO_ROLE,
        access.NO_ROLE_OF_FAB,
        "That did not work",
        *FAILED.values(),
        *("rule", "model", "test"),
        *DISK,
        *health.BEGUN_BY.values(),
        *(health.A_FOLDER, health.UNTYPABLE),
    }
    found |= {line for page in folders().values() for line in page.limits}
    for chart in PAGES.glob("*/chart.json"):
        found |= set(titles(json.loads(chart.read_text(encoding="utf-8"))))
    return found | {path.parent.name.capitalize() for path in PAGES.glob("*/page.html")}


NEXT_STEPS = {"HOLD", "LOOK", "WIDEN", "STOPPED", "CORRECT", "AGAIN", "DATA", "MODEL", "TAKE_BACK", "MORE"}


def is_said(node: ast.AST) -> bool:
    """Whether a node of Python's tree is `say(language, "a text", …)`."""
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("say", "words.say")
        and isinstance(node.args[1], ast.Constant)
    )


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
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(chinese)), english


@pytest.mark.parametrize("path", [*files("expectations/*.odcs.yaml"), *files("retailers/*.odcs.yaml")])
def test_every_rule_of_a_contract_has_its_reason_in_chinese(path: str) -> None:
    (table,) = yaml.safe_load(text(path))["schema"]
    for part in (table, *table["properties"]):
        for rule in part.get("quality", ()):
            told = {each["property"]: each["value"] for each in rule.get("customProperties", ())}
            assert re.search("[\u4e00-\u9fff]", told.get("descriptionZh", "")), (
                f"{path}: {rule['name']} has no reason in Chinese; write customProperties descriptionZh"
            )


def test_every_reason_in_the_code_of_gates_has_its_chinese() -> None:
    reasons = {
        keyword.value.value
        for path in files("plugins/shopkeeper/quality/*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    assert len(reasons) == 4
    assert not sorted(reasons - words.chinese().keys())


def test_no_reason_in_the_code_of_gates_is_composed() -> None:
    for path in files("plugins/shopkeeper/quality/*.py"):
        for node in nodes(path):
            if isinstance(node, ast.keyword) and node.arg == "reason":
                assert not isinstance(node.value, ast.JoinedStr), (
                    f"{path}:{node.value.lineno}: no Chinese fits"
                )


def test_every_unit_has_its_chinese() -> None:
    units = {column.unit for contract in catalog().all for column in contract.columns if column.unit}
    units |= {word.unit for word in vocabulary().values() if word.unit}
    units -= {each for each in units if re.fullmatch("[A-Z]{3}|mm|°C", each)}
    assert not units - words.chinese().keys()


def test_every_refusal_has_its_chinese() -> None:
    codes = {
        node.value
        for path in (*files("plugins/shopkeeper/landing/*.py"), "plugins/shopkeeper/contracts/faults.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }
    assert len(codes - NO_REASONS) > 50
    assert not sorted(codes - NO_REASONS - words.chinese().keys())


def test_every_test_of_dbt_says_why_in_chinese() -> None:
    tests = [path for path in files("*.sql") if "/tests/" in path and "/macros/" not in path]
    for path in (each for each in tests if each.startswith(("dbt_project/", "retailers/"))):
        first = text(path).partition("\n")[0].removeprefix("-- ")
        assert first in words.chinese(), f'{path}: "{first}": '


def test_every_fact_of_a_step_has_its_chinese() -> None:
    facts = {"build_id", "base_version", "as_of_date", "is_full", "changed", "identifiers", "customers"}
    facts |= {"group_count", "why_one_segment", "silhouette", "resampling_stability", "segments", "evidence"}
    facts |= {"agreement_with_last_version", "conversions", "revenue", "touches", "channels", "pages"}
    facts |= {"version", "tables", "rows"}
    missing = {each for each in facts if words.phrase("zh", each) == each}
    assert not missing


def sentences(path: str) -> Iterator[tuple[int, ast.expr]]:
    """Yield the template of each sentence that a module makes, and its line."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Sentence":
            yield node.lineno, node.args[0]


def test_every_sentence_of_the_code_has_its_chinese() -> None:
    found = [each for path in files("plugins/shopkeeper/*.py") for _, each in sentences(path)]
    templates = {each.value for each in found if isinstance(each, ast.Constant)}
    assert len(templates) > 80
    templates |= {gates.SOME_ROWS, "column", "key", *get_args(Result), *csv_files.DELIMITERS.values()}
    templates |= {*text_kinds.KINDS.values(), "an Excel file (a workbook)", "a zip archive", "a tar archive"}
    assert not sorted(templates - words.chinese().keys())


def test_no_sentence_of_the_code_is_composed() -> None:
    for path in files("plugins/shopkeeper/*.py"):
        for line, template in sentences(path):
            assert not isinstance(template, ast.JoinedStr), f"{path}:{line}: no Chinese fits; name its facts"


@pytest.mark.parametrize(
    ("said", "spoken"),
    [
        (Sentence("{some:,} of {all:,} rows", some=3, all=1799), "1,799 行中的 3 行"),
        (
            Sentence(
                "row_count {count:,} in {file}, the median of the batches before it is {median:,.0f}",
                count=5,
                file="week {9}.csv",
                median=27800.0,
            ),
            "week {9}.csv 有 5 行，之前批次的中位数为 27,800 行",
        ),
        (
            Sentence("the last line is cut off: {why}", why=Sentence("text follows a closing quote")),
            "最后一行被截断：右引号之后还有文字",
        ),
        ("3.694", "3.694"),
    ],
)
def test_what_code_found_out_is_said_in_chinese(said: str, spoken: str) -> None:
    kept = json.loads(json.dumps(as_json(said)))
    assert words.said("zh", restored(str(said), kept)) == spoken
    assert words.said("en", said) == said
    assert pickle.loads(pickle.dumps(said)) == said
    assert as_json(pickle.loads(pickle.dumps(said))) == as_json(said)

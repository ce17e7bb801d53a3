"""Names from outside are shown on a terminal and have no effect on it."""

import io
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from shopkeeper.cli import failures, printing
from shopkeeper.errors import without_values
from shopkeeper.local_airflow import progress, refreshing, summary
from shopkeeper.local_airflow.progress import StepState
from shopkeeper.paths import Home
from shopkeeper.terminal import visible

HOSTILE = [
    "[/red]",
    "[bold",
    "[link=http://x]",
    "\x1b[2J\x1b]0;owned\x07",
    "a\nb\r\x08",
    "\x9b31m",
    "\u202egpj.exe",
]
HOSTILE += ["[/]", "\\[/red]", "tab\tbell\x07", "\ud800", "line\u2028break", "zero\u200bwidth"]


def assert_harmless(printed: str) -> None:
    for character in printed.replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), repr(printed)
        assert character not in "\u202e\u200b", repr(printed)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=400, force_terminal=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_shows_a_hostile_name_as_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    printing.table("", ("file", name), [(name, 1), (None, name)])
    printed = capsys.readouterr().out
    assert_harmless(printed)
    assert printed.count(visible(name)) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_what_needs_a_look_is_told_with_a_hostile_name(console: Console, name: str) -> None:
    refreshing._tell_left({"left": [f"pos/{name}: refused UNKNOWN_COLUMN"]}, console)
    assert_harmless(shown(console))
    assert f"pos/{visible(name)}: refused" in shown(console)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_failure_is_one_line_whatever_is_named_in_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        failures.stop(f"gate sources: row_count 5 in {name}", 3)
    printed = capsys.readouterr().err
    assert_harmless(printed)
    assert printed.count("\n") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_summary_shows_names_as_they_are(tmp_path: Path, console: Console, name: str) -> None:
    folder = name.replace("\ud800", "").replace("/", "")
    manifest: dict[str, Any] = {
        "version": "v000007",
        "base_version": None,
        "as_of_date": "2017-12-31",
        "batches": {"new": [], "contained": []},
        "rows": {"accepted": 0, "quarantined": 0},
        "gates": {"sources": {"rule_count": 1, "warnings": []}},
        "steps": {
            "segment_customers": {"segments": [{"segment_name": name, "customer_count": 3}]},
            "attribute_sales": {"channels": {name: "12.50"}},
        },
    }
    summary.show(Home(tmp_path / folder), manifest, summary.Duration(2.0, 1.0), "http://x", console)
    assert_harmless(shown(console))
    assert shown(console).count(visible(name)) >= 2 and visible(folder) in shown(console)


@pytest.mark.parametrize("name", HOSTILE)
def test_steps_are_shown_by_their_names(console: Console, name: str) -> None:
    steps = [StepState(name, "done", 1.0, 0, 0)]
    console.print(progress._table(steps))
    progress._tell_ended(steps, set(), console)
    assert_harmless(shown(console))
    assert shown(console).count(visible(name)) == 2


@given(st.text())
def test_what_is_visible_is_all_there(text: str) -> None:
    assert_harmless(visible(text).replace("\u202e", ""))
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize("text", ["牛奶 1L", "👩\u200d🌾", "می\u200cخواهم", "Zoë — 12,50 €", "x\u3000y"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "message",
    [
        "Could not convert string 'O'Quintana' to INT32 when casting from source column name",
        'Could not parse string "Zoë "Quintana"" according to format specifier "%Y"',
        "Type INT64 with value 13912345678 can't be cast because the value is out of range",
    ],
)
def test_an_engines_words_are_told_without_the_values_in_them(message: str) -> None:
    told = without_values(message)
    assert "Quintana" not in told and "13912345678" not in told
    assert told.split()[:2] == message.split()[:2]

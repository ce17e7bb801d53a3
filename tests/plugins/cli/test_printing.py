"""Rows as CSV and JSON: no cell that a spreadsheet would run, no value that JSON cannot represent."""

import csv
import io
import json
import subprocess
import sys
import unicodedata
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.cli import failures, printing
from shopkeeper.errors import UserError
from shopkeeper.pipeline.run import StepResult

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"


def as_csv(table: pa.Table, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    printing.write_csv(table)
    return list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))


def as_json(table: pa.Table, capsys: pytest.CaptureFixture[str]) -> object:
    printing.write_json(table)

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(capsys.readouterr().out, parse_constant=refuse)


def may_run(text: str) -> bool:
    """Judge as a wary spreadsheet: each line, what cannot be seen passed over, full width made narrow."""
    for line in text.splitlines() or [""]:
        seen = "".join(c for c in line if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))
        if unicodedata.normalize("NFKC", seen)[:1] in ("=", "+", "-", "@", "−"):
            return True
    return text[:1] in ("\t", "\r", "\n")


@pytest.mark.parametrize(
    "dangerous",
    [
        "=cmd|' /C calc'!A0",
        "+49 30 901820",
        "note\x1e=1+1",
        "-1+1",
        "@SUM(1)",
        "\n=1+1",
        "\r\n =1+1",
        "\t=1+1",
        "  =1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "\x00=1+1",
        "oat milk\n=1+1",
        "oat milk\r@SUM(1)",
        "oat milk\u2028=1+1",
        *(f"{sign}1+1" for sign in SIGNS),
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(dangerous, capsys):
    assert may_run(dangerous)
    (_, (cell,)) = as_csv(pa.table({"note": [dangerous]}), capsys)
    assert not may_run(cell)
    assert cell.replace("'", "") == dangerous.replace("'", "")


@given(
    text=st.text(alphabet=st.one_of(st.characters(), st.sampled_from(SIGNS + " \t\r\n\u2028\u200b\ufeff")))
)
def test_no_text_at_all_leaves_a_formula(text):
    assert not may_run(printing.without_formula(text))


def test_headers_lists_and_structures_are_guarded_like_text(capsys):
    table = pa.table(
        {
            "=cmd()": ["milk"],
            "notes": [["=1+1", None, "oat"]],
            "tags": pa.array([{"＝name": "\n@SUM(1)", "amounts": [1.5]}]),
        }
    )
    header, row = as_csv(table, capsys)
    assert header == ["'=cmd()", "notes", "tags"]
    assert json.loads(row[1]) == ["'=1+1", None, "oat"]
    assert json.loads(row[2]) == {"'＝name": "'\n'@SUM(1)", "amounts": [1.5]}


def test_numbers_and_plain_text_stay_as_they_are(capsys):
    table = pa.table(
        {"net": [-5], "rate": [-0.25], "name": ["Käse, mild"], "nothing": pa.array([None], pa.string())}
    )
    assert as_csv(table, capsys) == [["net", "rate", "name", "nothing"], ["-5", "-0.25", "Käse, mild", ""]]


def test_nan_and_infinity_are_null_in_json_however_deep(capsys):
    nan, inf = float("nan"), float("inf")
    table = pa.table(
        {"lift": [nan, 1.5], "bounds": [[-inf, 2.0], None], "of": [{"lift": inf}, {"lift": 0.5}]}
    )
    assert as_json(table, capsys) == [
        {"lift": None, "bounds": [None, 2.0], "of": {"lift": None}},
        {"lift": 1.5, "bounds": None, "of": {"lift": 0.5}},
    ]


def test_no_rows_are_an_empty_json_array(capsys):
    assert as_json(pa.table({"customer_id": pa.array([], pa.string())}), capsys) == []


@pytest.mark.parametrize(
    "column",
    [
        pa.array([6_585_227], pa.date32()),
        pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["", ""]),
    ],
    ids=["the year 20000", "a structure without names"],
)
@pytest.mark.parametrize("write", [printing.write_csv, printing.write_json])
def test_an_unprintable_value_is_one_line_with_the_cure(column, write):
    with pytest.raises(UserError, match="column odd holds a value that cannot be printed; cast the column"):
        write(pa.table({"odd": column}))


def test_an_output_that_lacks_a_character_is_one_line() -> None:
    with pytest.raises(UnicodeEncodeError) as raised:
        "街角".encode("latin-1")
    assert failures.cure_of(raised.value) == (
        "the output is in latin-1, which lacks a character; set PYTHONIOENCODING=utf-8"
    )


def test_each_entry_of_a_list_is_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    printing.facts({"version": "v000001", "notices": ["Held batches: 1", "Refused rows: 2"], "held": []})
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines == [
        ["version", "v000001"],
        ["notices", "Held", "batches:", "1"],
        ["Refused", "rows:", "2"],
        ["held"],
    ]


def test_refused_rows_are_told_where_they_landed(capsys):
    printing.step(StepResult("land", 0.2, 100.0, {"quarantined_row_count": 2}))
    assert "2 rows were refused; `shopkeeper quarantine list` says why" in capsys.readouterr().out


def test_a_refresh_tells_of_held_files(capsys):
    printing.outcome(None, [SimpleNamespace(is_held=True), SimpleNamespace(is_held=False)])
    assert capsys.readouterr().out.splitlines()[1].startswith("1 landed files are held")


def test_warnings_of_dbt_are_said_once_by_their_step(capsys: pytest.CaptureFixture[str]) -> None:
    printing.step(StepResult("serve", 1.0, 1.0, {"warnings": ["few_lines_are_unlisted"], "warn": 1}))
    assert capsys.readouterr().out == "serve: 1.0 s\n  warnings: few_lines_are_unlisted\n"


def test_what_rooms_log_is_plain_on_standard_error() -> None:
    script = (
        "import logging; logging.basicConfig(); from shopkeeper.cli import failures; failures.speak_plainly();"
        "logging.getLogger('shopkeeper.dbt_runner.events').warning('a test warns');"
        "logging.getLogger('shopkeeper.landing').warning('a file stays')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == "a file stays\n"

"""What a person sees of `shopkeeper trace`, and which words it takes."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from shopkeeper.cli import main
from shopkeeper.settings import settings
from shopkeeper.warehouse import trace
from shopkeeper.warehouse.trace.forward import Unfollowed

STEP = trace.Step(
    table="marts.customer_360", made_by="model.shop.customer_360", row_count=1, columns=("net_amount",), readers=(),
    keys=[{"customer_id": "K1"}], whole={"features.all": (1200, "it is summed up over all rows")}, lost_count=1,
)  # fmt: skip
LINE = {
    "file_name": "till\x1b[2J.csv", "line": 3, "batch_id": "b" * 64, "standing": "counts", "landed_at": "2026-01-02T03:04:05",
    "transaction_line_id": "L1", "net_amount": Decimal("1.20"), "tax_amount": None,
}  # fmt: skip
LINES = trace.Lines(
    "input.transaction_lines", 1, ("transaction_line_id",), ("net_amount", "tax_amount"), [LINE]
)
FILE = trace.File("b" * 64, "pos.lines", "till.csv", "2026-01-02T03:04:05", "kept", restates=("a" * 64,))
FROM_ROW = trace.FromRow(
    "v000001",
    "marts.customer_360",
    {"customer_id": "K1"},
    "net_amount",
    Decimal("1.20"),
    [STEP],
    [LINES],
    [FILE],
)
FROM_FILE = trace.FromFile(
    "v000001",
    "till.csv",
    3,
    [FILE],
    [STEP],
    [Unfollowed("scores.x", ("features.all",), "resolve computes it from all rows")],
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run the command on answers that are written down; return its status, output and error lines."""
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(trace, "trace_row", lambda *_: FROM_ROW)
    monkeypatch.setattr(trace, "trace_file", lambda *_: FROM_FILE)

    def run(*words: str) -> tuple[int, str, list[str]]:
        monkeypatch.setattr(sys, "argv", ["shopkeeper", "trace", *words])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err.splitlines()

    yield run
    settings.cache_clear()


def test_a_row_is_told_with_its_lines_and_files(told) -> None:
    status, said, _ = told("customer_360", "K1", "net_amount")
    assert status == 0
    assert said.startswith("marts.customer_360, customer_id K1: net_amount 1.20 (v000001)\n")
    assert "takes the whole of features.all, 1,200 rows: it is summed up over all rows" in said
    assert "1 rows are not what their model makes now" in said
    assert "tax_amount" not in said and "net_amount" in said
    assert "\x1b" not in said


def test_a_file_is_told_with_what_reads_it_whole(told) -> None:
    status, said, _ = told("--file", "till.csv", "--line", "3")
    assert status == 0
    assert said.startswith("line 3 of till.csv (v000001)\n")
    assert "scores.x reads features.all: resolve computes it from all rows" in said


def test_for_programs_it_is_json(told) -> None:
    row = json.loads(told("customer_360", "K1", "--json")[1])
    assert row["lines"][0]["rows"][0]["net_amount"] == "1.20"
    assert json.loads(told("--file", "till.csv", "--json")[1])["unfollowed"][0]["table"] == "scores.x"


@pytest.mark.parametrize(
    "words",
    [(), ("customer_360",), ("customer_360", "1", "--file", "a"), ("customer_360", "1", "--line", "2")],
)
def test_half_a_question_is_one_line(told, words: tuple[str, ...]) -> None:
    status, _, said = told(*words)
    assert status == 2
    assert len(said) == 1 and "shopkeeper trace TABLE KEY [COLUMN]" in said[0]

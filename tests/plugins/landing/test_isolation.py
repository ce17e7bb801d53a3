"""What a file does to the process that parses it stays in that process."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from tests.plugins.landing.landing_stories import LINES, csv_text, line, lines

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.isolation import Parser
from shopkeeper.landing.jobs import Job, Parsed, Refusal
from shopkeeper.settings import PROJECT_ROOT


def job(
    folder: Path, content: str | bytes, declared: Contract = LINES, memory_mb: int = 1500, seconds: float = 60
) -> Job:
    source = folder / "source"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return Job(source, folder, "lines_1.csv", "b" * 64, declared, datetime.now(UTC), memory_mb, seconds)


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_one_lands(
    tmp_path: Path, parser: Parser
) -> None:
    rows = csv_text([line(number, note="x" * 900_000) for number in range(1, 200)])
    outcome = parser.parse(job(tmp_path, rows, memory_mb=400))
    assert isinstance(outcome, Refusal)
    assert outcome.reason in ("MEMORY_LIMIT", "PARSER_DIED") and "400 MB" in outcome.detail
    assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)), memory_mb=400)), Parsed)


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_lands(tmp_path: Path, parser: Parser) -> None:
    rows = csv_text([*lines(*range(1, 60_000)), "cut"])
    outcome = parser.parse(job(tmp_path, rows, seconds=0.05))
    assert outcome == Refusal("TIME_LIMIT", "parsing took longer than 0.05 s")
    assert parser._helper is not None and psutil.Process(parser._helper.pid).children() == []
    assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), Parsed)


def test_a_child_that_dies_refuses_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    deadly = replace(LINES, columns=(Deadly(), *LINES.columns[1:]))  # type: ignore[arg-type]
    with Parser() as parser:
        outcome = parser.parse(job(tmp_path, csv_text(lines(1)), deadly))
        assert isinstance(outcome, Refusal)
        assert outcome.reason == "PARSER_DIED" and "SIGSEGV" in outcome.detail
        assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), Parsed)


class Deadly:
    """A column whose name ends the process that asks for it."""

    is_key = False
    is_optional_in_file = False

    @property
    def name(self) -> str:
        os.kill(os.getpid(), signal.SIGSEGV)
        return "never"


def test_a_helper_ended_from_outside_says_nothing_about_the_file(tmp_path: Path) -> None:
    with Parser() as parser:
        assert parser._helper is not None
        parser._helper.kill()
        parser._helper.wait()
        with pytest.raises(UserError, match="run again"):
            parser.parse(job(tmp_path, csv_text(lines(1))))
        assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), Parsed)


def test_an_interrupt_at_the_terminal_does_not_reach_the_parsing_processes() -> None:
    with Parser() as parser:
        assert parser._helper is not None
        assert os.getsid(parser._helper.pid) != os.getsid(0)


def test_the_landing_itself_imports_nothing_heavy() -> None:
    code = (
        "import sys, shopkeeper.landing; print({'duckdb', 'pyarrow', 'pandas', 'numpy'} & set(sys.modules))"
    )
    environment = {"PYTHONPATH": str(PROJECT_ROOT / "plugins")}
    listed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert listed.stdout.strip() == "set()", listed.stderr


def test_no_process_outlives_the_landing() -> None:
    with Parser() as parser:
        assert parser._helper is not None
        helper = psutil.Process(parser._helper.pid)
    assert not helper.is_running()


@pytest.mark.parametrize(
    "content", [b"\x00" * 5000, b'"' * 100_000, b"," * 100_000, b"\xff\xfe\xff", b"\n" * 5000]
)
def test_nonsense_is_refused_and_never_a_crash(tmp_path: Path, parser: Parser, content: bytes) -> None:
    outcome = parser.parse(job(tmp_path, content))
    assert isinstance(outcome, Refusal) and outcome.reason not in ("PARSER_DIED", "PARSER_FAILED")

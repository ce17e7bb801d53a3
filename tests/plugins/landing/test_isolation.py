"""A file can only harm the process that parses it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.shop.files import LINES, Shop, csv_text, line, lines

from shopkeeper.contracts import Contract
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job
from shopkeeper.landing.machine import NotParsed
from shopkeeper.landing.worker import isolation
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.settings import PROJECT_ROOT


def job(
    folder: Path, content: str | bytes, declared: Contract = LINES, memory_mb: int = 1500, seconds: float = 60
) -> Job:
    source = folder / "source"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return Job(source, folder, "lines_1.csv", "b" * 64, declared, datetime.now(UTC), memory_mb, seconds)


def test_running_out_of_memory_refuses_nothing(tmp_path: Path, parser: Parser) -> None:
    rows = csv_text([line(number, note="x" * 900_000) for number in range(1, 200)])
    with pytest.raises(NotParsed, match=r"SHOPKEEPER_LANDING_MEMORY_MB \(400\)"):
        parser.parse(job(tmp_path, rows, memory_mb=400))
    assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), AcceptedFile)


def test_a_file_that_takes_too_long_is_refused(tmp_path: Path, parser: Parser) -> None:
    rows = csv_text([*lines(*range(1, 60_000)), "cut"])
    outcome = parser.parse(job(tmp_path, rows, seconds=0.05))
    assert outcome == FileRefusal("TIME_LIMIT", "parsing took longer than 0.05 s of processor time")
    assert parser._helper is not None and psutil.Process(parser._helper.pid).children() == []
    assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), AcceptedFile)


@dataclass
class Spell:
    """A column that does something to the process that asks for its name, as often as `times`."""

    act: str
    counter: Path
    times: int = 99

    @property
    def name(self) -> str:
        done = self.counter.read_text() if self.counter.exists() else ""
        if len(done) < self.times:
            self.counter.write_text(done + ".")
            self._cast()
        return LINES.columns[0].name

    def __getattr__(self, fact: str) -> Any:
        return getattr(LINES.columns[0], fact)

    def _cast(self) -> None:
        if self.act == "sleep":
            time.sleep(3)
        elif self.act == "allocate":
            raise MemoryError
        else:
            os.kill(os.getpid(), getattr(signal, self.act))


def under(spell: str, folder: Path, **facts: Any) -> Contract:
    column = Spell(spell, folder / "counter", **facts)
    return replace(LINES, columns=(column, *LINES.columns[1:]))  # type: ignore[arg-type]


@pytest.fixture
def spellbound(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parser]:
    """A parser whose children know `Spell`."""
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT_ROOT}:{Path(__file__).parent}")
    with Parser() as parser:
        yield parser


@pytest.mark.parametrize("crash", ["SIGSEGV", "SIGABRT", "SIGBUS"])
def test_a_file_on_which_the_parser_crashes_twice_is_refused(
    tmp_path: Path, spellbound: Parser, crash: str
) -> None:
    outcome = spellbound.parse(job(tmp_path, csv_text(lines(1)), under(crash, tmp_path)))
    assert isinstance(outcome, FileRefusal) and outcome.reason == "PARSER_DIED" and crash in outcome.detail
    assert (tmp_path / "counter").read_text() == ".."
    assert isinstance(spellbound.parse(job(tmp_path, csv_text(lines(1)))), AcceptedFile)


@pytest.mark.parametrize("spell", ["SIGKILL", "SIGTERM", "allocate"])
def test_a_parser_ended_from_outside_says_nothing_about_the_file(
    tmp_path: Path, spellbound: Parser, spell: str
) -> None:
    with pytest.raises(NotParsed, match="can be tried again"):
        spellbound.parse(job(tmp_path, csv_text(lines(1)), under(spell, tmp_path)))
    assert (tmp_path / "counter").read_text() == ".."


@pytest.mark.parametrize("spell", ["SIGKILL", "SIGSEGV", "allocate"])
def test_a_parser_that_dies_once_tries_again(tmp_path: Path, spellbound: Parser, spell: str) -> None:
    declared = under(spell, tmp_path, times=1)
    assert isinstance(spellbound.parse(job(tmp_path, csv_text(lines(1)), declared)), AcceptedFile)


def test_waiting_counts_for_nothing_only_work_does(tmp_path: Path, spellbound: Parser) -> None:
    declared = under("sleep", tmp_path, times=1)
    assert isinstance(spellbound.parse(job(tmp_path, csv_text(lines(1)), declared, seconds=1)), AcceptedFile)


def test_a_second_try_has_the_machine_to_itself() -> None:
    turns, at_work, seen = isolation._Turns(), [0], []

    def work(number: int) -> None:
        alone = number % 5 == 0
        with turns.take(alone):
            at_work[0] += 1
            time.sleep(0.001)
            if alone:
                seen.append(at_work[0])
            at_work[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(100)))
    assert seen == [1] * 20


def test_a_helper_ended_from_outside_is_started_again(tmp_path: Path) -> None:
    with Parser() as parser:
        for _ in range(2):
            assert parser._helper is not None
            parser._helper.kill()
            parser._helper.wait()
            assert isinstance(parser.parse(job(tmp_path, csv_text(lines(1)))), AcceptedFile)


def test_an_unparsed_file_stays_and_lands_later(shop: Shop, spellbound: Parser) -> None:
    good, path = shop.drop("lines_2.csv", csv_text(lines(2))), shop.drop("lines_1.csv", csv_text(lines(1)))
    killed = replace(under("SIGKILL", shop.home.root), file=replace(LINES.file, pattern="lines_1.csv"))
    shop.contracts, shop.parsers = (killed, LINES), [spellbound]
    report = shop.land()
    assert {file.file_name: file.result for file in report.files} == {
        "lines_1.csv": "not_parsed",
        "lines_2.csv": "accepted",
    }
    assert path.exists() and not good.exists() and report.facts()["left"][0].startswith("pos/lines_1.csv")
    shop.contracts = (LINES,)
    assert [file.result for file in shop.land().files] == ["accepted"]


def test_a_good_file_is_never_refused_for_little_memory(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from tests.plugins.landing.test_isolation import *; "
        "resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)\n"
        "try: print(type(Parser().parse(job(Path(sys.argv[1]), csv_text(lines(*range(1, 2000)))))).__name__)\n"
        "except NotParsed: print('NotParsed')"
    )
    told = []
    for megabytes in (390, 440, 1000):
        command = [sys.executable, "-c", code, str(tmp_path), str(megabytes << 20)]
        environment = {**os.environ, "PYTHONPATH": f"{PROJECT_ROOT}:{PROJECT_ROOT / 'plugins'}"}
        told.append(subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip())
    assert set(told) <= {"NotParsed", "AcceptedFile"} and told[-1] == "AcceptedFile"


def test_an_interrupt_does_not_reach_the_parsing_processes() -> None:
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
    assert isinstance(outcome, FileRefusal) and outcome.reason not in ("PARSER_DIED", "PARSER_FAILED")

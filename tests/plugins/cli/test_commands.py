"""What a person sees of versions, held batches, queries and damage; the stage is the corner shop."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from tests.shop.versions import MONDAY, SHOPKEEPER, TILL_LINES, TUESDAY, Shop

from shopkeeper import warehouse
from shopkeeper.cli import main
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.warehouse import builds, restatements

WHY = ("--reason", "the till was wrong")
COMMAND = [sys.executable, "-c", "from shopkeeper.cli import main; main()"]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(builds, "catalog", lambda: SimpleNamespace(sources=(TILL_LINES,)))
    monkeypatch.setattr(restatements, "catalog", lambda: SimpleNamespace(sources=(TILL_LINES,)))
    monkeypatch.setattr(builds, "retailer", lambda: SHOPKEEPER)
    settings.cache_clear()
    shop = Shop(Home(tmp_path / "home"))
    shop.batch = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    yield shop
    settings.cache_clear()


@pytest.fixture
def told(monkeypatch, capsys):
    """Run a command and return its exit status, its output and its error lines."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["shopkeeper", *words])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err.splitlines()

    return run


@pytest.fixture
def rolled_back(shop):
    for name in ("till_2.csv", "till_3.csv"):
        shop.land(name, [*TUESDAY, (name, "1", "1.00")])
    shop.refresh()
    warehouse.roll_back(shop.home, "v000001")
    return shop


def test_after_a_rollback_refresh_says_what_it_leaves_out(rolled_back, told):
    status, said, _ = told("refresh")
    assert status == 0
    assert " ".join(said.split()) == (
        "nothing is new: version v000001 contains all batches that have landed "
        "except 2 that are held, `shopkeeper batches list` names them"
    )
    warehouse.release(rolled_back.home, *warehouse.read_holds(rolled_back.home))
    rolled_back.refresh()
    assert told("refresh")[1].split()[-6:] == ["contains", "all", "batches", "that", "have", "landed"]


def test_a_rollback_is_undone_with_its_holds(rolled_back, told):
    assert "0 batches are held" in told("rollback", "v000002", "--undo", *WHY)[1]
    assert warehouse.current(rolled_back.home) == "v000002"


def test_only_a_replay_can_be_taken_back(rolled_back, told):
    (batch, *_) = warehouse.batches(rolled_back.home)
    status, _, errors = told("quarantine", "take-back", batch.batch_id[:12], *WHY)
    assert (status, "no replay; hold its batch instead" in errors[0]) == (2, True)


def test_status_and_batches_show_what_is_held_and_why(rolled_back, told):
    why = "rolled back from v000002 to v000001"
    status = json.loads(told("status", "--json")[1])
    assert status["batches_held"] == 2
    assert status["held"] == [f"till_2.csv: {why}", f"till_3.csv: {why}"]
    assert f"till_3.csv: {why}" in told("status")[1]
    listed = told("batches", "list")[1].splitlines()
    assert [why in line for line in listed[1:]] == [False, True, True]


def test_rollback_tells_how_many_batches_it_holds(shop, told):
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    assert told("rollback", "v000001", *WHY)[1].startswith(
        "v000001 is the current version again; 1 batches are held"
    )


@pytest.mark.parametrize("command", ["status", "query", "docs", "refresh", "batches list"])
def test_a_missing_link_is_one_line_on_every_command(shop, told, command):
    shop.home.current.unlink()
    words = [*command.split(), *(["from meta.batches"] if command == "query" else [])]
    status, said, lines = told(*words)
    assert (status, said, len(lines)) == (2, "", 1)
    assert 'is missing; `shopkeeper rollback v000001 --reason "…"` sets it anew' in lines[0]
    assert told("rollback", "v000001", *WHY)[0] == 0
    assert told("status")[0] == 0


def test_documents_are_files_until_the_console_serves_them(shop, told):
    dictionary = shop.home.version("v000001").dictionary()
    dictionary.parent.mkdir(exist_ok=True)
    dictionary.write_text("")
    first, *files = told("docs")[1].splitlines()
    assert first == "`shopkeeper up` serves it; until then open:"
    assert files == [str(dictionary)]


def test_a_version_without_a_dictionary_is_not_exported(shop, told, tmp_path):
    status, said, lines = told("docs", "export", str(tmp_path / "out"), "--format", "odcs")
    assert (status, said, len(lines)) == (2, "", 1)
    assert "`shopkeeper refresh --full` makes one" in lines[0]


def test_verify_says_that_all_is_well_and_names_each_fault(shop, told):
    status, said, _ = told("verify")
    assert (status, said) == (0, "1 batches, 0 refused files and 1 versions are what was written\n")
    raw = shop.home.raw / "pos" / "lines" / f"{shop.batch}.parquet"
    raw.write_bytes(raw.read_bytes()[:-1])
    (shop.home.versions / "v000001" / "manifest.json").write_text("")
    status, said, lines = told("verify")
    assert status == 2
    assert [str(raw) in said.splitlines()[0], "manifest.json is damaged" in said.splitlines()[1]] == [
        True,
        True,
    ]
    assert lines == [
        "shopkeeper: 3 faults in 1 batches, 0 refused files and 1 versions; each line above says what to do"
    ]


def test_a_refused_query_is_one_line_and_has_no_effect(shop, told):
    status, said, lines = told("query", f"copy (select 1) to '{shop.home.root}/till.csv'")
    assert (status, said, len(lines)) == (2, "", 1)
    assert not (shop.home.root / "till.csv").exists()


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_two_columns_of_one_name_are_both_printed(shop, told, form):
    said = told("query", "select 7 as price, 8 as price", "--format", form)[1]
    assert "price_1" in said and "7" in said and "8" in said


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_closes_its_pipe_gets_no_traceback(shop, form):
    asked = [*COMMAND, "query", "select range as line_number from range(20000)", "--format", form]
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(shop)
    ) as asking:
        asking.stdout.read(10)
        asking.stdout.close()
        assert b"Traceback" not in asking.stderr.read()


def test_ctrl_c_ends_a_query_without_a_traceback(shop):
    endless = "select sum(hash(a.range + b.range)) from range(10000000) a, range(100000) b"
    begun = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); print('begun', flush=True)"
    )
    command = [sys.executable, "-c", f"{begun}\n{COMMAND[-1]}", "query", endless]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(shop), **pipes) as asking:
        assert asking.stdout.readline() == b"begun\n"
        process = psutil.Process(asking.pid)
        while asking.poll() is None and not any(
            "duckdb" in Path(f.path).suffix for f in process.open_files()
        ):
            time.sleep(0.05)
        asking.send_signal(signal.SIGINT)
        try:
            assert asking.wait(60) == 130
        finally:
            asking.kill()
        assert b"Traceback" not in asking.stderr.read()


def environment(shop):
    places = {"SHOPKEEPER_HOME": str(shop.home.root), "PYTHONPATH": str(Path(builds.__file__).parents[2])}
    return {**os.environ, **places}

"""What a command changes is recorded as a change in the console is, and what a form does a command does."""

import re
import shlex
from collections.abc import Iterator

import pytest
from tests.architecture.project import files, text
from tests.plugins.console.conftest import Console
from tests.plugins.console.test_access import WRITING
from tests.shop.published import Grocer
from typer.testing import CliRunner

from shopkeeper import warehouse
from shopkeeper.cli.commands import app
from shopkeeper.cli.person import user_name
from shopkeeper.console.actions import Action, may_record, read_actions
from shopkeeper.console.commands import ON_SERVER, command_for
from shopkeeper.errors import UserError
from shopkeeper.landing import quarantine
from shopkeeper.settings import settings

WHY = ("--reason", "the till of store 330 was wrong")
FORM = {"why": WHY[1]}


@pytest.fixture(autouse=True)
def home(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(grocer.home.root))
    settings.cache_clear()
    yield
    settings.cache_clear()


def told(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def last(grocer: Grocer) -> Action:
    return read_actions(grocer.home)[0]


def test_a_hold_by_command_is_recorded_and_undone(grocer: Grocer, console: Console) -> None:
    batch_id = warehouse.batches(grocer.home)[0].batch_id
    told("batches", "hold", batch_id[:12], *WHY, "--by", "ada")
    done = last(grocer)
    assert (done.by, done.role, done.verb, done.subject) == ("ada", "command line", "hold", batch_id)
    assert (done.why, done.outcome, done.undo) == (WHY[1], "done", ("release", batch_id))
    assert warehouse.read_holds(grocer.home)[batch_id].why == f"ada: {WHY[1]}"
    page = console(grocer.home, "operator")
    assert "ada <small>command line" in page.get("/shopkeeper/").text
    page.post(f"/shopkeeper/batches/{batch_id}/release", data=FORM)
    assert warehouse.read_holds(grocer.home) == {}


def test_a_rollback_by_command_is_undone_in_the_console(grocer: Grocer, console: Console) -> None:
    assert "v000001 is the current version again" in told("rollback", "v000001", *WHY)
    assert (last(grocer).by, last(grocer).undo) == (user_name(), ("return to", "v000002"))
    console(grocer.home).post("/shopkeeper/versions/v000002/return", data=FORM)
    assert warehouse.current(grocer.home) == "v000002"
    told("rollback", "v000001", *WHY)
    told("rollback", "v000002", "--undo", *WHY)
    assert [each.verb for each in read_actions(grocer.home)] == ["return to", "roll back to"] * 2


def test_a_rollback_where_raw_is_damaged_is_done(grocer: Grocer) -> None:
    first = warehouse.batches(grocer.home)[0]
    grocer.home.batch(first.system, first.table, first.batch_id).receipt.unlink()
    told("rollback", "v000001", *WHY)
    assert (last(grocer).outcome, str(last(grocer).detail)) == ("done", "readers see it again")
    assert warehouse.current(grocer.home) == "v000001"


def test_each_change_in_quarantine_by_command_is_recorded(grocer: Grocer) -> None:
    rows, file = grocer.refused_rows, grocer.refused_file
    (row,) = quarantine.show(grocer.home, rows).to_pylist()
    line = str(row["line_number"])
    told("quarantine", "settle", file[:12], *WHY)
    told("quarantine", "reopen", file[:12], *WHY)
    assert "rows accepted: 1" in told(
        "quarantine", "correct", rows[:12], line, "--set", "product_id=995249", *WHY
    )
    (_, batch_id) = last(grocer).undo or ("", "")
    told("quarantine", "take-back", batch_id[:12], *WHY)
    told("quarantine", "put-back", batch_id[:12], *WHY)
    told("quarantine", "show", rows[:12], "--personal", *WHY)
    done = [(each.verb, each.subject, each.why) for each in reversed(read_actions(grocer.home))]
    verbs = ("settle", "reopen", "correct", "take back", "put back", "reveal")
    subjects = (file, file, rows, batch_id, batch_id, rows)
    assert done == [(verb, subject, WHY[1]) for verb, subject in zip(verbs, subjects, strict=True)]


def test_corrections_of_a_file_are_recorded(grocer: Grocer, tmp_path_factory: pytest.TempPathFactory) -> None:
    (row,) = quarantine.show(grocer.home, grocer.refused_rows).to_pylist()
    file = tmp_path_factory.mktemp("corrections") / "rows.csv"
    file.write_text(f"_line_number,product_id\n{row['line_number']},995249\n")
    told("quarantine", "replay", grocer.refused_rows[:12], "--corrections", str(file), *WHY)
    assert (last(grocer).verb, last(grocer).outcome) == ("replay", "done")


@pytest.mark.parametrize(
    "command",
    [
        *(("batches", verb) for verb in ("hold", "release")),
        *(("quarantine", verb) for verb in ("replay", "settle", "reopen", "take-back", "put-back")),
        ("rollback",),
    ],
)
def test_no_command_changes_anything_without_a_reason(grocer: Grocer, command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "ffff"])
    assert (result.exit_code, "--reason" in result.output) == (2, True)
    with pytest.raises(UserError, match="say why"):
        told("batches", "hold", warehouse.batches(grocer.home)[0].batch_id, "--reason", " ")
    with pytest.raises(UserError, match="say why"):
        told("quarantine", "show", grocer.refused_rows, "--personal")
    assert read_actions(grocer.home) == []


COMMAND = re.compile(
    r"shopkeeper (?:rollback|batches (?:hold|release)|quarantine (?:replay|settle|reopen|take-back|put-back))"
    r" [<{v][^`\n]*"
)
"""A command that changes something, with its argument, as texts name it."""


def test_every_command_that_is_advised_says_why() -> None:
    paths = files("README.md", "docs/*.md", "docs/runbooks/*.md", "plugins/*.py", "plugins/*.html", "*.yaml")
    advised = [(path, each) for path in paths for each in COMMAND.findall(text(path))]
    assert len({path for path, _ in advised}) >= 6
    assert not [each for each in advised if "--reason" not in each[1]]


@pytest.mark.parametrize("address", [address for _, address in WRITING.values()])
def test_every_form_has_a_command_that_exists(address: str) -> None:
    told_by_page = shlex.split(command_for("ada o'hara", address))
    assert told_by_page[-2:] == ["--by", "ada o'hara"]
    told(*told_by_page[len(ON_SERVER.split()) :], "--help")


def test_where_nothing_may_be_written_pages_show_commands(
    grocer: Grocer, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = warehouse.batches(grocer.home)[0].batch_id
    told("batches", "hold", batch_id, *WHY)
    page = console(grocer.home)
    assert '<form method="post"' in page.get("/shopkeeper/").text
    monkeypatch.setattr("shopkeeper.console.actions.os.access", lambda *_: False)
    assert not may_record(grocer.home)
    health = page.get("/shopkeeper/").text
    refusal = page.get(f"/shopkeeper/quarantine/{grocer.refused_rows}").text
    assert '<form method="post"' not in health + refusal
    for command in ("rollback v000001", f"batches release {batch_id[:12]}"):
        assert f"{ON_SERVER} {command} --reason &#34;…&#34; --by admin-ada" in health
    for verb in ("replay", "settle", "correct"):
        assert f"{ON_SERVER} quarantine {verb} {grocer.refused_rows[:12]}" in refusal

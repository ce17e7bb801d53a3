"""Mail and webhook say what a refresh left to see to, to local servers; off unless somebody is named."""

import email
import json
import shutil
import socketserver
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2.sandbox import SandboxedEnvironment
from tests.shop.published import Grocer, publish_two_versions
from tests.shop.receivers import Hook, MailServer, hook_at, mail_at, serving

from shopkeeper import warehouse
from shopkeeper.orchestration.messages import notifiers
from shopkeeper.settings import settings

RUN = {"dag_run": SimpleNamespace(dag_id="refresh_warehouse", run_id="manual__2017")}
TO = "desk@grocer.example,night@grocer.example"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Grocer:
    """A grocer with two versions, a refused file and refused rows."""
    return publish_two_versions(tmp_path_factory.mktemp("messages") / "home")


@pytest.fixture
def grocer(published: Grocer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grocer]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(published.home.root))
    settings.cache_clear()
    yield published
    settings.cache_clear()


@pytest.fixture
def mails(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)) as (port, got):
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", mail_at(port))
        monkeypatch.setenv("SHOPKEEPER_NOTIFY_EMAIL", TO)
        settings.cache_clear()
        yield got


@pytest.fixture
def posts(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as (port, got):
        monkeypatch.setenv("AIRFLOW_CONN_CHAT", hook_at(port))
        monkeypatch.setenv("SHOPKEEPER_NOTIFY_WEBHOOK", "chat")
        settings.cache_clear()
        yield got


def say(*, has_failed: bool) -> None:
    for notifier in notifiers(has_failed=has_failed):
        notifier(dict(RUN))


def test_nobody_is_written_to_unless_the_settings_say_so(grocer: Grocer) -> None:
    assert notifiers(has_failed=True) == notifiers(has_failed=False) == []


def test_a_mail_says_what_was_refused(grocer: Grocer, mails: list[str]) -> None:
    say(has_failed=False)
    receivers = [line for line in mails if line.upper().startswith("RCPT")]
    assert len(receivers) == 2
    mail = email.message_from_string("\n".join(mails[mails.index("data") + 1 : -1]))
    body = next(part for part in mail.walk() if part.get_content_type() == "text/html")
    text = body.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert mail["Subject"] in text
    assert f"{warehouse.current(grocer.home)} is published, with something to see to" in text
    assert "Refused files: 1 (" in text
    assert "Refused rows: " in text
    assert "/dags/refresh_warehouse/runs/manual__2017" in text


def test_a_webhook_says_the_same_with_its_token(grocer: Grocer, posts: list[Any]) -> None:
    say(has_failed=False)
    ((path, token, content),) = posts
    assert (path, token) == ("/desk", "Bearer s3cret")
    assert any(line.startswith("Refused rows: ") for line in content["notices"])
    assert all(line in content["text"] for line in content["notices"])


def test_a_failed_run_is_told_with_what_readers_see(grocer: Grocer, posts: list[Any]) -> None:
    say(has_failed=True)
    assert f"the refresh failed; readers see {warehouse.current(grocer.home)}" in posts[0][2]["subject"]


@pytest.fixture
def failed_test(grocer: Grocer) -> Iterator[str]:
    """A build in which a test of dbt failed, and what it would have let pass was skipped."""
    results = grocer.home.build("v000003").dbt_run("integrate").results
    results.parent.mkdir(parents=True)
    ended = {"test.shopkeeper.conflicts_are_rare": "fail", "test.shopkeeper.later": "skipped"}
    told = [{"unique_id": name, "status": status} for name, status in ended.items()]
    results.write_text(json.dumps({"results": told}))
    yield "integrate.dbt: the test conflicts_are_rare failed"
    shutil.rmtree(grocer.home.builds)


def failing(*red: str) -> dict[str, Any]:
    """Return the context of a failed run in which these tasks are red, as Airflow gives it."""
    states = {"begin": "success", **dict.fromkeys(red, "failed"), "publish": "upstream_failed"}
    tasks = [SimpleNamespace(task_id=name) for name in ("land", "begin", "gate_sources", *red, "publish")]
    ti = SimpleNamespace(get_task_states=lambda **asked: {RUN["dag_run"].run_id: states})
    dag = SimpleNamespace(topological_sort=lambda: tasks, get_template_env=lambda **_: SandboxedEnvironment())
    return {**RUN, "ti": ti, "dag": dag}


def test_a_failure_names_what_failed_first(posts: list[Any], failed_test: str) -> None:
    for context in (RUN, failing("integrate.dbt", "integrate.intermediate_sales")):
        for notifier in notifiers(has_failed=True):
            notifier(dict(context))
        content = posts.pop()[2]
        assert "the refresh failed at integrate.dbt; readers see" in content["subject"]
        assert content["notices"][0] == f"Failed: {failed_test}"
        place = "/dags/refresh_warehouse/runs/manual__2017/tasks/integrate.dbt/plugin/verdict_in_run"
        assert content["page"].endswith(place)


def test_a_red_task_without_verdict_is_named(posts: list[Any], failed_test: str) -> None:
    for notifier in notifiers(has_failed=True):
        notifier(failing("attribute_sales"))
    content = posts[0][2]
    assert content["notices"][0] == "Failed: the task attribute_sales"
    assert "/tasks/attribute_sales/plugin/" in content["page"]


def test_a_run_that_left_nothing_is_not_told(
    grocer: Grocer, posts: list[Any], mails: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.notices.find_notices", lambda *_: [])
    say(has_failed=False)
    assert posts == mails == []


def test_no_value_of_a_row_is_in_a_message(grocer: Grocer, posts: list[Any]) -> None:
    from shopkeeper.landing import quarantine

    say(has_failed=False)
    said = json.dumps(posts[0][2])
    entries = quarantine.refusals(grocer.home)
    assert entries
    for entry in entries:
        assert entry.file_name not in said
        assert not entry.detail or entry.detail not in said


def test_dags_name_their_receivers(posts: list[Any], home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    from shopkeeper.settings import PROJECT_ROOT

    monkeypatch.setenv("SHOPKEEPER_HOME", str(home.root))
    settings.cache_clear()
    bag = DagBag(dag_folder=str(Path(PROJECT_ROOT) / "dags" / "refresh_warehouse.py"))
    refresh = bag.dags["refresh_warehouse"]
    assert [type(each).__name__ for each in refresh.on_failure_callback] == ["Webhook"]
    assert [type(each).__name__ for each in refresh.get_task("publish").on_success_callback] == ["Webhook"]

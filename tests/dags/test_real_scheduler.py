"""One grocer's refreshes by the real scheduler: published, nothing new, three ways to fail, cured."""

import json
import re
import socketserver
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import HTTPServer
from typing import Any

import httpx
import psutil
import pytest
from tests.shop.commands import Shop
from tests.shop.leaks import Planted, leaks
from tests.shop.planted import Persons
from tests.shop.receivers import Hook, MailServer, hook_at, mail_at, mails_in, serving

from shopkeeper.landing import read_refusal, refusal_ids
from shopkeeper.paths import Home

pytestmark = [pytest.mark.scheduler, pytest.mark.slow]

SECONDS = 120.0
UNITS = "{type: expect_column_median_to_be_between, kwargs: {min_value: 1, max_value: 3}}"
LINES = "retailers/complete_journey/contracts/pos/transaction_lines.odcs.yaml"
STEP = "plugins/shopkeeper/pipeline/attribution.py"


@dataclass(frozen=True)
class Grocer:
    """A grocer whose Airflow runs, and what his desk has got by mail and by webhook."""

    shop: Shop
    mails: list[str]
    posts: list[Any]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grocer]:
    """A grocer with two weeks published; his Airflow is stopped when the tests are over."""
    with (
        serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)) as (mail_port, mails),
        serving(HTTPServer(("127.0.0.1", 0), Hook)) as (hook_port, posts),
    ):
        told = {
            "AIRFLOW_CONN_SMTP_DEFAULT": mail_at(mail_port),
            "AIRFLOW_CONN_CHAT": hook_at(hook_port),
            "SHOPKEEPER_NOTIFY_EMAIL": "desk@grocer.example",
            "SHOPKEEPER_NOTIFY_WEBHOOK": "chat",
        }
        folder = tmp_path_factory.mktemp("grocer")
        grocer = replace(Shop.with_project("complete_journey", folder), more=told)
        with grocer.with_airflow():
            grocer.drops_weeks("1-2")
            first = grocer.runs("refresh")
            assert first.returncode == 0, first.stdout + first.stderr
            yield Grocer(grocer, mails, posts)


@pytest.fixture
def grocer(desk: Grocer) -> Shop:
    return desk.shop


def test_two_weeks_are_published_and_summarised(grocer: Shop) -> None:
    assert grocer.published() == "v000001"
    customers = grocer.runs("query", "select count(*) as n from marts.customer_360", "--format", "csv")
    assert int(customers.stdout.split()[1]) > 1000
    told = grocer.runs("status", "--json")
    assert '"version": "v000001"' in told.stdout
    assert '"airflow": "http://127.0.0.1:' in told.stdout


def test_airflow_listens_on_this_machine_only(grocer: Shop) -> None:
    server = next(p for p in psutil.process_iter() if any(c.laddr.port == grocer.port for c in _listening(p)))
    family = [server, *server.children(recursive=True)]
    parent = server.parent()
    while parent is not None and "shopkeeper.local_airflow.server" in " ".join(parent.cmdline()):
        family += [parent, *parent.children(recursive=True)]
        parent = parent.parent()
    addresses = {connection.laddr.ip for process in set(family) for connection in _listening(process)}
    assert addresses == {"127.0.0.1"}


def test_airflow_lets_nobody_in_without_the_password(grocer: Shop) -> None:
    told = json.loads(grocer.runs("status", "--json").stdout)
    dag = "/api/v2/dags/refresh_warehouse"
    with httpx.Client(base_url=told["airflow"], trust_env=False) as stranger:
        assert stranger.get(dag).status_code == 401
        assert stranger.get("/auth/token").status_code == 403
        assert stranger.patch(dag, json={"is_paused": True}).status_code == 401
        guess = {"username": told["airflow_user"], "password": "shopkeeper"}
        assert stranger.post("/auth/token", json=guess).status_code == 401
        owner = stranger.post("/auth/token", json={**guess, "password": told["airflow_password"]})
        token = {"Authorization": f"Bearer {owner.json()['access_token']}"}
        assert stranger.get(dag, headers=token).status_code == 200
        foreign = {"Origin": "https://evil.example"}
        assert stranger.patch(dag, json={"is_paused": True}, headers=token | foreign).status_code == 403


def test_an_announced_asset_names_its_version_and_verdict(grocer: Shop) -> None:
    told = json.loads(grocer.runs("status", "--json").stdout)
    with httpx.Client(base_url=told["airflow"], trust_env=False) as owner:
        login = {"username": told["airflow_user"], "password": told["airflow_password"]}
        token = owner.post("/auth/token", json=login).json()["access_token"]
        found = owner.get("/api/v2/assets/events", headers={"Authorization": f"Bearer {token}"}).json()
    extra = {event["name"]: event["extra"] for event in found["asset_events"]}
    assert extra["published"]["version"] == extra["marts"]["version"] == "v000001"
    assert extra["published"]["rows"] > 100_000
    assert extra["marts"]["rules"] > 20
    assert extra["marts"]["rows"] > 1000
    assert extra["published"]["gates"]["marts"]["rule_count"] == extra["marts"]["rules"]
    assert extra["marts"]["warnings"] == []


def test_the_logs_of_land_and_gates_are_for_people(grocer: Shop) -> None:
    assert re.search(r"\d rows accepted, [\d,]+ quarantined; 0 files need a look", _log(grocer, "land"))
    assert re.search(r"coupons_2017.jsonl: [\d,]+ rows accepted, [\d,]+ refused", _log(grocer, "land"))
    assert "rules held, 0 did not" in _log(grocer, "gate_marts")
    assert "great_expectations" not in _log(grocer, "gate_marts")


def test_dbts_own_lines_are_in_its_task(grocer: Shop) -> None:
    told = _log(grocer, "integrate.dbt")
    assert re.search(r"OK created sql table model core.dim_customers \[OK in [\d.]+s\] [\d,]+ rows", told)
    assert "PASS identified_sales_have_customers" in told
    assert '"level":"error"' not in told


def test_a_folders_rendered_templates_are_what_dbt_made(grocer: Shop) -> None:
    told = json.loads(grocer.runs("status", "--json").stdout)
    with httpx.Client(base_url=told["airflow"], trust_env=False) as owner:
        login = {"username": told["airflow_user"], "password": told["airflow_password"]}
        token = owner.post("/auth/token", json=login).json()["access_token"]
        path = "/api/v2/dags/refresh_warehouse/dagRuns/~/taskInstances?task_id=integrate.core_customers"
        found = owner.get(path, headers={"Authorization": f"Bearer {token}"}).json()["task_instances"]
    (folder,) = (each for each in found if each["task_id"] == "integrate.core_customers")
    made = folder["rendered_fields"]["dim_customers.sql"]
    assert re.match(r"-- success, [1-9],\d\d\d rows in [\d.]+ s\n-- One row per customer", made)
    assert "Truncated" not in made


def test_airflow_answers_to_no_foreign_host(grocer: Shop) -> None:
    url = json.loads(grocer.runs("status", "--json").stdout)["airflow"]
    with httpx.Client(base_url=url, headers={"Host": "evil.example"}, trust_env=False) as rebound:
        for path in ("/", "/static/index.html", "/auth/login", "/api/v2/version", "/execution/health"):
            assert rebound.get(path).status_code == 400, path


def test_whatever_a_refresh_has_written_is_its_owners_alone(grocer: Shop) -> None:
    open_to_others = [
        path for path in grocer.home.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert not open_to_others
    assert stat.S_IMODE(grocer.home.stat().st_mode) == 0o700


def test_a_second_refresh_with_nothing_new_publishes_nothing(grocer: Shop) -> None:
    again = grocer.runs("refresh")
    assert again.returncode == 0
    assert "nothing is new" in again.stdout
    assert grocer.published() == "v000001"


def test_a_dbt_test_that_fails_leaves_the_published_version_alone(grocer: Shop) -> None:
    grocer.drops_weeks("3-3")
    drop_persons(grocer)
    planted = grocer.project / "dbt_project" / "tests" / "no_customer_ever_shops.sql"
    planted.write_text("-- Fails on purpose.\nselect customer_id from {{ ref('customer_360') }}\n")
    try:
        failed = grocer.runs("refresh")
    finally:
        planted.unlink()
    assert failed.returncode == 3, failed.stdout + failed.stderr
    assert {"serve.dbt", "serve.marts_customers"} <= _red(failed.stdout)
    assert _red(failed.stdout) <= {"serve.dbt", "serve.marts_customers"}
    assert "no_customer_ever_shops" in failed.stderr
    assert grocer.published() == "v000001"
    for task in ("serve.dbt", "serve.marts_customers"):
        told = _log(grocer, task)
        assert told.count('{\\"customer_id\\": \\"•••\\"}') == 20, task
        assert "-- Fails on purpose." in told, task
        assert "error_detail" not in told, task
    own = [json.loads(line) for line in _log(grocer, "serve.marts_customers").splitlines()]
    errors = [line["event"] for line in own if line.get("level") == "error"]
    assert re.match(r"no_customer_ever_shops ended as fail: [\d,]+ rows$", errors[0])
    assert sum("ended as fail" in line for line in errors) == 1


def drop_persons(grocer: Shop) -> None:
    """Drop lists of persons under names of files that hold none, one of which names a person itself."""
    persons = Persons(100).all
    listed = "\n".join(",".join(each.identifiers[:4]) for each in persons)
    for name in ("products_2017_new.csv", f"products_{persons[0].email}.csv"):
        (grocer.home / "inbox" / "pos" / name).write_text(f"{listed}\n{name}\n")


def test_a_failed_run_sends_one_mail_and_one_post(desk: Grocer) -> None:
    until = time.monotonic() + SECONDS
    while not (failed := [post[2] for post in desk.posts if "failed" in post[2]["subject"]]):
        assert time.monotonic() < until, "the DAG processor has told nobody"
        time.sleep(0.2)
    while not (mails := [mail for mail in mails_in(desk.mails) if "failed" in mail]):
        assert time.monotonic() < until, "no mail has come"
        time.sleep(0.2)
    assert len(failed) == 1
    assert failed[0]["subject"] == "complete_journey: the refresh failed at serve.dbt; readers see v000001"
    assert failed[0]["notices"][0] == "Failed: serve.dbt: the test no_customer_ever_shops failed"
    assert failed[0]["page"].endswith("/tasks/serve.dbt/plugin/verdict_in_run")
    assert len(mails) == 1
    said = json.dumps(failed) + mails[0]
    assert "customer_id" not in said
    assert "•••" not in said


def test_a_failing_contract_rule_leaves_the_published_version_alone(grocer: Shop) -> None:
    impossible = UNITS.replace("1, max_value: 3", "100, max_value: 300")
    grocer.changes(LINES, UNITS, impossible)
    try:
        failed = grocer.runs("refresh")
    finally:
        grocer.changes(LINES, impossible, UNITS)
    assert failed.returncode == 3, failed.stdout + failed.stderr
    assert _red(failed.stdout) == {"gate_sources"}
    assert len(failed.stderr.splitlines()) == 1
    assert "error_detail" not in _log(grocer, "gate_sources")
    assert grocer.published() == "v000001"


def test_a_python_step_that_raises_leaves_the_published_version_alone(grocer: Shop) -> None:
    step = grocer.project / STEP
    sound = step.read_text()
    step.write_text(
        f"{sound}\n\ndef attribute_sales(home, build_id):\n    raise RuntimeError('the tills are on fire')\n"
    )
    try:
        failed = grocer.runs("refresh")
    finally:
        step.write_text(sound)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert _red(failed.stdout) == {"attribute_sales"}, failed.stdout + failed.stderr
    assert "the tills are on fire" in failed.stderr
    assert grocer.published() == "v000001"


def test_once_cured_the_week_that_waited_is_published(grocer: Shop) -> None:
    cured = grocer.runs("refresh")
    assert cured.returncode == 0, cured.stdout + cured.stderr
    assert grocer.published() not in (None, "v000001")
    weeks = grocer.runs(
        "query", "select max(transaction_date) as d from core.fct_transactions", "--format", "csv"
    )
    assert weeks.stdout.split()[1] > "2017-01-08"


def test_persons_in_wrong_files_are_nowhere_in_airflow(grocer: Shop) -> None:
    home = Home(grocer.home)
    refused = sorted(read_refusal(home, each)["file_name"] for each in refusal_ids(home))
    assert refused[0] == "products_2017_new.csv"
    assert re.fullmatch(r"products_\[email-[0-9a-f]{16}\]\.csv", refused[1])
    assert leaks(grocer.home, Planted(Persons(100).identifiers)) == {}


@pytest.mark.soak
def test_twenty_weeks_land_and_publish_one_by_one(tmp_path: pytest.TempPathFactory) -> None:
    grocer = Shop.with_project("complete_journey", tmp_path)
    seen: list[str | None] = []
    with grocer.with_airflow():
        for week in range(1, 21):
            grocer.drops_weeks(f"{week}-{week}")
            done = grocer.runs("refresh")
            assert done.returncode == 0, f"week {week}: {done.stdout}{done.stderr}"
            assert grocer.published() not in seen, f"week {week} was not published"
            seen.append(grocer.published())
            print(f"week {week}: {grocer.published()}, {_time(done.stdout)}", flush=True)
    assert len(set(seen)) == 20


def _log(grocer: Shop, task: str) -> str:
    """Return the log of a task in the latest run."""
    logs = sorted(grocer.home.glob(f"airflow/logs/*/*/task_id={task}/*.log"))
    return logs[-1].read_text()


def _red(output: str) -> set[str]:
    lines = [line for line in output.splitlines() if line.startswith("failed: ")]
    return {line.removeprefix("failed: ").split(",")[0] for line in lines}


def _time(output: str) -> str:
    return next((line.strip() for line in output.splitlines() if line.startswith("time ")), "no time")


def _listening(process: psutil.Process) -> list:  # type: ignore[type-arg]
    try:
        return [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return []

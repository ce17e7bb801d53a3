"""The tabs in Airflow: the verdict on each kind of task and what a run published, also where it failed."""

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import Console
from tests.shop.published import HOSTILE, HOSTILE_FILE, Grocer

from shopkeeper import warehouse
from shopkeeper.console import gate_verdicts, runs
from shopkeeper.local_airflow.run_facts import RunFacts, TaskFacts
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, as_json
from shopkeeper.terminal import visible
from shopkeeper.warehouse.failed_builds import keep_verdicts

BEGAN = datetime(2017, 1, 15, 3, tzinfo=UTC)
LINES = "pos.transaction_lines"
MODEL = "model.shopkeeper.customer_360"
FAILED_TEST = "test.shopkeeper.marts_keep_every_row"
PASSED_TEST = "test.shopkeeper.unique_columns_customer_360_customer_id.1a2b"
UNKNOWN = Sentence("no contract names such a file")
Shown = Callable[..., str]


def run_of(build_id: str | None, **tasks: TaskFacts) -> RunFacts:
    """Return a run whose build, tasks and failures are given."""
    named = {name.replace("__", "."): task for name, task in tasks.items()}
    begun = TaskFacts("success", returned={"build_id": build_id} if build_id else {})
    ended = datetime.now(UTC) + timedelta(minutes=1)
    return RunFacts("scheduled__2017-01-15T03:00:00+00:00", "failed", BEGAN, ended, {"begin": begun, **named})


def rule(home: Home, **more: Any) -> dict[str, Any]:
    """Return a verdict of the gate of sources: two bad lines of the batch with the hostile name."""
    batch = next(each for each in warehouse.batches(home) if each.file_name == HOSTILE_FILE)
    row = {"batch_id": batch.batch_id, "source_line_number": 7, "household_id": "•••", "quantity": 212}
    told = {
        "contract": LINES,
        "rule": "a_line_usually_sells_one_or_two",
        "severity": "critical",
        "reason": "A median outside 1–3 means that the unit of quantity changed. Protects every quantity downstream.",
        "has_passed": False,
        "observed": "212.0",
        "failing_rows": [row, {**row, "source_line_number": 9}],
        "judged_in": None,
    }
    return told | more


def begin_failed_build(home: Home, name: str = "v000003") -> Home:
    """Leave a build as a refresh does that failed: some gates judged, dbt ended, nothing published."""
    build, base = home.build(name), home.version("v000002")
    build.gates.mkdir(parents=True)
    shutil.copyfile(base.begun, build.begun)
    shutil.copyfile(base.batches, build.batches)
    observed = Sentence("{some:,} of {all:,} rows", some=0, all=31)
    held = rule(
        home, rule="zero_value_lines_stay_rare", has_passed=True, observed=observed, failing_rows=[]
    ) | {"said": as_json(observed)}
    reused = held | {"rule": "the_average_line_costs_a_few_dollars", "judged_in": "v000001"}
    verdict = {"gate": "sources", "build_id": name, "has_passed": False, "rules": [rule(home), held, reused]}
    build.gate("sources").write_text(json.dumps(verdict))
    places = build.dbt_run("serve")
    places.root.mkdir(parents=True)
    ended = [
        {"unique_id": MODEL, "status": "success", "message": "OK", "execution_time": 1.25},
        {"unique_id": FAILED_TEST, "status": "fail", "failures": 2, "execution_time": 0.1},
        {"unique_id": "test.shopkeeper.not_asked", "status": "skipped", "message": None, "execution_time": 0},
    ]
    places.results.write_text(json.dumps({"results": ended}))
    rows = [{"mart": "customer_360", "customer_id": "•••", "row_count": 12}]
    found = {"row_counts": {MODEL: 1799}, "failing_rows": {FAILED_TEST: rows}}
    places.found.write_text(json.dumps(found))
    nothing_new = Sentence("nothing new of {tables}", tables="pos.products")
    reused_nodes = {
        "model.shopkeeper.customer_segments": {
            "judged_in": "v000001",
            "why": nothing_new,
            "said": as_json(nothing_new),
        },
        PASSED_TEST: {"judged_in": "v000001", "why": nothing_new, "said": as_json(nothing_new)},
    }
    places.reused.write_text(json.dumps(reused_nodes))
    sql = "-- A mart of customers or segments has as many rows as the model that it is built from.\nselect 1"
    tests = {
        FAILED_TEST: {"name": "marts_keep_every_row", "kind": None, "models": [MODEL], "columns": [], "sql": sql},
        PASSED_TEST: {"name": "unique", "kind": "unique_columns", "models": [MODEL], "columns": ["customer_id"], "sql": "select 2"},
    }  # fmt: skip
    build.tests.write_text(json.dumps(tests))
    build.compiled.write_text(
        json.dumps({MODEL: {"sql": f"-- {HOSTILE}\nselect customer_id", "folder": "marts_customers"}})
    )
    return home


@pytest.fixture
def shown(console: Console) -> Iterator[Shown]:
    """Opens one tab as a person would and returns its text."""

    def show(
        home: Home, run: RunFacts | None, path: str = "", language: str = "en", dag: str = runs.REFRESH
    ) -> str:
        client: TestClient = console(home)
        mounted = client.app.routes[-1].app  # type: ignore[attr-defined]
        mounted.dependency_overrides[runs.run_facts] = lambda: run
        answer = client.get(
            f"/shopkeeper/dags/{dag}/runs/scheduled__2017-01-15T03:00:00+00:00{path}",
            headers={"Accept-Language": language},
        )
        assert answer.status_code == 200, answer.text
        assert HOSTILE not in answer.text
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    yield show


def test_a_failed_rule_says_all_that_is_known(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    run = run_of("v000003", gate_sources=TaskFacts("failed", failure="gate sources: the median"))
    text = shown(home, run, "/tasks/gate_sources")
    assert "gate sources: the median" in text
    assert "v000003 not published" in text
    assert "Expected the median of quantity is between 1 and 3" in text
    assert "Observed 212.0" in text
    assert "Why it matters A median outside 1–3 means that the unit of quantity changed." in text
    assert f'select median("quantity") from {LINES}' in text
    assert 'select median("quantity") from pos__transaction_lines' in text
    assert f"'raw/pos/transaction_lines/{rule(home)['failing_rows'][0]['batch_id']}.parquet'" in text
    batch_id = rule(home)["failing_rows"][0]["batch_id"]
    assert f"Files judged {visible(HOSTILE_FILE)}" in text
    assert f"shopkeeper batches hold {batch_id[:12]} --reason" in text


def test_a_failing_row_names_its_file_and_line(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed")), "/tasks/gate_sources")
    assert f"{visible(HOSTILE_FILE)}:7 ••• 212" in text
    assert f"{visible(HOSTILE_FILE)}:9 ••• 212" in text


def test_a_rule_has_its_history(grocer: Grocer, shown: Shown) -> None:
    gate = grocer.home.version("v000001").gate("sources")
    told = json.loads(gate.read_text())
    told["rules"].append(rule(grocer.home, has_passed=True, observed="1.0", failing_rows=[]))
    gate.write_text(json.dumps(told))
    home = begin_failed_build(grocer.home)
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed")), "/tasks/gate_sources")
    assert "In other builds v000001 ✓ 1.0" in text


def test_a_group_whose_lines_are_unknown_says_so(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    gate = home.build("v000003").gate("sources")
    told = json.loads(gate.read_text())
    groups = [{"basket_id": "31198570000", "line_count": 3}, {"basket_id": "31198570001", "line_count": 2}]
    told["rules"][0] |= {"failing_rows": groups, "origins": ["week_00.csv.gz:2, 3, 202", ""]}
    gate.write_text(json.dumps(told))
    run = run_of("v000003", gate_sources=TaskFacts("failed"))
    text = shown(home, run, "/tasks/gate_sources")
    assert "week_00.csv.gz:2, 3, 202 31198570000 3 not known for groups 31198570001 2" in text
    assert "分组结果无法对应到行 31198570001" in shown(home, run, "/tasks/gate_sources", "zh")
    told["rules"][0]["origins"] = []  # as gates before that did not look for them
    gate.write_text(json.dumps(told))
    assert f"{visible(HOSTILE_FILE)} 31198570000 3" in shown(home, run, "/tasks/gate_sources")


def test_ten_batches_are_named_and_corrections_taken_back(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    build = home.build("v000003")
    (one, *_) = pq.read_table(build.batches).to_pylist()
    one |= {"system": "pos", "table_name": "transaction_lines", "status": "new"}
    files = [
        one | {"batch_id": f"{n:064x}", "file_name": f"week_{n:02}.csv", "replay_of": None} for n in range(12)
    ]
    files[3] |= {"file_name": "week_01.csv", "replay_of": files[1]["batch_id"]}
    schema = pq.read_schema(build.batches)
    pq.write_table(pa.Table.from_pylist(files, schema), build.batches)
    gate = build.gate("sources")
    told = json.loads(gate.read_text())
    told["rules"][0] |= {"failing_rows": [], "batch_ids": [file["batch_id"] for file in files]}
    gate.write_text(json.dumps(told))
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed")), "/tasks/gate_sources")
    held = re.findall(r"(week_\d\d\.csv): shopkeeper batches hold", text)
    assert held == [f"week_{n:02}.csv" for n in range(10) if n != 3]
    assert 'week_01.csv: shopkeeper quarantine take-back 000000000000 --reason "…"' in text
    assert "2 more batches are concerned: shopkeeper batches list" in text


def test_a_red_gate_enters_the_history(grocer: Grocer, shown: Shown, console: Console) -> None:
    home = begin_failed_build(grocer.home)
    keep_verdicts(home)
    shutil.rmtree(home.builds)
    begin_failed_build(home, "v000004")
    run = run_of("v000004", gate_sources=TaskFacts("failed"), serve__dbt=TaskFacts("failed"))
    text = shown(home, run, "/tasks/gate_sources")
    assert "In other builds v000003 ✗ not published 212.0" in text
    assert "In other builds v000003 ✗ not published" in shown(home, run, "/tasks/serve.dbt")
    health = console(home).get("/shopkeeper/").text
    for build in ("v000004", "v000003"):
        (row,) = re.findall(rf"<tr><td>{build} <small>not published</small></td>.*?</tr>", health, re.DOTALL)
        assert re.search(r'class="badge bad">\s*1 failed', row)
    page = console(home).get(f"/shopkeeper/tables/{LINES}").text
    row = page.split('id="rule-a_line_usually_sells_one_or_two"')[1].split("</tr>")[0]
    assert re.search(r'class="badge bad">\s*v000004 ✗.*not published.*v000003 ✗', row, re.DOTALL)


def test_a_source_shows_the_rules_of_its_feed(grocer: Grocer, console: Console) -> None:
    page = console(grocer.home).get(f"/shopkeeper/tables/{LINES}").text
    for name in gate_verdicts.OF_FEEDS.keys() - {"the_gate_can_run"}:
        assert f'id="rule-{name}"' in page
    assert "Far more or fewer rows than usual" in page


def test_a_reused_verdict_says_from_where_and_why(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed")), "/tasks/gate_sources")
    assert "Reused from v000001 because neither the table nor its rules have changed." in text
    assert "0 of 31 rows judged in v000001" in text


def test_a_verdict_is_spoken_in_chinese(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed")), "/tasks/gate_sources", "zh-CN")
    assert "quantity 的中位数在 1 与 3 之间" in text
    assert "中位数不在 1–3 之间说明数量单位变了。" in text
    assert "31 行中的 0 行" in text


def test_a_published_gate_shows_its_verdict(grocer: Grocer, shown: Shown) -> None:
    text = shown(grocer.home, run_of("v000002", gate_marts=TaskFacts("success")), "/tasks/gate_marts")
    assert "v000002 published" in text
    assert "2 rules hold" in text


def test_a_failed_test_of_dbt_shows_rows_and_sql(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    run = run_of("v000003", serve__dbt=TaskFacts("failed", failure="marts_keep_every_row ended as fail"))
    text = shown(home, run, "/tasks/serve.dbt")
    assert "Observed 2 rows" in text
    assert "Why it matters A mart of customers or segments has as many rows" in text
    assert "customer_360 ••• 12" in text
    assert "customer_360 success 1,799 1.25" in text
    failed = "Not run, since this failed: marts_keep_every_row ( serve.marts_customers )"
    assert f"{failed} 1 models and tests not run not_asked" in text
    assert "customer_segments reused from v000001 because: nothing new of pos.products" in text


def test_a_model_that_failed_says_why(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    results = home.build("v000003").dbt_run("serve").results
    told = json.loads(results.read_text())
    why = 'Runtime Error in model customer_360\n  Binder Error: column "sold_on" not found\n  \n  LINE 30'
    told["results"][0] |= {"status": "error", "message": why}
    results.write_text(json.dumps(told))
    run = run_of("v000003", serve__marts_customers=TaskFacts("failed", failure="customer_360 ended as error"))
    for path in ("/tasks/serve.marts_customers", "/tasks/serve.marts_customers?model=customer_360"):
        text = shown(home, run, path)
        assert 'Why it failed Runtime Error in model customer_360 Binder Error: column "sold_on"' in text
        assert "\\n" not in text
        assert f"-- {HOSTILE} select customer_id" in text
        assert "What to do next A definition is wrong: correct the model or the test" in text
    text = shown(home, run, "/tasks/serve.marts_customers")
    assert "0 models built 1 models that failed" in text
    text = shown(
        home, replace(run, tasks={"serve.dbt": TaskFacts("failed"), **run.tasks}), "/tasks/serve.dbt"
    )
    assert "Not run, since this failed: customer_360 ( serve.marts_customers )" in text


def test_a_model_shows_its_sql_rows_and_seconds(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    text = shown(
        home,
        run_of("v000003", serve__marts_customers=TaskFacts("failed")),
        "/tasks/serve.marts_customers?model=customer_360",
    )
    assert "Rows 1,799 Seconds 1.25" in text
    assert f"-- {HOSTILE} select customer_id" in text
    assert "One row per customer_id; a second one would count twice." in text


def test_a_folder_shows_its_own_models_and_tests(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    run = run_of("v000003", serve__marts_customers=TaskFacts("failed"))
    text = shown(home, run, "/tasks/serve.marts_customers")
    assert "Verdict: marts_customers" in text
    assert "customer_360 success 1,799 1.25" in text
    assert "customer_segments" not in text


def test_a_reused_model_says_from_where_and_why(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    run = run_of("v000003", serve__dbt=TaskFacts("success"))
    text = shown(home, run, "/tasks/serve.dbt?model=customer_segments")
    assert "Reused from v000001 because: nothing new of pos.products" in text


def test_a_landing_names_files_rows_and_reasons(grocer: Grocer, shown: Shown) -> None:
    stays = [
        {"file": "pos/who: refused .xlsx", "result": "unknown", "why": UNKNOWN, "said": as_json(UNKNOWN)},
    ]
    told = {"stays": stays, "left_count": 34, "refused_file_count": 2}
    landed = TaskFacts("success", ended_at=datetime.now(UTC), returned=told)
    run = replace(run_of(None, land=landed), started_at=datetime.now(UTC) - timedelta(hours=3))
    text = shown(grocer.home, run, "/tasks/land")
    assert "2 files taken" in text
    assert "1 rows refused 1 files refused 32 files left in the inbox" in text
    assert "products_2017.csv pos.products HEADER_MISMATCH" in text
    assert "pos/who: refused .xlsx: unknown: no contract names such a file and 31 more" in text
    text = shown(grocer.home, run, "/tasks/land", "zh")
    assert "pos/who: refused .xlsx: 无对应契约: 没有契约对应这样的文件 及另外 31 个" in text


def test_a_landing_shows_nothing_of_other_landings(grocer: Grocer, shown: Shown) -> None:
    landed = TaskFacts("success", ended_at=BEGAN + timedelta(minutes=1))
    assert "No file was taken." in shown(grocer.home, run_of(None, land=landed), "/tasks/land")


def test_a_reused_step_says_from_where(grocer: Grocer, shown: Shown) -> None:
    step = grocer.home.version("v000002").step("segment_customers")
    step.write_text(json.dumps({**json.loads(step.read_text()), "reused": "v000001"}))
    run = run_of("v000002", segment_customers=TaskFacts("success"))
    text = shown(grocer.home, run, "/tasks/segment_customers")
    assert "Reused from v000001 because nothing that it reads has changed." in text
    assert "Silhouette 0.28" in text


def test_a_result_that_is_gone_is_said_to_be(grocer: Grocer, shown: Shown) -> None:
    text = shown(grocer.home, run_of("v000009", gate_marts=TaskFacts("failed")), "/tasks/gate_marts")
    assert "The results of v000009 are gone" in text


def test_other_dags_have_no_verdict(grocer: Grocer, shown: Shown) -> None:
    text = shown(grocer.home, None, "/tasks/verify_storage", dag="verify_storage")
    assert "only refresh_warehouse does that" in text


def test_a_run_shows_what_it_published(grocer: Grocer, shown: Shown) -> None:
    text = shown(grocer.home, run_of("v000002", publish=TaskFacts("success")))
    assert "Version v000002 as of 2017-01-" in text
    assert "marts.customer_360 67 +3 64 changed" in text
    assert "marts.channel_attribution 24 ±0 24 the same" in text
    assert "What changed against v000001" in text
    assert "features passed 2" in text


def test_a_failed_run_says_why_it_published_nothing(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    text = shown(home, run_of("v000003", gate_sources=TaskFacts("failed", failure="the median is 212")))
    assert "nothing was published" in text
    assert "gate_sources : the median is 212" in text
    assert "Readers see v000002. The build v000003 stays until the next refresh begins" in text


def test_a_failed_verdict_outlives_the_next_refresh(grocer: Grocer, shown: Shown) -> None:
    home = begin_failed_build(grocer.home)
    failed = run_of("v000003", gate_sources=TaskFacts("failed"), serve__dbt=TaskFacts("failed"))
    paths = ("/tasks/gate_sources", "/tasks/serve.dbt")
    before = [shown(home, failed, path) for path in paths]
    keep_verdicts(home)
    shutil.rmtree(home.builds)
    assert [shown(home, failed, path) for path in paths] == before
    assert "Of the build v000003 the verdicts are left." in shown(home, failed)


def test_a_run_with_nothing_new_says_so(grocer: Grocer, shown: Shown) -> None:
    assert "Nothing is new: the published version contains all that counts." in shown(
        grocer.home, run_of(None)
    )


def test_a_queued_run_says_what_it_waits_for(grocer: Grocer, shown: Shown) -> None:
    run = RunFacts("manual__2", "queued", None, None, {"land": TaskFacts(None)}, behind="manual__1")
    version, landing = shown(grocer.home, run), shown(grocer.home, run, "/tasks/land")
    assert "Version: not published yet Queued behind run manual__1 ." in version
    assert "Queued behind run manual__1 ." in landing and "The task has not begun." in landing
    for text in (version, landing):
        assert "nothing was published" not in text and "No file was taken" not in text and "–" not in text


def test_health_names_the_test_that_failed(grocer: Grocer, console: Console) -> None:
    text = console(begin_failed_build(grocer.home)).get("/shopkeeper/").text
    place = f'"/shopkeeper/dags/refresh_warehouse/tasks/serve.dbt"><code>{FAILED_TEST.split(".")[2]}</code></a> failed'
    assert place in text and "not_asked" not in text


def test_only_the_version_that_readers_see_is_current(grocer: Grocer, shown: Shown) -> None:
    published = TaskFacts("success")
    assert "UTC current" in shown(grocer.home, run_of("v000002", publish=published))
    assert "current" not in shown(grocer.home, run_of("v000001", publish=published))

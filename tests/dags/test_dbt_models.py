"""A folder's task: it shows what dbt says of its models and tests, never hangs, and never runs dbt."""

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from shopkeeper.orchestration.dbt_models import POKES_PER_LOOK, DbtModels
from shopkeeper.settings import settings

MODEL = "model.shopkeeper.customer_360"
TEST = "test.shopkeeper.unique_customer_360_customer_id.1a2b3c"


class TaskInstance:
    """What a task may ask Airflow: here only how the dbt task is."""

    dag_id, run_id = "refresh_warehouse", "manual"

    def __init__(self, dbt_state: str) -> None:
        self.dbt_state = dbt_state
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_task_states(self, **_: Any) -> dict[str, dict[str, str]]:
        return {self.run_id: {"serve.dbt": self.dbt_state}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "build" / "v000001" / "dbt" / "serve"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def task() -> DbtModels:
    return DbtModels(
        task_id="marts_customers",
        selector="serve",
        build_id="v000001",
        dbt_task_id="serve.dbt",
        models={MODEL: (TEST,)},
    )


def poke(task: DbtModels, dbt_state: str = "running") -> bool:
    return task.poke({"ti": TaskInstance(dbt_state)})


def log(folder: Path, unique_id: str, status: str, message: str = "") -> None:
    node = {"unique_id": unique_id, "node_status": status, "node_finished_at": "2017-01-08T12:00:00"}
    with (folder / "dbt.log").open("a") as file:
        file.write(json.dumps({"data": {"node_info": node}, "info": {"msg": message}}) + "\n")


def compile_sql(folder: Path, name: str, sql: str) -> None:
    file = folder / "compiled" / "shopkeeper" / "models" / "marts" / f"{name}.sql"
    file.parent.mkdir(parents=True)
    file.write_text(sql)


def end(folder: Path, **statuses: str) -> None:
    ids = {"model": MODEL, "test": TEST}
    results = [{"unique_id": ids[key], "status": s, "message": "3 rows"} for key, s in statuses.items()]
    (folder / "run_results.json").write_text(json.dumps({"results": results}))


def test_a_task_waits_for_a_model_and_its_tests(folder: Path, task: DbtModels) -> None:
    assert not poke(task)
    log(folder, MODEL, "started")
    assert not poke(task)
    log(folder, MODEL, "success")
    assert not poke(task)
    log(folder, TEST, "pass")
    assert poke(task)


def test_a_half_written_log_line_is_read_later(folder: Path, task: DbtModels) -> None:
    log(folder, MODEL, "success")
    log(folder, TEST, "pass")
    whole = (folder / "dbt.log").read_text()
    (folder / "dbt.log").write_text(whole[:-30])
    assert not poke(task)
    (folder / "dbt.log").write_text(whole)
    assert poke(task)


@pytest.mark.parametrize("status", ["error", "fail", "skipped"])
def test_a_failure_is_red_at_once_and_not_retried(folder: Path, task: DbtModels, status: str) -> None:
    log(folder, TEST, status, "FAIL 3 unique_customer_360_customer_id")
    with pytest.raises(AirflowFailException, match=f"ended as {status}: FAIL 3"):
        poke(task)


def test_dbts_results_count_where_its_log_was_lost(folder: Path, task: DbtModels) -> None:
    end(folder, model="success", test="pass")
    assert poke(task)


def test_a_model_that_dbt_ended_without_is_red(folder: Path, task: DbtModels) -> None:
    end(folder, model="success")
    with pytest.raises(AirflowFailException, match="ended without"):
        poke(task)


@pytest.mark.parametrize("state", ["failed", "upstream_failed"])
def test_a_model_does_not_wait_for_a_dead_dbt(folder: Path, task: DbtModels, state: str) -> None:
    with pytest.raises(AirflowFailException, match=state):
        for _ in range(POKES_PER_LOOK):
            assert not poke(task, state)


def test_a_task_makes_room_for_a_retried_dbt(folder: Path, task: DbtModels) -> None:
    with pytest.raises(AirflowException) as raised:
        for _ in range(POKES_PER_LOOK):
            poke(task, "up_for_retry")
    assert not isinstance(raised.value, AirflowFailException), "it must be tried again itself"


def test_a_reused_model_says_from_where_and_why(
    folder: Path, task: DbtModels, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"judged_in": "v000003", "why": "nothing new of pos.products", "table": None}
    (folder / "reused.json").write_text(json.dumps({MODEL: told, TEST: told}))
    assert poke(task)
    assert "reused from v000003 because: nothing new of pos.products" in capsys.readouterr().out


def test_a_models_template_is_its_sql_rows_and_seconds(folder: Path, task: DbtModels) -> None:
    compile_sql(folder, "customer_360", "select 1")
    data = {"node_info": {"unique_id": MODEL, "node_status": "success", "node_finished_at": "now"}}
    facts = {"execution_time": 1.25, "row_count": 1799}
    (folder / "dbt.log").write_text(json.dumps({"data": data | facts, "info": {"msg": "OK"}}) + "\n")
    log(folder, TEST, "pass")
    assert poke(task)
    assert task.template_fields == ("customer_360.sql",)
    assert getattr(task, "customer_360.sql") == "-- success, 1,799 rows in 1.25 s\nselect 1"


def test_a_folder_waits_for_each_of_its_models(folder: Path, task: DbtModels) -> None:
    other = "model.shopkeeper.customer_segments"
    task.models = {MODEL: (TEST,), other: ()}
    log(folder, MODEL, "success")
    log(folder, TEST, "pass")
    assert not poke(task)
    assert task.template_fields == ("customer_360.sql",)
    log(folder, other, "success")
    assert poke(task)


def test_a_failure_names_the_models_that_are_sound(
    folder: Path, task: DbtModels, capsys: pytest.CaptureFixture[str]
) -> None:
    task.models = {"model.shopkeeper.customer_segments": (), MODEL: (TEST,)}
    log(folder, "model.shopkeeper.customer_segments", "success")
    log(folder, MODEL, "success")
    log(folder, TEST, "fail", "FAIL 3 unique")
    with pytest.raises(AirflowFailException, match="customer_id ended as fail"):
        poke(task)
    said = capsys.readouterr().out
    assert "customer_segments: success" in said
    assert "customer_360: success" in said


def test_what_was_skipped_is_not_called_the_cause(folder: Path, task: DbtModels) -> None:
    log(folder, MODEL, "skipped")
    log(folder, TEST, "fail", "FAIL 3 unique")
    with pytest.raises(AirflowFailException, match="customer_id ended as fail"):
        poke(task)


def test_a_failed_test_shows_its_rows_and_sql(
    folder: Path, task: DbtModels, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_sql(folder, "unique_customer_360_customer_id", "select customer_id, count(*)")
    node = {"unique_id": TEST, "node_status": "fail", "node_finished_at": "now"}
    data = {"node_info": node, "failing_rows": [{"customer_id": "•••", "row_count": 2}]}
    (folder / "dbt.log").write_text(json.dumps({"data": data, "info": {"msg": "FAIL 1"}}) + "\n")
    with pytest.raises(AirflowFailException):
        poke(task)
    said = capsys.readouterr().out
    assert '{"customer_id": "•••", "row_count": 2}' in said
    assert "select customer_id, count(*)" in said


def test_a_models_error_says_why_before_all_else(
    folder: Path, task: DbtModels, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_sql(folder, "customer_360", "select no_such_column\nfrom customers")
    task.models = {"model.shopkeeper.customer_segments": (), MODEL: (TEST,)}
    log(folder, "model.shopkeeper.customer_segments", "success")
    node = {"unique_id": MODEL, "node_status": "error", "node_finished_at": "now"}
    why = 'Runtime Error in model customer_360\n  Binder Error: column "no_such_column" not found'
    with (folder / "dbt.log").open("a") as file:
        file.write(
            json.dumps({"data": {"node_info": node, "why": why}, "info": {"msg": "2 of 2 ERROR"}}) + "\n"
        )
    ti = TaskInstance("running")
    with pytest.raises(AirflowFailException) as raised:
        task.poke({"ti": ti})
    lines = [line for line in capsys.readouterr().out.splitlines() if "]" in line]
    assert "customer_360 ended as error: Runtime Error" in lines[0]
    said = "\n".join(lines)
    assert said.count('Binder Error: column "no_such_column" not found') == 2, "in the verdict, then whole"
    assert said.index("Binder Error") < said.index("select no_such_column") < said.index("What to do next")
    assert said.index("What to do next") < said.index("customer_segments: success")
    assert "\\n" not in said
    assert "no_such_column" in ti.pushed["failure"]["message"]
    assert (ti.pushed["failure"]["is_consequence"], ti.pushed["failure"]["exit_status"]) == (False, 2)
    assert getattr(raised.value, "is_logged", False)


def test_what_was_not_run_names_what_failed_and_where(
    folder: Path, task: DbtModels, capsys: pytest.CaptureFixture[str]
) -> None:
    home = folder.parents[3]
    places = [
        {"name": "marts_customers", "models": {MODEL: [TEST]}, "parents": []},
        {"name": "marts_sales", "models": {"model.shopkeeper.sales": ["test.shopkeeper.few"]}, "parents": []},
    ]
    (home / "airflow").mkdir()
    (home / "airflow" / "model_graph.json").write_text(json.dumps({"selectors": {"serve": places}}))
    log(folder, "test.shopkeeper.few", "fail", "FAIL 3 few")
    log(folder, MODEL, "skipped")
    log(folder, TEST, "skipped")
    ti = TaskInstance("running")
    with pytest.raises(AirflowFailException, match=r"^not run: few failed in serve\.marts_sales$"):
        task.poke({"ti": ti})
    assert (ti.pushed["failure"]["is_consequence"], ti.pushed["failure"]["exit_status"]) == (True, 3)
    assert ti.pushed["failure"]["said"]["facts"] == {"node": "few", "task": "serve.marts_sales"}
    assert capsys.readouterr().out.count("not run: few failed") == 1


def test_a_failing_test_is_told_not_what_it_skipped(folder: Path, task: DbtModels) -> None:
    task.models = {"model.shopkeeper.early": ("test.shopkeeper.late",), MODEL: (TEST,)}
    log(folder, "model.shopkeeper.early", "success")
    log(folder, MODEL, "success")
    log(folder, TEST, "fail", "FAIL 3 unique")
    log(folder, "test.shopkeeper.late", "skipped")
    with pytest.raises(AirflowFailException, match="customer_id ended as fail"):
        poke(task)

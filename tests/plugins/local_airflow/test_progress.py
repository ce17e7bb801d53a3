"""What a person sees of a run: steps in order, folders counted, work that is not counted twice."""

from shopkeeper.local_airflow.client import TaskState
from shopkeeper.local_airflow.progress import step_states
from shopkeeper.local_airflow.summary import Duration, covered
from shopkeeper.pipeline.registry import STEPS


def task(
    task_id: str, state: str | None, started: float | None = None, ended: float | None = None
) -> TaskState:
    return TaskState(task_id, state, started, ended, 1)


def test_steps_have_a_fixed_order_for_any_answer() -> None:
    tasks = [task(name, None) for name in reversed(STEPS)]
    assert [step.name for step in step_states(tasks, 0.0)] == list(STEPS)


def test_a_dbt_step_counts_only_its_folders() -> None:
    tasks = [
        task("standardize.dbt", "running", 10.0),
        task("standardize.staging_pos", "success", 10.0, 12.0),
        task("standardize.input", "running", 12.0),
        task("standardize.staging_crm", None),
    ]
    (step,) = step_states(tasks, now=15.0)
    assert (step.state, step.folders, step.seconds) == ("running", "1 of 3 folders of models", 5.0)


def test_a_step_is_red_when_one_folder_is() -> None:
    tasks = [task("serve.dbt", "running", 1.0), task("serve.marts_customers", "failed", 1.0, 2.0)]
    assert step_states(tasks, 3.0)[0].state == "failed"


def test_what_comes_after_a_failure_was_not_run() -> None:
    assert step_states([task("publish", "upstream_failed")], 3.0)[0].state == "not run"


def test_skipped_steps_are_not_called_done() -> None:
    assert step_states([task("publish", "skipped")], 3.0)[0].state == "skipped"


def test_two_tasks_that_worked_side_by_side_are_counted_once() -> None:
    assert covered([(10.0, 14.0), (12.0, 16.0), (20.0, 21.0)]) == 7.0
    assert covered([(0.0, 10.0), (2.0, 3.0)]) == 10.0
    assert covered([]) == 0.0


def test_airflows_share_is_what_the_steps_did_not_work() -> None:
    assert Duration(wall=60.0, work=45.0).airflow == 15.0

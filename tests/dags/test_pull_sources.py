"""Each source is pulled by a task of its own, with Airflow's connections; the inbox is announced once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from tests.plugins.connectors.web_shop import write_retailer

from shopkeeper import connectors
from shopkeeper.connectors import Pulled, Source
from shopkeeper.orchestration import pulls
from shopkeeper.orchestration.assets import INBOX
from shopkeeper.retailers import read_retailer


@pytest.fixture
def dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The DAG of a web shop with a database and a bucket."""
    from airflow.sdk import DAG

    write_retailer(tmp_path / "web_shop")
    monkeypatch.setattr(pulls, "FEEDS", read_retailer(tmp_path / "web_shop").pulls)
    monkeypatch.setenv(
        "AIRFLOW_CONN_SHOP_DATABASE", "postgres://shop:s3cret-Quintana@db.example:5433/orders?sslmode=require"
    )
    with DAG("pull_sources") as made:
        pulls.pull_all()
    yield made


def answering(monkeypatch: pytest.MonkeyPatch, pulled: Pulled) -> list[tuple[str, Source]]:
    asked: list[tuple[str, Source]] = []

    def pull(home: Any, feed: str, source: Source) -> Pulled:
        asked.append((feed, source))
        return pulled

    monkeypatch.setattr(connectors, "pull", pull)
    return asked


def test_each_feed_has_a_task_and_announces_the_inbox_once(dag: Any) -> None:
    assert set(dag.task_ids) == {"web__orders", "depot", "announce", "done"}
    assert [task.task_id for task in dag.tasks if INBOX in task.outlets] == ["announce"]
    assert dag.get_task("announce").upstream_task_ids == {"web__orders", "depot"}
    assert dag.get_task("announce").trigger_rule == "all_done_min_one_success"


def test_a_red_pull_makes_the_run_red(dag: Any) -> None:
    done = dag.get_task("done")
    assert (done.trigger_rule, done.upstream_task_ids) == ("none_failed", {"web__orders", "depot"})
    assert done in dag.leaves


def test_a_retailer_without_pulls_has_no_task_and_no_schedule(bag: Any) -> None:
    assert bag.dags["pull_sources"].task_ids == []
    assert bag.dags["pull_sources"].schedule is None


def test_a_connections_secrets_reach_the_connector_and_no_result(
    dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, Pulled(("orders_000001.parquet",), 3))
    assert dag.get_task("web__orders").python_callable() == {"files": 1, "rows": 3}
    feed, source = asked[0]
    assert (feed, source.host, source.port, source.schema) == ("web.orders", "db.example", 5433, "orders")
    assert (source.login, source.password, source.extra["sslmode"]) == ("shop", "s3cret-Quintana", "require")
    assert "s3cret" not in repr(source)


def test_a_pull_that_finds_nothing_is_skipped(dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Pulled())
    with pytest.raises(AirflowSkipException):
        dag.get_task("web__orders").python_callable()


def test_a_connection_that_nobody_made_is_one_line(dag: Any) -> None:
    with pytest.raises(AirflowFailException, match="no Airflow connection shop_bucket; add it"):
        dag.get_task("depot").python_callable()

"""The dbt project as a whole: its unit tests, its selectors, its tests on a build, no second parsing."""

import json
from collections import Counter
from decimal import Decimal
from inspect import unwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.builds import QUIET, Build, Grocer, file, line, parsed_project, places, run_dbt
from tests.shop.real_slice import real_rows

from shopkeeper.dbt_runner import runs as dbt_runs

SELECTORS = ("standardize", "integrate", "serve")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    grocer = Grocer(tmp_path_factory.mktemp("grocer"))
    return grocer.refresh(*(file(table, f"{table}_all", rows) for table, rows in real_rows().items()))


def ended(build: Build, *command: str) -> dict[str, str]:
    """Run dbt and return how each node ended."""
    result = run_dbt(build.folder, *command)
    assert result.result, result.exception
    ended = {each.node.unique_id: str(each.status) for each in result.result}
    return {name: status for name, status in ended.items() if not name.startswith("operation.")}


def test_the_cleaning_rules_do_what_they_say(build: Build) -> None:
    outcomes = ended(build, "test", "--resource-type", "unit_test")
    assert len(outcomes) >= 9
    assert set(outcomes.values()) == {"pass"}, [name for name, status in outcomes.items() if status != "pass"]


def test_each_model_and_test_is_run_by_exactly_one_selector(tmp_path: Path) -> None:
    nodes = [
        name
        for name, node in parsed_project().nodes.items()
        if node.config.enabled and node.resource_type in ("model", "test", "unit_test")
    ]
    chosen: Counter[str] = Counter()
    for selector in SELECTORS:
        listed = run_dbt(
            tmp_path, "list", *dbt_runs.selection(selector), "--output", "json", "--output-keys", "unique_id"
        )
        names = (json.loads(line)["unique_id"] for line in listed.result)
        chosen.update(name for name in names if name in nodes)
    assert chosen == Counter(nodes)


def test_revenue_is_what_the_tills_wrote_to_the_cent(build: Build) -> None:
    written = sum(Decimal(line["sales_value"]) for line in real_rows()["transaction_lines"])
    assert build.query("select sum(net_amount) from core.fct_transactions") == [(written,)]


@pytest.mark.slow
def test_a_real_build_passes_and_a_second_run_changes_nothing(build: Build) -> None:
    pay(build, Decimal("0.00"))
    before = build.contents("input", "intermediate", "core", "features", "meta")
    for selector in SELECTORS:
        outcomes = ended(
            build, "build", *dbt_runs.selection(selector), "--exclude-resource-type", "unit_test"
        )
        bad = {name for name, status in outcomes.items() if status not in ("success", "pass", "warn")}
        assert not bad, selector
    assert build.contents("input", "intermediate", "core", "features", "meta") == before


@pytest.mark.slow
def test_prices_below_a_cent_are_thousandths_of_a_gallon(tmp_path: Path) -> None:
    measured = {
        "a fill of 10.862 gallons": ("10862", "26.49", "0.00", "gallon", "10.862"),
        "fuel paid back": ("-10862", "-26.49", "0.00", "gallon", "-10.862"),
        "a few drops": ("10", "0.03", "0.00", "gallon", "0.010"),
        "a prepaid fill": ("1", "20.00", "0.00", "piece", "1.000"),
        "a crate of corn": ("144", "24.00", "0.00", "piece", "144.000"),
        "three sweets at a cent each": ("3", "0.03", "0.00", "piece", "3.000"),
        "nearly free with the card": ("2", "0.01", "3.99", "piece", "2.000"),
        "given away": ("9", "0.00", "0.00", "piece", "9.000"),
    }
    lines = [
        line("311", product, sales, quantity=quantity, retail_disc=discount)
        for product, (quantity, sales, discount, _, _) in measured.items()
    ]
    sold = Grocer(tmp_path).refresh(file("transaction_lines", "transaction_lines_2017_w02.csv.gz", lines))
    rows = sold.query("select product_id, unit_of_measure, unit_quantity from core.fct_transaction_lines")
    assert {product: (unit, str(quantity)) for product, unit, quantity in rows} == {
        product: (unit, quantity) for product, (_, _, _, unit, quantity) in measured.items()
    }


def test_credit_that_is_a_cent_off_revenue_fails(build: Build) -> None:
    pay(build, Decimal("0.01"))
    bad = {
        name
        for name, status in ended(build, "build", *dbt_runs.selection("serve")).items()
        if status == "fail"
    }
    assert {name.split(".")[2] for name in bad} == {"credit_equals_revenue"}


def pay(build: Build, too_much: Decimal) -> None:
    """Write credits of one model that are too high by so much."""
    revenue = build.query("select sum(net_amount) from core.fct_transactions where net_amount > 0")[0][0]
    credits = {
        "attribution_model": ["last", "last"],
        "transaction_id": ["1", "2"],
        "touch_number": pa.array([1, 0], pa.int32()),
        "touchpoint_id": ["1", None],
        "channel": ["display", "no_touch"],
        "conversion_count": pa.array([Decimal(1), Decimal(2)], pa.decimal128(18, 9)),
        "credited_amount": pa.array(
            [Decimal("10.00"), revenue - Decimal("10.00") + too_much], pa.decimal128(18, 2)
        ),
    }
    pq.write_table(pa.table(credits), build.folder / "scores" / "touch_credits.parquet")


@pytest.mark.slow
def test_another_build_does_not_parse_the_project_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager import EventManager

    # "Skipping" is a debug event, which a refresh drops.
    monkeypatch.setattr(EventManager, "fire_event", unwrap(EventManager.fire_event))
    said: list[str] = []
    for name in ("v000001", "v000002"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("SHOPKEEPER_BUILD", str(tmp_path / name))
        said.clear()
        runner = dbtRunner(callbacks=[lambda event: said.append(event.info.msg)])
        assert runner.invoke([*QUIET, "parse", *places(tmp_path / "parsed")]).success
    assert not [message for message in said if "Unable to do partial parsing" in message]
    assert [message for message in said if "skipping parsing" in message]


def test_dbt_without_a_build_says_who_runs_it(tmp_path: Path) -> None:
    result = run_dbt(tmp_path / "nowhere", "run", "--select", "refresh")
    assert "`shopkeeper refresh` runs dbt" in str(result.exception)

"""The till's files, checked against their contract and their own history."""

import socket
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.shop.gated import (
    FIRST_MONDAY,
    LINES,
    Grocer,
    line,
    rule_of,
    stored,
    text_of,
    week_of_lines,
)

from shopkeeper import quality
from shopkeeper.contracts import Catalog, Rule, suites
from shopkeeper.errors import GateFailed
from shopkeeper.paths import Home
from shopkeeper.quality import gates, tables

VOLUME = "row_count_of_a_batch_is_usual"
REPETITION = "repeated_key_rate_of_a_batch_is_low"
AGE = "feed_age_days_is_within_its_limit"


@pytest.fixture
def grocer(tmp_path: Path) -> Grocer:
    return Grocer(Home(tmp_path))


def test_a_first_week_passes_without_a_comparison(grocer: Grocer) -> None:
    grocer.land_weeks([0], status="new")
    build = grocer.begin()
    result = quality.gate("sources", build)
    assert result.has_passed
    assert (stored(build, "sources")["build_id"], stored(build, "sources")["has_passed"]) == ("v000007", True)
    assert rule_of(build, "sources", VOLUME)["observed"].startswith("nothing to compare with")
    assert rule_of(build, "sources", REPETITION)["observed"].startswith("nothing to compare with")


@pytest.mark.parametrize("name", ["x [ho]*me", "a*", "k=v", "product_id=5", "it's", "#1 50%"])
def test_special_characters_in_a_homes_path_change_no_verdict(tmp_path: Path, name: str) -> None:
    verdicts = []
    for folder in ("plain", name):
        grocer = Grocer(Home(tmp_path / folder))
        grocer.land_weeks(range(3))
        grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(2, count=100))
        build = grocer.begin()
        with pytest.raises(GateFailed, match="repeated_key_rate 100% in transaction_lines_week_03"):
            quality.gate("sources", build)
        verdicts.append(stored(build, "sources")["rules"])
    assert verdicts[0] == verdicts[1]


def test_a_gate_spills_into_its_build(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    look = gates._validate

    def listening(context: Any, source: Any, table: Any, build: Any) -> Any:
        asked.append(gates._query(source, "select current_setting('temp_directory') as place")[0]["place"])
        return look(context, source, table, build)

    monkeypatch.setattr(gates, "_validate", listening)
    grocer.land_weeks([0], status="new")
    quality.gate("sources", grocer.begin())
    assert asked == [str(grocer.build.temp)]


def test_prices_in_cents_stop_the_refresh_with_a_clear_message(grocer: Grocer) -> None:
    grocer.land("transaction_lines_week_00.csv.gz", week_of_lines(0, sales_value="250"))
    build = grocer.begin()
    with pytest.raises(GateFailed) as failure:
        quality.gate("sources", build)
    assert "pos.transaction_lines: the_average_line_costs_a_few_dollars (250.0)" in str(failure.value)
    assert "docs/runbooks/a-gate-failed.md" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert stored(build, "sources")["has_passed"] is False


def test_a_basket_of_two_households_is_shown_masked(grocer: Grocer) -> None:
    lines = week_of_lines(0)
    lines.append(line(0, 7, FIRST_MONDAY, household_id="990001"))
    grocer.land("transaction_lines_week_00.csv.gz", lines)
    build = grocer.begin()
    with pytest.raises(GateFailed, match="a_basket_has_one_household_store_and_time"):
        quality.gate("sources", build)
    rule = rule_of(build, "sources", "a_basket_has_one_household_store_and_time")
    assert rule["failing_rows"] == [{"basket_id": "31198570000", "line_count": 3}]
    assert rule["reason"].startswith("A basket is one visit")
    assert rule["origins"] == ["transaction_lines_week_00.csv.gz:2, 3, 202"]
    assert rule["batch_ids"] == [grocer.batches[0]["batch_id"]]


def test_the_sql_of_a_source_runs_in_the_data_home(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [*week_of_lines(0), line(0, 7, FIRST_MONDAY, household_id="990001")]
    grocer.land("transaction_lines_week_00.csv.gz", lines)
    with pytest.raises(GateFailed):
        quality.gate("sources", grocer.begin())
    monkeypatch.chdir(grocer.home.root)
    batch_ids = [batch["batch_id"] for batch in grocer.batches]
    asked = {rule.name: quality.raw_sql(LINES, rule, batch_ids) for rule in suites.rules(LINES)}
    for sql in filter(None, asked.values()):
        duckdb.sql(sql).fetchall()
    sql = asked["a_basket_has_one_household_store_and_time"] or ""
    assert str(grocer.home.root) not in sql
    assert duckdb.sql(sql).fetchall() == [("31198570000", 3)]


def test_a_count_says_of_what(grocer: Grocer) -> None:
    lines = [*week_of_lines(0), line(0, 7, FIRST_MONDAY, household_id="990001")]
    grocer.land("transaction_lines_week_00.csv.gz", lines)
    with pytest.raises(GateFailed, match=r"one_household_store_and_time \(1 rows\)"):
        quality.gate("sources", grocer.begin())


def test_a_group_over_files_names_each_with_its_lines(grocer: Grocer) -> None:
    for number in range(12):
        other = line(0, number, FIRST_MONDAY, household_id=f"99{number:04}")
        grocer.land(f"day_{number:02}.csv", [other, line(number + 50, 0, FIRST_MONDAY)])
    build = grocer.begin()
    with pytest.raises(GateFailed, match="a_basket_has_one_household_store_and_time"):
        quality.gate("sources", build)
    rule = rule_of(build, "sources", "a_basket_has_one_household_store_and_time")
    named = sorted(rule["origins"][0].split("; "))
    assert named == [f"day_{number:02}.csv:2" for number in range(12)]
    assert len(rule["batch_ids"]) == 12


def test_a_row_that_no_column_follows_is_not_guessed(grocer: Grocer) -> None:
    grocer.land("week_0.csv", week_of_lines(0, count=100))
    grocer.land("week_1.csv", week_of_lines(1, count=20, sales_value="0.00"))
    build = grocer.begin()
    quality.gate("sources", build)
    rule = rule_of(build, "sources", "zero_value_lines_stay_rare")
    assert (rule["failing_rows"], rule["origins"]) == ([{"line_count": 120, "free_line_count": 20}], [""])


def test_the_only_file_is_named_without_a_line(grocer: Grocer) -> None:
    lines = [*week_of_lines(0, count=100), *week_of_lines(1, count=20, sales_value="0.00")]
    grocer.land("week_0.csv", lines)
    build = grocer.begin()
    quality.gate("sources", build)
    assert rule_of(build, "sources", "zero_value_lines_stay_rare")["origins"] == ["week_0.csv"]


def test_a_warning_is_recorded_and_stops_nothing(grocer: Grocer) -> None:
    lines = [*week_of_lines(0, count=100), *week_of_lines(1, count=20, sales_value="0.00")]
    grocer.land("transaction_lines_week_00.csv.gz", lines)
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed
    rule = rule_of(build, "sources", "zero_value_lines_stay_rare")
    assert (rule["has_passed"], rule["severity"]) == (False, "warning")
    assert rule["failing_rows"] == [{"line_count": 120, "free_line_count": 20}]


@pytest.mark.parametrize("count", [2010, 18])
def test_case_33_ten_times_more_or_fewer_rows_stop_refreshes(grocer: Grocer, count: int) -> None:
    grocer.land_weeks(range(4))
    grocer.land("transaction_lines_week_04.csv.gz", week_of_lines(4, count=count))
    build = grocer.begin()
    with pytest.raises(GateFailed, match=f"row_count {count:,} in transaction_lines_week_04.csv.gz"):
        quality.gate("sources", build)
    (row,) = rule_of(build, "sources", VOLUME)["failing_rows"]
    assert (row["row_count"], row["median_row_count"]) == (count, 200)


def test_case_33_an_empty_feed_stops_the_refresh(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03.csv.gz", [])
    with pytest.raises(GateFailed, match="row_count 0 in transaction_lines_week_03"):
        quality.gate("sources", grocer.begin())


def test_a_short_first_week_does_not_fail_full_weeks(grocer: Grocer) -> None:
    grocer.land("transaction_lines_week_00.csv.gz", week_of_lines(0, count=26))
    for week in range(1, 5):
        grocer.land(f"transaction_lines_week_{week:02}.csv.gz", week_of_lines(week))
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed
    assert rule_of(build, "sources", VOLUME)["observed"].startswith("2 batches compared")


def test_case_33_yesterdays_data_under_a_new_name_stops_refreshes(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    again = [*week_of_lines(2)[:-1], line(777, 9, FIRST_MONDAY)]
    grocer.land("transaction_lines_week_03.csv.gz", again)
    build = grocer.begin()
    with pytest.raises(GateFailed, match="repeated_key_rate 100% in transaction_lines_week_03"):
        quality.gate("sources", build)


@pytest.mark.parametrize("mark", ["_r2", "-v2", " (1)", "_corrected"])
def test_a_revision_repeats_the_file_that_it_states_again(grocer: Grocer, mark: str) -> None:
    grocer.land_weeks(range(3))
    grocer.land(f"transaction_lines_week_02{mark}.csv.gz", week_of_lines(2, count=210))
    assert quality.gate("sources", grocer.begin()).has_passed


def test_a_revision_of_one_file_may_not_repeat_another(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03_r2.csv.gz", week_of_lines(2))
    with pytest.raises(GateFailed, match="repeated_key_rate 100%"):
        quality.gate("sources", grocer.begin())


def test_states_of_known_keys_are_no_repetition(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LINES.file is not None
    states = replace(LINES, file=replace(LINES.file, delivery="upserts"))
    monkeypatch.setattr(tables, "catalog", lambda: Catalog((states,), (), (), ()))
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(2)[:50])
    assert quality.gate("sources", grocer.begin()).has_passed


def test_a_week_that_arrives_late_between_others_is_welcome(grocer: Grocer) -> None:
    grocer.land_weeks([0, 1, 3, 4])
    grocer.land_weeks([2], status="new")
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tills' contract with no column that identifies a line."""
    columns = tuple(replace(column, is_key=False) for column in LINES.columns)
    sources = Catalog((replace(LINES, columns=columns),), (), (), ())
    monkeypatch.setattr(tables, "catalog", lambda: sources)


@pytest.mark.usefixtures("keyless")
def test_without_a_key_a_repeated_file_stops_the_refresh(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(2)[::-1])
    with pytest.raises(GateFailed, match="repeated_key_rate 100% in transaction_lines_week_03"):
        quality.gate("sources", grocer.begin())


@pytest.mark.usefixtures("keyless")
def test_without_a_key_equal_lines_are_no_repetition(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03.csv.gz", [*week_of_lines(2), line(777, 9, FIRST_MONDAY)])
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed
    assert rule_of(build, "sources", REPETITION)["observed"].startswith("1 batches compared")


@pytest.mark.parametrize("column", ["returned_basket_id", "product_id"])
def test_what_landed_before_a_column_came_is_judged_without_it(grocer: Grocer, column: str) -> None:
    grocer.land_weeks(range(2), status="new")
    grocer.land("transaction_lines_second_till_week_01.csv.gz", [line(999_999, 1, FIRST_MONDAY)])
    build = grocer.begin()
    for batch in grocer.batches[:2]:
        path = grocer.home.raw / "pos" / "transaction_lines" / f"{batch['batch_id']}.parquet"
        pq.write_table(pq.read_table(path).drop_columns(column), path)
    assert quality.gate("sources", build).has_passed


def test_an_earlier_file_that_has_lost_rows_stops_the_comparison(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(2, count=100))
    build = grocer.begin()
    path = grocer.home.raw / "pos" / "transaction_lines" / f"{grocer.batches[2]['batch_id']}.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(GateFailed, match="its receipt says"):
        quality.gate("sources", build)


def test_a_gate_asks_columns_whose_names_need_quotes(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"week": "Week no.", "store_id": "order", "retail_disc": "折扣(元) 50% off"}
    columns = tuple(replace(column, name=names.get(column.name, column.name)) for column in LINES.columns)
    between = "expect_column_values_to_be_between"
    rules = (
        Rule(
            "every_line_has_a_week",
            "expect_column_values_to_not_be_null",
            {"column": "Week no."},
            "critical",
            "",
        ),
        Rule(
            "the_store_is_330",
            "expect_column_values_to_be_in_set",
            {"column": "order", "value_set": ["330"]},
            "critical",
            "",
        ),
        Rule("discounts_are_large", between, {"column": "折扣(元) 50% off", "min_value": 5}, "warning", ""),
    )
    sources = Catalog((replace(LINES, columns=columns, rules=rules),), (), (), ())
    monkeypatch.setattr(tables, "catalog", lambda: sources)
    grocer.land("transaction_lines_week_00.csv.gz", week_of_lines(0, count=20))
    (raw,) = (grocer.home.raw / "pos" / "transaction_lines").glob("*.parquet")
    pq.write_table(
        pq.read_table(raw).rename_columns([*(column.name for column in columns), "_line_number"]), raw
    )
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed
    assert rule_of(build, "sources", "the_store_is_330")["observed"] == "0 of 20 rows"
    large = rule_of(build, "sources", "discounts_are_large")
    assert (large["observed"], len(large["failing_rows"])) == ("20 of 20 rows", 20)


def test_a_home_may_lie_in_a_folder_with_any_name(tmp_path: Path) -> None:
    grocer = Grocer(Home(tmp_path / "shop [north] day=1"))
    grocer.land_weeks(range(3))
    grocer.land("transaction_lines_second_till_week_02.csv.gz", week_of_lines(2)[:20])
    with pytest.raises(GateFailed, match="repeated_key_rate 100%"):
        quality.gate("sources", grocer.begin())


def test_other_baskets_of_the_same_days_are_no_repetition(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    other_till = [{**row, "basket_id": f"4{row['basket_id']}"} for row in week_of_lines(2)]
    grocer.land("transaction_lines_second_till_week_02.csv.gz", other_till)
    build = grocer.begin()
    assert quality.gate("sources", build).has_passed
    assert rule_of(build, "sources", REPETITION)["observed"].startswith("1 batches compared")


def test_a_restatement_is_not_held_against_what_it_replaces(grocer: Grocer) -> None:
    grocer.land_weeks(range(3))
    grocer.land_weeks([3], status="withdrawn")
    grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(3, sales_value="2.75"))
    assert quality.gate("sources", grocer.begin()).has_passed


@pytest.mark.parametrize("is_contained", [True, False])
def test_a_resent_file_of_the_version_is_not_judged(grocer: Grocer, is_contained: bool) -> None:
    grocer.land_weeks(range(4))
    holiday = week_of_lines(3)[:2]
    grocer.land("transaction_lines_holiday.csv.gz", holiday, is_contained=is_contained)
    build = grocer.begin()
    if is_contained:
        assert quality.gate("sources", build).has_passed
    else:
        with pytest.raises(GateFailed):
            quality.gate("sources", build)


def test_replayed_rows_are_not_judged_as_a_feed(grocer: Grocer) -> None:
    grocer.land_weeks(range(4))
    grocer.land("transaction_lines_week_03.csv.gz", week_of_lines(3)[:2], replay_of="ab12")
    assert quality.gate("sources", grocer.begin()).has_passed


def test_a_feed_that_has_stopped_is_a_warning(grocer: Grocer) -> None:
    grocer.land_weeks([0], status="new")
    build = grocer.begin(as_of=date(2017, 2, 1))
    assert quality.gate("sources", build).has_passed
    rule = rule_of(build, "sources", AGE)
    assert (rule["has_passed"], rule["severity"]) == (False, "warning")
    assert rule["observed"] == "feed_age_days 24, newest business date 2017-01-08"


def test_with_nothing_new_only_the_age_is_asked(grocer: Grocer) -> None:
    grocer.land_weeks(range(2))
    rules = quality.gate("sources", grocer.begin()).rules
    assert {rule.rule for rule in rules} == {"feed_age_days_is_within_its_limit"}


def test_a_gate_that_cannot_run_has_failed_and_says_why(grocer: Grocer) -> None:
    grocer.land_weeks([0], status="new")
    build = grocer.begin()
    (landed,) = (build.landed / "pos" / "transaction_lines").iterdir()
    landed.unlink()
    landed.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(GateFailed, match="could not run and counts as failed"):
        quality.gate("sources", build)
    result = stored(build, "sources")
    assert result["has_passed"] is False
    assert result["rules"][0]["rule"] == "the_gate_can_run"


def test_a_rule_that_gx_silently_drops_fails_the_gate(
    grocer: Grocer, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = suites.suite

    def without_one(contract):
        suite = compiled(contract)
        return {**suite, "expectations": [{**suite["expectations"][0], "type": "expect_miracles"}]}

    monkeypatch.setattr(suites, "suite", without_one)
    grocer.land_weeks([0], status="new")
    with pytest.raises(GateFailed, match="GX did not ask"):
        quality.gate("sources", grocer.begin())


def test_a_gate_talks_to_no_other_machine(grocer: Grocer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a gate opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    grocer.land_weeks([0], status="new")
    assert quality.gate("sources", grocer.begin()).has_passed


def test_a_gate_that_nobody_built_is_no_gate(grocer: Grocer) -> None:
    grocer.land_weeks([0], status="new")
    with pytest.raises(GateFailed, match="back_door is not one of the gates"):
        quality.gate("back_door", grocer.begin())


def test_no_household_is_named_in_results_or_docs(grocer: Grocer) -> None:
    lines = [*week_of_lines(0), line(0, 7, FIRST_MONDAY, household_id="990001")]
    grocer.land("transaction_lines_week_00.csv.gz", lines)
    build = grocer.begin()
    with pytest.raises(GateFailed):
        quality.gate("sources", build)
    quality.write_data_docs(build)
    written = text_of(build.gates) + text_of(build.docs / "gates")
    assert "a basket has one household store and time" in written
    assert not {str(row["household_id"]) for row in lines} & set(written.replace('"', " ").split())
    assert "7700" not in written
    assert "990001" not in written
    assert "http" not in written

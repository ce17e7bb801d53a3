"""What a trace tells of lines, files and refusals; each refusal is one line that says what to do."""

from typing import Any

import pytest
from tests.plugins.warehouse.trace.conftest import RESTATED

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.warehouse import trace
from shopkeeper.warehouse.trace.walking import Walk

pytestmark = pytest.mark.slow

HOSTILE = ("O'Brien", '" or "1" = "1', "100%", "'; drop table marts.customer_360; --", "全程旅程", "", "a,b")


def some_line(walk: Walk) -> dict[str, Any]:
    """Return a line of the restated week whose customer is known."""
    found = walk.connection.execute(
        "select lines.*, file_name, customer_id from input.transaction_lines as lines "
        "join meta.batches using (batch_id) "
        "join features.feat_customers__transactions using (transaction_id) "
        f"where file_name = '{RESTATED}' order by transaction_line_id limit 1"
    )
    (row,) = found.to_arrow_table().to_pylist()
    return row


def test_a_line_is_told_by_file_number_and_landing(home: Home, walk: Walk) -> None:
    line = some_line(walk)
    found = trace.trace_row(home, "fct_transaction_lines", line["transaction_line_id"], "net_amount")
    ((told,),) = (lines.rows for lines in found.lines)
    assert told["file_name"] == RESTATED
    assert (told["batch_id"], told["line"]) == (line["batch_id"], line["source_line_number"])
    assert told["landed_at"].startswith("20") and told["standing"] == "counts"


def test_a_restated_file_names_the_batch_that_it_restates(home: Home, walk: Walk) -> None:
    found = trace.trace_file(home, RESTATED, some_line(walk)["source_line_number"])
    (file,) = found.files
    assert len(file.restates) == 1 and file.restated_by == ()


def test_a_file_leads_to_facts_features_and_marts(home: Home) -> None:
    steps = {step.table: step for step in trace.trace_file(home, RESTATED).steps}
    assert steps["input.transaction_lines"].row_count == steps["core.fct_transaction_lines"].row_count
    assert {"core.fct_transactions", "features.feat_customers__purchases"} <= steps.keys()
    assert "marts.customer_360" in steps


def test_what_a_score_takes_is_named_not_followed(home: Home, walk: Walk) -> None:
    told = trace.trace_file(home, RESTATED, some_line(walk)["source_line_number"]).unfollowed
    assert {each.table for each in told} == {
        "scores.touch_credits", "scores.customer_segments", "scores.segment_profiles",
    }  # fmt: skip


def test_a_column_leaves_out_what_it_is_not_made_of(home: Home, walk: Walk) -> None:
    customer = some_line(walk)["customer_id"]
    found = trace.trace_row(home, "customer_360", customer, "store_count")
    assert {lines.table for lines in found.lines} == {"input.transactions"}
    assert [step.columns for step in found.steps if step.table == "core.fct_transactions"] == [("store_id",)]


def test_values_of_persons_are_withheld(home: Home, walk: Walk) -> None:
    customer = some_line(walk)["customer_id"]
    assert trace.trace_row(home, "customer_360", customer, "household_id").value == "•••"
    steps = {step.table: step for step in trace.trace_row(home, "customer_360", customer).steps}
    assert steps["marts.customer_360"].keys == [{"customer_id": customer}]
    (identifier,) = steps["core.dim_customer_identifiers"].keys
    assert identifier["identifier_value"] == "•••"


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_is_not_there_is_told(home: Home, key: str) -> None:
    with pytest.raises(UserError, match="has no row with customer_id") as refused:
        trace.trace_row(home, "customer_360", key)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("nowhere", "1"), "there is no table nowhere to trace"),
        (("marts.nowhere'\"; --", "1"), "there is no table"),
        (("customer_360", "1", "nothing"), "marts.customer_360 has no column nothing"),
        (("channel_attribution", "markov"), "give 2 values with commas between, quoted as in CSV, not 1"),
        (("channel_attribution", 'markov,"a,b",c'), "give 2 values with commas between, quoted as in CSV, not 3"),
        (("channel_attribution", 'markov,"a,b"'), "has no row with attribution_model markov, channel a,b"),
        (("input.transaction_lines", "1"), "nothing says what identifies a row of input.transaction_lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_traced_is_told(home: Home, asked: tuple[str, ...], told: str) -> None:
    with pytest.raises(UserError, match=told):
        trace.trace_row(home, *asked)


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("nowhere.csv", None, "no file nowhere.csv has landed"),
        ("'; drop table x; --%中", 1, "has landed"),
        (RESTATED, 1, f"no row came of line 1 of {RESTATED}"),
    ],
)
def test_a_file_or_line_that_is_not_there_is_told(home: Home, file: str, line: int | None, told: str) -> None:
    with pytest.raises(UserError, match=told):
        trace.trace_file(home, file, line)


def test_a_version_without_its_sql_says_the_cure(home: Home) -> None:
    with pytest.raises(UserError, match="there is no version v000077"):
        trace.trace_row(home, "customer_360", "1", version="v000077")
    kept = home.version("v000001").compiled
    aside = kept.rename(kept.with_suffix(".aside"))
    try:
        with pytest.raises(UserError, match="`shopkeeper refresh --full` makes one that does"):
            trace.trace_row(home, "customer_360", "1", version="v000001")
    finally:
        aside.rename(kept)

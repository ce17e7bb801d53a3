"""A number is made of the lines that its trace tells, no more and no fewer."""

from decimal import Decimal
from typing import Any

import pytest

from shopkeeper.engine import identifier
from shopkeeper.paths import Home
from shopkeeper.warehouse import trace
from shopkeeper.warehouse.trace.evaluation import Evaluation
from shopkeeper.warehouse.trace.forward import forward
from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.relations import place_of
from shopkeeper.warehouse.trace.walking import Reached, Walk, restriction

pytestmark = pytest.mark.slow

LINES = "input.transaction_lines"


def asked(walk: Walk, sql: str) -> list[tuple[Any, ...]]:
    return walk.connection.execute(sql).fetchall()


def lines_of(found: trace.FromRow, table: str = LINES) -> list[dict[str, Any]]:
    return [row for lines in found.lines if lines.table == table for row in lines.rows]


def rows_where(walk: Walk, table: str, condition: str) -> str:
    return walk.keep(f"select rowid as row from {place_of(table)} where {condition}")


def start(walk: Walk, table: str, rows: str) -> Reached:
    (counted,) = asked(walk, f"select count(*) from {rows}")
    return Reached(table, rows, counted[0], walk.columns(table), (), table)


def test_a_customers_net_amount_is_the_sum_of_its_lines(home: Home, walk: Walk) -> None:
    customers = asked(
        walk, "select customer_id, net_amount from marts.customer_360 where net_amount > 0 order by all"
    )
    for customer, amount in customers[::6]:
        found = trace.trace_row(home, "marts.customer_360", customer, "net_amount")
        told = [line["net_amount"] for line in lines_of(found) if line["standing"] == "counts"]
        assert found.value == amount == sum(told, Decimal(0))


def test_a_campaigns_sales_are_the_sum_of_their_lines(home: Home, walk: Walk) -> None:
    sales = "select campaign_id, net_amount from marts.campaign_performance where net_amount > 0"
    for campaign, amount in asked(walk, sales):
        found = trace.trace_row(home, "campaign_performance", campaign, "net_amount")
        told = [line["net_amount"] for line in lines_of(found) if line["standing"] == "counts"]
        assert amount == sum(told, Decimal(0))


def test_every_credited_cent_leads_to_lines_of_sales(home: Home, walk: Walk) -> None:
    untouched = "select credited_amount from marts.channel_attribution where attribution_model = 'markov'"
    ((credited,),) = asked(walk, f"{untouched} and channel = 'no_touch'")
    found = trace.trace_row(home, "channel_attribution", "markov,no_touch", "credited_amount")
    told = [line["net_amount"] for line in lines_of(found) if line["standing"] == "counts"]
    assert found.value == credited == sum(told, Decimal(0))


def test_every_model_makes_anew_the_rows_it_made(walk: Walk) -> None:
    models = [model for model in walk.models.by_name.values() if model.is_kept and model.key]
    looked_at = 0
    for model in (each for each in models if not each.table.startswith(("input.", "meta."))):
        columns = walk.columns(model.table)
        key = ", ".join(f'{identifier(name)} as "{n}"' for n, name in enumerate(model.key))
        keys = walk.keep(f"select {key} from {place_of(model.table)} order by all limit 7")
        relation = walk.tree(model.table)
        needs = Needs(relation, columns, model.key)
        found = Evaluation(walk.connection, needs).rows(relation, [restriction(keys, model.key)])
        told = ", ".join(
            f"round({identifier(name)}, 9)" if kind == "DOUBLE" else identifier(name)
            for name, kind, *_ in asked(walk, f"describe {place_of(model.table)}")
        )
        same = " and ".join(f'{identifier(name)} = keys."{n}"' for n, name in enumerate(model.key))
        held = f"select {told} from {place_of(model.table)} where exists (select 1 from {keys} as keys where {same})"
        made = f"select {told} from {found.place} as made"
        differing = asked(walk, f"({held} except {made}) union all ({made} except {held})")
        assert not differing, f"{model.table} is {differing[0]}"
        looked_at += len(asked(walk, f"select 1 from {keys}"))
    assert looked_at > 60


@pytest.mark.parametrize("table", ["marts.customer_360", "marts.campaign_performance"])
def test_forward_from_each_line_of_a_row_is_the_row(walk: Walk, table: str) -> None:
    ((row,),) = asked(
        walk, f"select rowid from {table} where net_amount > 0 order by net_amount desc limit 1"
    )
    back = walk.back(table, rows_where(walk, table, f"rowid = {row}"), ["net_amount"])
    (lines,) = (each for each in back if each.table == LINES)
    few = asked(walk, f"select row from {lines.rows} order by hash(row) limit 2")
    for (line,) in few:
        made, _ = forward(walk, [start(walk, LINES, rows_where(walk, LINES, f"rowid = {line}"))])
        (there,) = (each for each in made if each.table == table)
        assert (row,) in asked(walk, f"select row from {there.rows}")


def test_back_from_each_row_of_a_line_is_the_line(walk: Walk) -> None:
    for (line,) in asked(walk, f"select rowid from {LINES} order by hash(rowid) limit 1"):
        made, _ = forward(walk, [start(walk, LINES, rows_where(walk, LINES, f"rowid = {line}"))])
        for each in made[1:]:
            back = walk.back(each.table, each.rows, each.columns)
            (lines,) = (there for there in back if there.table == LINES)
            assert (line,) in asked(walk, f"select row from {lines.rows}"), each.table

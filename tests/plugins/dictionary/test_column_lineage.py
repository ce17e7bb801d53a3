"""Which columns a model's columns are made of, as its SQL says."""

from shopkeeper.warehouse.trace import Origins, TableLineage, table_lineage

LINES = ("landed.pos.lines", ("basket", "article", "money", "kind", "filename"))
TABLES = dict([LINES, ("core.baskets", ("basket", "customer")), ("keys.changed", ("basket",))])
READ = "read_parquet('landed/pos/lines/*.parquet')"


def of(sql: str) -> TableLineage:
    return table_lineage(sql, TABLES, frozenset({"keys.changed"}))


def test_a_sum_takes_the_amounts_and_counts_the_rows() -> None:
    found = of(f"select basket, sum(money) as net_amount, count(*) as line_count from {READ} group by basket")
    assert found.columns["net_amount"].values == {"landed.pos.lines": ("money",)}
    assert found.columns["line_count"] == Origins(counts=("landed.pos.lines",))


def test_a_condition_decides_and_passes_no_value_on() -> None:
    found = of(f"select money as net_amount from {READ} where kind = 'sale' and article is not null")
    assert found.columns["net_amount"].values == {"landed.pos.lines": ("money",)}
    assert found.conditions == {"landed.pos.lines": ("article", "kind")} or found.conditions == {
        "landed.pos.lines": ("kind", "article")
    }


def test_a_column_of_several_branches_has_all_their_origins() -> None:
    found = of(
        "with united as (select customer as who, 'till' as place from core.baskets union all "
        f"select basket, cast(null as text) from {READ}) select who, place from united"
    )
    assert found.columns["who"].values == {"core.baskets": ("customer",), "landed.pos.lines": ("basket",)}
    assert found.columns["place"] == Origins(constants=("'till'", "NULL"))


def test_an_entity_that_nobody_delivers_has_empty_columns() -> None:
    found = of("select cast(null as text) as coupon_id, cast(null as decimal(18, 2)) as amount where false")
    assert found.columns == {name: Origins(constants=("NULL",)) for name in ("coupon_id", "amount")}


def test_the_keys_that_a_refresh_looks_at_are_no_origin() -> None:
    found = of("select customer from core.baskets where basket in (select basket from keys.changed)")
    assert found == TableLineage({"customer": Origins({"core.baskets": ("customer",)})})


def test_sql_that_is_not_understood_says_why() -> None:
    assert of("select * from core.unknown").unread == "reading core.unknown"

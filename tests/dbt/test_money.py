"""Money is divided exactly on every engine, halves of a cent away from zero."""

from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.shop.builds import run_dbt

INLINE = "select {{ %s('amount', 'divisor') }} as quotient from given"
AMOUNTS = st.decimals("-999999999999999.99", "999999999999999.99", places=2)
DIVISORS = st.one_of(
    st.integers(1, 1_000_000).map(Decimal),
    st.decimals("0.001", "1000000000", places=3),
    st.decimals("-1000000000", "-0.001", places=3),
)


@pytest.fixture(scope="module", params=["duckdb__divide_amount", "default__divide_amount"])
def sql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What dbt makes of the macro, with DuckDB's words for Spark's whole decimals and their division."""
    build = tmp_path_factory.mktemp("build")
    (build / "refresh.parquet").touch()
    compiled = run_dbt(build, "compile", "--inline", INLINE % f"shopkeeper.{request.param}")
    assert compiled.success, compiled.exception
    code = str(compiled.result[0].node.compiled_code)
    return code.replace("decimal(38, 0)", "hugeint").replace(" div ", " // ")


def half_up(amount: Decimal, divisor: Decimal) -> Decimal:
    cents = Fraction(amount) / Fraction(divisor) * 100
    return Decimal(floor(abs(cents) + Fraction(1, 2)) * (1 if cents > 0 else -1)).scaleb(-2)


def quotients(sql: str, pairs: list[tuple[Decimal, Decimal]]) -> list[Decimal]:
    given = pa.table(
        {
            "amount": pa.array([amount for amount, _ in pairs], pa.decimal128(18, 2)),
            "divisor": pa.array([divisor for _, divisor in pairs], pa.decimal128(18, 3)),
        }
    )
    with duckdb.connect() as connection:
        connection.register("given", given)
        return [quotient for (quotient,) in connection.execute(sql).fetchall()]


HALVES = [("4.85", "2"), ("-4.85", "2"), ("1.45", "2"), ("0.01", "-2"), ("26.49", "10.862"), ("0.00", "3")]


@given(st.lists(st.tuples(AMOUNTS, DIVISORS), min_size=1, max_size=50))
@example([(Decimal(amount), Decimal(divisor)) for amount, divisor in HALVES])
@example([(Decimal("999999999999999.99"), Decimal("0.1")), (Decimal("1000000.00"), Decimal("7"))])
@settings(max_examples=60, deadline=None)
def test_a_quotient_is_the_exact_one_rounded_half_up(sql: str, pairs: list[tuple[Decimal, Decimal]]) -> None:
    expected = {pair: half_up(*pair) for pair in pairs}
    within = [pair for pair, quotient in expected.items() if abs(quotient) < Decimal(10) ** 16]
    assert quotients(sql, within) == [expected[pair] for pair in within]


def test_what_is_divided_by_nothing_is_nothing(sql: str) -> None:
    asked = (
        f"with given as (select null::decimal(18, 2) as amount, 2 as divisor union all select 1, null) {sql}"
    )
    with duckdb.connect() as connection:
        assert connection.execute(asked).fetchall() == [(None,), (None,)]


def test_an_average_of_many_sales_is_exact(sql: str) -> None:
    asked = (
        f"with given as (select sum(sale::decimal(18, 2)) as amount, count(*) as divisor from sales) {sql}"
    )
    with duckdb.connect() as connection:
        connection.execute("create table sales as select unnest(['1.00', '2.00', '1.85', '4.85']) as sale")
        assert connection.execute(asked).fetchall() == [(Decimal("2.43"),)]


def test_a_share_of_money_is_the_nearest_double(tmp_path: Path) -> None:
    (tmp_path / "refresh.parquet").touch()
    inline = "select {{ shopkeeper.amount_rate('part', 'whole') }} from (values ({0}::decimal(18, 2), {1}::decimal(38, 2))) v(part, whole)"
    parts = [
        ("0.07", "0.21"),
        ("1234.56", "5392232.87"),
        ("0.29", "123456789012.34"),
        ("0.00", "5.00"),
        ("1.00", "0.00"),
    ]
    compiled = run_dbt(tmp_path, "compile", "--inline", inline)
    with duckdb.connect() as connection:
        for part, whole in parts:
            (rate,) = (
                connection.execute(compiled.result[0].node.compiled_code.format(part, whole)).fetchone() or ()
            )
            assert rate == (float(Fraction(part) / Fraction(whole)) if Decimal(whole) else None)

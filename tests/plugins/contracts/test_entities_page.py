"""The page of the entities says what the contracts and the models say."""

from shopkeeper.contracts.entities_page import entities_page, unlocked
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.paths import DBT_PROJECT, ENTITIES_PAGE, EXPECTATIONS

CANONICAL = read_catalog(EXPECTATIONS)


def test_the_page_is_fresh() -> None:
    assert ENTITIES_PAGE.read_text() == entities_page(CANONICAL), "run `shopkeeper contracts compile`"


def test_what_an_entity_unlocks_is_a_model() -> None:
    models = {path.stem for path in DBT_PROJECT.rglob("models/**/*.sql")}
    for entity in CANONICAL.input:
        assert entity.unlocks, f"{entity.table}: say what it unlocks"
        assert set(entity.unlocks) <= models


def test_sales_alone_are_required() -> None:
    required = [entity.table for entity in CANONICAL.input if entity.is_required]
    assert required == ["transaction_lines", "transactions"]


def test_a_table_is_unlocked_by_each_entity_that_it_needs() -> None:
    payments = next(entity for entity in CANONICAL.input if entity.table == "payments")
    assert unlocked(payments, CANONICAL) == ["fct_payments", "feat_customers__payments"]

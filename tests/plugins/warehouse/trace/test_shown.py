"""Which columns of a row are shown: those that are known not to tell of a person."""

import pytest

from shopkeeper.contracts import MASKED, catalog
from shopkeeper.contracts.vocabulary import vocabulary
from shopkeeper.warehouse.trace import fit_to_show, may_be_shown


@pytest.mark.parametrize("column", ["line_type", "gone_since_date", "conflict_reason", "calendar_date"])
def test_what_no_contract_names_is_shown_by_its_class(column: str) -> None:
    assert column not in {each.name for contract in catalog().all for each in contract.columns}
    assert may_be_shown(column)


def test_a_person_is_masked_whoever_says_so() -> None:
    said = {name for name, word in vocabulary().items() if word.classification in MASKED}
    said |= {name for contract in catalog().all for name in contract.masked_columns}
    assert {"customer_id", "search_text", "age_band"} <= said
    assert not [column for column in said if may_be_shown(column)]


def test_an_unknown_column_stays_masked() -> None:
    row = {"line_type": "sale", "who": "Maria", "line_count": 3, "identifier_value": "1042"}
    shown = {"line_type": "sale", "who": "•••", "line_count": 3, "identifier_value": "•••"}
    assert fit_to_show(row) == shown

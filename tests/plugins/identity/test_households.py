"""One household, one customer."""

import pyarrow as pa
import pytest

from shopkeeper.identity import resolve_households


def identifiers(*rows):
    names = ("customer_id", "identifier_type", "identifier_value")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def test_a_household_that_several_systems_know_is_one_customer():
    resolved = resolve_households(
        identifiers(("1", "household_id", "1"), ("1", "household_id", "1"), ("208", "household_id", "208"))
    )
    assert resolved.to_pylist() == [
        {"customer_id": "1", "identifier_type": "household_id", "identifier_value": "1"},
        {"customer_id": "208", "identifier_type": "household_id", "identifier_value": "208"},
    ]


def test_the_order_of_rows_does_not_matter():
    rows = [(str(n), "household_id", str(n)) for n in range(40)]
    assert resolve_households(identifiers(*rows)) == resolve_households(identifiers(*reversed(rows)))


def test_an_identifier_of_two_households_is_refused():
    with pytest.raises(ValueError, match="1 identifiers belong to more than one customer"):
        resolve_households(identifiers(("1", "loyalty_card", "77"), ("2", "loyalty_card", "77")))


def test_nobody_is_nobody():
    empty = pa.table({name: pa.array([], pa.string()) for name in identifiers(("1", "a", "b")).column_names})
    assert resolve_households(empty).num_rows == 0

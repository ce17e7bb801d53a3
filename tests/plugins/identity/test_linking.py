"""Linked identifiers belong to one person, in any order of the links."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.identity import link_identifiers

TYPES = ("customer_id", "card_number", "device_id")
NAMES = ("identifier_type", "identifier_value", "linked_identifier_type", "linked_identifier_value")
Identifier = tuple[str, str]


def table(rows: list[tuple[str, ...]], names: tuple[str, ...]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pa.table({name: pa.array(list(c), pa.string()) for name, c in zip(names, columns, strict=True)})


def resolved(
    mentioned: list[Identifier], links: list[tuple[Identifier, Identifier]]
) -> dict[Identifier, str]:
    linked = table([one + other for one, other in links], NAMES)
    rows = link_identifiers(table(mentioned, NAMES[:2]), linked, TYPES).to_pylist()
    return {(row["identifier_type"], row["identifier_value"]): row["customer_id"] for row in rows}


def test_an_identifier_that_nothing_links_is_a_customer() -> None:
    assert resolved([("customer_id", "1042"), ("device_id", "7")], []) == {
        ("customer_id", "1042"): "1042",
        ("device_id", "7"): "device_id:7",
    }


def test_a_device_belongs_to_the_customer_logged_in() -> None:
    links = [(("device_id", "7"), ("customer_id", "1042")), (("card_number", "9"), ("device_id", "7"))]
    assert set(resolved([("device_id", "7")], links).values()) == {"1042"}


def test_of_two_customer_ids_the_smaller_names_the_person() -> None:
    links = [(("customer_id", "77"), ("customer_id", "1042"))]
    assert resolved([], links) == {("customer_id", "1042"): "1042", ("customer_id", "77"): "1042"}


def test_equal_values_of_two_types_are_two_customers() -> None:
    assert len(set(resolved([("card_number", "7"), ("device_id", "7")], []).values())) == 2


def test_nobody_mentioned_is_no_customer() -> None:
    assert resolved([], []) == {}


def test_an_unlisted_type_never_names_a_known_device() -> None:
    links = [(("newsletter_id", "1"), ("device_id", "7"))]
    assert set(resolved([], links).values()) == {"device_id:7"}


IDENTIFIERS = st.tuples(st.sampled_from(TYPES), st.sampled_from("12345"))


@given(st.lists(IDENTIFIERS), st.lists(st.tuples(IDENTIFIERS, IDENTIFIERS)), st.randoms())
def test_no_order_of_statements_changes_who_is_who(mentioned, links, random) -> None:
    before = resolved(mentioned, links)
    random.shuffle(links)
    assert resolved(mentioned[::-1], [pair[::-1] for pair in links]) == before


@given(st.lists(st.tuples(IDENTIFIERS, IDENTIFIERS), min_size=1))
def test_linked_identifiers_are_one_customer(links) -> None:
    customers = resolved([], links)
    assert all(customers[one] == customers[other] for one, other in links)


def test_a_table_without_its_columns_is_refused() -> None:
    nothing = pa.table({"identifier": pa.array([], pa.string())})
    with pytest.raises(ValueError, match="identifier_type"):
        link_identifiers(nothing, nothing, TYPES)

"""Owner, purposes, retention and class of what is made of other tables."""

import pytest

from shopkeeper.dictionary.handling import Handling, after_landing, derived, shortest, strictest

TILL = Handling(("store operations",), ("sales and accounting",), "10 years")
VISITS = Handling(("online shop",), ("web analysis",), "2 years")


def test_a_table_without_a_contract_takes_all_from_its_parents() -> None:
    both = ("store operations", "online shop")
    assert derived(Handling(), (TILL, VISITS)) == Handling(
        both, ("sales and accounting", "web analysis"), "2 years"
    )


def test_a_contract_names_one_owner_and_adds_its_purpose() -> None:
    mart = Handling(("marketing",), ("precision marketing",), "as long as the version")
    found = derived(mart, (TILL, VISITS))
    assert found.owners == ("marketing",)
    assert found.purposes == ("precision marketing", "sales and accounting", "web analysis")
    assert found.retention == "2 years"


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (("unlimited", "as long as the version"), "as long as the version"),
        (("500 days", "2 years"), "500 days"),
        ((None, "5 years"), "5 years"),
        ((None,), None),
    ],
)
def test_the_shortest_retention_counts(periods: tuple[str | None, ...], expected: str | None) -> None:
    assert shortest(periods) == expected


def test_the_strictest_class_counts_and_tokens_are_personal() -> None:
    assert strictest(("internal", None, after_landing("direct_identifier"))) == "personal"
    assert strictest(("personal", "sensitive")) == "sensitive"

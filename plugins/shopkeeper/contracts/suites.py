"""Turns a contract into a GX suite: the arguments of `great_expectations.ExpectationSuite(**suite)`.

Only rules for GX at a border; the checks of single values at landing are in `faults`.
"""

from typing import Any

from shopkeeper.contracts.contract import Contract, Rule

COLUMNS_RULE = "the_columns_are_the_promised_ones"


def rules(contract: Contract) -> tuple[Rule, ...]:
    """Return the rules of one table: those written in its contract and, after landing, those of its
    columns.
    """
    if contract.layer == "sources":
        return contract.rules
    names = [column.name for column in contract.columns]
    columns = Rule(
        name=COLUMNS_RULE,
        expectation="expect_table_columns_to_match_set",
        kwargs={"column_set": names, "exact_match": True},
        severity="critical",
        reason="A column that is renamed or lost breaks whoever reads the table. Protects every reader.",
        reason_zh="列被改名或丢失会使读取该表的人出错。保护所有读者。",
    )
    return (columns, *contract.rules)


def is_about_columns(rule: Rule) -> bool:
    """Whether a rule checks values in columns, and so has nothing to check in an empty table."""
    names_columns = not {"column", "column_A", "column_list"}.isdisjoint(rule.kwargs)
    return names_columns and rule.expectation != "expect_column_to_exist"


def suite(contract: Contract) -> dict[str, Any]:
    """Return the suite of one table, ready for GX; `meta.rule` is the rule's name, `notes` its reason."""
    return {
        "name": contract.name,
        "expectations": [
            {
                "type": rule.expectation,
                "kwargs": rule.kwargs,
                "severity": rule.severity,
                "notes": rule.reason,
                "meta": {"rule": rule.name},
            }
            for rule in rules(contract)
        ],
    }

"""A step's log begins with what it did, in words."""

import pytest

from shopkeeper import words
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.pipeline.summaries import SUMMARIES, summary

SEGMENTS = [{"segment_id": "1", "customer_count": 2000}, {"segment_id": "2", "customer_count": 469}]
CHANNELS = {"mailer": "100.00", "no_touch": "50.10"}
BEGUN = {"build_id": "v000002", "base_version": "v000001", "as_of_date": "2017-03-05", "is_full": False}
SALES = {"conversions": 1200, "revenue": "150.10", "currency_code": "USD", "touches": 88}


@pytest.mark.parametrize(
    ("step", "facts", "said"),
    [
        (
            "begin",
            BEGUN | {"changed": ["model a"]},
            "v000002 goes on from v000001, as of 2017-03-05; 1 things are made anew",
        ),
        (
            "begin",
            BEGUN | {"changed": [], "is_full": True},
            "v000002 is built from all that has landed, as of 2017-03-05",
        ),
        ("resolve", {"identifiers": 2469, "customers": 2401}, "2,469 identifiers belong to 2,401 customers"),
        (
            "segment_customers",
            {"group_count": 2, "segments": SEGMENTS, "resampling_stability": 0.8704},
            "2 segments of 2,469 customers; resampling stability 87%",
        ),
        ("segment_customers", {"why_one_segment": "one segment holds all"}, "one segment holds all"),
        (
            "attribute_sales",
            SALES | {"channels": CHANNELS},
            "1,200 sales of 150.10 USD are credited to 2 channels by 88 contacts",
        ),
        ("attribute_sales", {"off": "nobody delivers what reaches customers"}, "nobody delivers"),
        ("document", {"pages": 30}, "30 pages of documentation are written"),
        (
            "publish",
            {"version": "v000002", "tables": 46, "rows": 22656144},
            "Readers see v000002: 46 tables with 22,656,144 rows",
        ),
    ],
)
def test_a_step_says_what_it_did(step: str, facts: dict[str, object], said: str) -> None:
    told = summary(step, facts) or ""
    assert told.startswith(said)
    if "why_one_segment" not in facts:
        assert words.said("zh", told) != told


def test_every_step_without_a_verdict_has_a_sentence() -> None:
    told_otherwise = {"gate", "dbt"}
    silent = {step.name for step in STEPS.values() if step.kind not in told_otherwise} - SUMMARIES.keys()
    assert silent == {"land"}


def test_nothing_is_said_where_nothing_was_begun() -> None:
    assert summary("begin", {}) is None

"""What a trace names as a score's population is what the step that computes it reads."""

import re

import pytest

from shopkeeper.pipeline import attribution, identities, segmentation
from shopkeeper.retailers import retailer
from shopkeeper.warehouse.trace.scores import scored


def tables(*queries: str) -> set[str]:
    return {table for sql in queries for table in re.findall(r"\b(?:features|input)\.\w+", sql)}


READ = {
    "touch_credits": tables(attribution.TOUCHES, attribution.CONVERSIONS),
    "customer_segments": tables(segmentation.PURCHASES, segmentation._features(retailer().segment_features)),
    "customer_identities": {f"input.{table}" for table in identities.MENTIONING}
    | {"input.customer_identifiers"},
}


@pytest.mark.parametrize("score", READ)
def test_a_scores_population_is_what_its_step_reads(score: str) -> None:
    found = scored(f"scores.{score}")
    assert found is not None and set(found.tables) == READ[score]

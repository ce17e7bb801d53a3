"""PathData: 10,000 distinct journeys over 12 channels, with the numbers that exact methods give on it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shopkeeper.science.attribution import credit, order_evidence

PATH_DATA = Path(__file__).parents[5] / "shared" / "data" / "channel_attribution" / "PathData.csv.gz"


@pytest.fixture(scope="module")
def journeys() -> pa.Table:
    if not PATH_DATA.exists():
        pytest.skip(f"the real journeys are not here: {PATH_DATA}")
    read = pd.read_csv(PATH_DATA)
    return pa.table(
        {
            "touches": pa.array(read["path"].str.split(" > ").tolist()),
            "conversions": read["total_conversions"].to_numpy(),
            "value": read["total_conversion_value"].to_numpy(),
            "nulls": read["total_null"].to_numpy(),
        }
    )


def conversions(credited: pa.Table) -> dict[str, float]:
    return dict(zip(credited["channel"].to_pylist(), credited["conversions"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("first", {"alpha": 6308, "iota": 4606, "eta": 3164, "beta": 2831}),
        ("last", {"alpha": 8447, "eta": 4167, "iota": 3355}),
        ("linear", {"alpha": 7574.72, "iota": 3857.10, "eta": 3539.95}),
    ],
)
def test_rules_equal_the_published_credit_to_the_digit(journeys, model, published):
    found = conversions(credit(journeys, model))
    assert {channel: round(found[channel], 2) for channel in published} == published


def test_first_order_markov_equals_the_solved_chain(journeys):
    published = {
        "alpha": 5344.95,
        "iota": 3884.61,
        "eta": 3340.85,
        "beta": 2527.35,
        "theta": 1971.91,
        "lambda": 1282.85,
        "epsilon": 599.57,
        "zeta": 381.06,
        "kappa": 274.36,
        "gamma": 171.15,
        "delta": 4.61,
        "mi": 1.72,
    }
    assert conversions(credit(journeys, "markov")) == pytest.approx(published, abs=1e-2)


def test_every_model_credits_the_19785_conversions_and_their_value(journeys):
    for model, options in [
        ("first", {}),
        ("last", {}),
        ("linear", {}),
        ("position", {}),
        ("markov", {}),
        ("markov", {"order": 3}),
        ("shapley", {}),
        ("shapley", {"by_stage": True}),
    ]:
        credited = credit(journeys, model, **options)
        assert np.sum(credited["conversions"]) == pytest.approx(19785, abs=1e-6)
        assert np.sum(credited["value"]) == pytest.approx(np.sum(journeys["value"]), abs=1e-6)


def test_the_order_of_the_chain_is_the_one_with_the_lowest_bic(journeys):
    evidence = order_evidence(journeys, max_order=4)
    best = evidence["order"][int(np.argmin(evidence["bic"]))].as_py()
    assert credit(journeys, "markov", order="auto").equals(credit(journeys, "markov", order=best))
    assert np.all(np.diff(evidence["log_likelihood"]) > 0)

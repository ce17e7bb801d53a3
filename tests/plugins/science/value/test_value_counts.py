"""Probabilities of purchases: they sum to 1, have the expected mean, and are right on customers unseen."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.plugins.science.value.value_worlds import world

from shopkeeper.science.value import (
    BgNbd,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    Recalibrated,
    Regression,
    fit_bg_nbd,
    fit_mbg_nbd,
    fit_pareto_nbd,
    foretell,
    randomized_pit,
)
from shopkeeper.science.value.forecasts import Forecast

PARETO = ParetoNbd({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, {"r": 0.1}, -12.5)
MODELS = {
    "BG/NBD": BgNbd({"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.43}, {"r": 0.1}, -12.5),
    "BG/NBD, one chance": BgNbd({"r": 0.24, "alpha": 4.4, "odds": 0.2}, {}, -12.5, "equal"),
    "MBG/NBD": MbgNbd({"r": 0.52, "alpha": 6.2, "a": 0.89, "b": 1.6}, {}, -12.5),
    "NBD": MbgNbd({"r": 0.52, "alpha": 6.2}, {}, -12.5, "never"),
    "Pareto/NBD": PARETO,
    "Pareto/NBD, one rate": ParetoNbd({"r": 0.55, "alpha": 10.6, "mu": 0.02}, {}, -12.5, "equal"),
    "Pareto/NBD, never": ParetoNbd({"r": 0.55, "alpha": 10.6}, {}, -12.5, "never"),
    "regression": Regression(
        {"constant": -1.0, "log_frequency": 1.1, "log_silence": -0.2}, {}, -12.5, 26, 0.4
    ),
    "recalibrated": Recalibrated(PARETO, 0.2, 0.005, 0.003),
}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
SEEN = pa.table(
    {
        "customer_id": ["ann", "ben", "eve", "joe"],
        "frequency": [0, 2, 20, 100],
        "recency": [0.0, 30.0, 10.0, 38.9],
        "age": [39.0] * 4,
        "monetary_value": [None, 20.0, 60.0, 9.0],
    }
)


@each_model
@pytest.mark.parametrize("t", [0.5, 39.0])
def test_probabilities_sum_to_one_and_have_the_expected_mean(model, t):
    probable = model.transaction_probabilities(SEEN, t, 3_000)
    assert np.all(probable >= -1e-12)
    assert probable.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    assert probable @ np.arange(3_001) == pytest.approx(model.expected_transactions(SEEN, t), rel=1e-4)


def bought_by_lot(model: BgNbd | ParetoNbd, x: float, age: float, t: float, size: int) -> np.ndarray:
    """Purchases within `t` of customers who are there, drawn one life at a time."""
    random = np.random.default_rng(8)
    habits = model.parameters
    rate = random.gamma(habits["r"] + x, 1 / (habits["alpha"] + age), size)
    if isinstance(model, ParetoNbd):
        stays = random.exponential(1 / random.gamma(habits["s"], 1 / (habits["beta"] + age), size))
        return random.poisson(rate * np.minimum(stays, t))
    chance = random.beta(habits["a"], habits["b"] + x + model.chances_after_first, size)
    return np.minimum(random.poisson(rate * t), random.geometric(chance))


@pytest.mark.parametrize("name", ["BG/NBD", "MBG/NBD", "Pareto/NBD"])
def test_probabilities_are_the_shares_among_customers_drawn_by_lot(name):
    model, ben = MODELS[name], SEEN.slice(1, 1)
    shares = np.bincount(bought_by_lot(model, 2.0, 39.0, 39.0, 400_000), minlength=60)[:6] / 400_000
    alive = model.probability_alive(ben)[0]
    expected = alive * shares + (1 - alive) * (np.arange(6) == 0)
    assert model.transaction_probabilities(ben, 39.0, 5)[0] == pytest.approx(expected, abs=4e-3)


@pytest.mark.slow
@each_model
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_an_interval_keeps_its_level_and_is_tight(model, level):
    lowest, highest = model.transaction_intervals(SEEN, 39.0, level)
    probable = np.cumsum(model.transaction_probabilities(SEEN, 39.0, 600), axis=1)
    rows, tail = np.arange(4), (1 - level) / 2
    assert np.all(probable[rows, highest] >= 1 - tail - 1e-9)
    assert np.all((highest == 0) | (probable[rows, np.maximum(highest - 1, 0)] < 1 - tail + 1e-9))
    assert np.all((lowest == 0) | (probable[rows, np.maximum(lowest - 1, 0)] < tail + 1e-9))
    assert np.all(probable[rows, lowest] >= tail - 1e-9)


@pytest.mark.parametrize(
    ("law", "fit"),
    [("bg", fit_bg_nbd), ("mbg", fit_mbg_nbd), ("pareto", fit_pareto_nbd)],
    ids=["BG", "MBG", "Pareto"],
)
def test_forecasts_of_unseen_weeks_are_calibrated(law, fit):
    shop = world(law, 4_000, seed=21)
    seen, bought = shop.held_out(728)
    place = randomized_pit(foretell(fit(seen), seen, bought, (shop.days - 728) / 7))
    assert 0.88 < np.mean((place > 0.05) & (place < 0.95)) < 0.92
    counts, _ = np.histogram(place, 10, (0, 1))
    assert np.all(abs(counts / len(place) - 0.1) < 0.02)


def test_a_forecast_carries_its_customers_in_their_order():
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    table = PARETO.forecast(SEEN.take([3, 0, 1, 2]), 39.0, discount=0.002, spending=money)
    assert table.column_names == [
        "customer_id",
        "probability_alive",
        "expected_transactions",
        "lowest_transactions",
        "highest_transactions",
        "expected_value",
    ]
    assert table["customer_id"].to_pylist() == ["joe", "ann", "ben", "eve"]
    assert table["expected_transactions"][1].as_py() == pytest.approx(
        PARETO.expected_transactions(SEEN, 39.0)[0]
    )
    assert "expected_value" not in PARETO.forecast(SEEN, 39.0).column_names
    with pytest.raises(ValueError, match="no column customer_id"):
        PARETO.forecast(SEEN.drop_columns("customer_id"), 39.0)


@each_model
def test_a_saved_model_foretells_the_same(model):
    for kind in (type(model), Forecast):
        again = kind.from_json(model.to_json())
        assert again == model
        assert np.array_equal(
            again.expected_transactions(SEEN, 39.0), model.expected_transactions(SEEN, 39.0)
        )


def test_saved_spending_loads_and_rejects_other_models():
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    assert GammaGamma.from_json(money.to_json()) == money
    with pytest.raises(ValueError, match=r"is a GammaGamma; load it with GammaGamma\.from_json"):
        PARETO.from_json(money.to_json())


@each_model
def test_frames_and_numpy_scalars_are_asked_as_arrow_is(model):
    expected = model.expected_transactions(SEEN, 39.0)
    for frame in (SEEN.to_pandas(), pl.from_arrow(SEEN)):
        assert np.array_equal(model.expected_transactions(frame, np.float32(39.0)), expected)
        assert np.array_equal(model.probability_alive(frame), model.probability_alive(SEEN))
    assert isinstance(SEEN.to_pandas(), pd.DataFrame)


def test_questions_that_have_no_answer_are_refused():
    with pytest.raises(ValueError, match="most is -1"):
        PARETO.transaction_probabilities(SEEN, 9.0, -1)
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="give a share between 0 and 1"):
            PARETO.transaction_intervals(SEEN, 9.0, level)
    with pytest.raises(ValueError, match="t is -1"):
        PARETO.forecast(SEEN, -1.0)


@each_model
def test_nobody_is_foretold_where_nobody_is_given(model):
    assert model.forecast(SEEN.slice(0, 0), 39.0).num_rows == 0
    assert model.transaction_probabilities(SEEN.slice(0, 0), 39.0, 3).shape == (0, 4)

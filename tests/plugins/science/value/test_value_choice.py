"""Which model is chosen on what was held out, beside recency, and what it learns about those who come back."""

from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score
from tests.plugins.science.value.value_worlds import World, restless, world

from shopkeeper.science.value import Choice, calibration, choose, fit_bg_nbd, foretell, hold_out, measures
from shopkeeper.science.value.holdout import Foretold


@cache
def shop_and_choice(law: str) -> tuple[World, Choice]:
    shop = world(law, 2_500, seed=4)
    return shop, choose(shop.transactions, until=shop.until(728), unit="week", horizon=26)


@pytest.mark.parametrize("law", ["bg", "mbg", "pareto"])
def test_the_choice_finds_the_living_better_than_recency_does(law):
    shop, choice = shop_and_choice(law)
    seen, bought = shop.held_out(728)
    lives = shop.last_day[seen["customer_id"].to_numpy()] > 728
    silence = seen["age"].to_numpy() - seen["recency"].to_numpy()
    assert roc_auc_score(lives, choice.model.probability_alive(seen)) > roc_auc_score(lives, -silence)
    t = (shop.days - 728) / 7
    foretold = measures(foretell(choice.model, seen, bought, t))
    assert abs(foretold["total_bias"]) < 0.1
    assert 0.88 < foretold["coverage_90"] < 0.92


def test_a_model_with_all_one_time_buyers_alive_loses():
    _, choice = shop_and_choice("pareto")
    rivals = {row["model"]: row for row in choice.rivals.to_pylist()}
    assert choice.name != "bg_nbd"
    assert rivals["bg_nbd"]["alive_auc"] < 0.6 < 0.8 < rivals[choice.name]["alive_auc"]


def test_the_report_has_recency_and_nobody_beside_the_models():
    _, choice = shop_and_choice("mbg")
    assert sorted(choice.rivals["model"].to_pylist()) == sorted(
        ["bg_nbd", "mbg_nbd", "pareto_nbd", "regression", "recency", "nobody"]
    )
    assert choice.rivals.filter(choice.rivals["is_chosen"])["model"].to_pylist() == [choice.name]
    recency, nobody = (
        next(row for row in choice.rivals.to_pylist() if row["model"] == name)
        for name in ("recency", "nobody")
    )
    assert recency["alive_auc"] is not None and recency["root_mean_squared_error"] is None
    assert (nobody["total_bias"], nobody["alive_auc"]) == (-1.0, None)
    own = next(row for row in choice.rivals.to_pylist() if row["is_chosen"])
    assert choice.beats_recency == (own["alive_auc"] > recency["alive_auc"])
    assert choice.calibration["happened"].to_pylist() != [0.0] * 10


def test_customers_who_come_back_are_expected_to():
    shop = world("pareto", 4_000, seed=9, returning=0.3, days=1_092)
    choice = choose(shop.transactions, until=shop.until(910), unit="week", horizon=26)
    assert choice.model.return_rate > 0.05
    seen, bought = shop.held_out(910)
    t = (shop.days - 910) / 7
    corrected, plain = (
        measures(foretell(model, seen, bought, t)) for model in (choice.model, choice.model.model)
    )
    assert abs(corrected["total_bias"]) < abs(plain["total_bias"])
    assert corrected["calibration_error"] < plain["calibration_error"]
    assert plain["coverage_90"] < 0.88 < corrected["coverage_90"] < 0.92


def test_intervals_hold_where_customers_take_up_new_habits():
    shop = restless(2_000, seed=5)
    choice = choose(shop.transactions, until=shop.until(245), unit="week", horizon=17)
    seen, bought = shop.held_out(245)
    corrected, plain = (
        measures(foretell(model, seen, bought, 17.0)) for model in (choice.model, choice.model.model)
    )
    assert choice.model.change_rate == pytest.approx(0.01, abs=0.004)
    assert plain["coverage_90"] < 0.85
    assert 0.88 < corrected["coverage_90"] < 0.92


def test_where_nobody_comes_back_nothing_is_corrected():
    _, choice = shop_and_choice("mbg")
    assert choice.model.return_rate < 0.02
    assert choice.model.change_rate < 0.001
    assert choice.model.drift < 0.001


def test_the_calibration_table_sums_tenths_most_expected_first():
    table = calibration(np.arange(20.0), np.arange(20) % 2)
    assert table["decile"].to_pylist() == list(range(1, 11))
    assert table["customer_count"].to_pylist() == [2] * 10
    assert table["expected"].to_pylist()[0] == 37.0
    assert sum(table["happened"].to_pylist()) == 10
    with pytest.raises(ValueError, match="differ in length"):
        calibration([1.0], [1.0, 2.0])


def test_measures_are_those_of_their_names():
    bought = np.array([0, 0, 1, 3])
    told = Foretold(
        np.array([0.5, 0.5, 1.0, 4.0]),
        np.array([0.1, 0.5, 0.5, 0.9]),
        np.array([0.1, 0.5, 0.5, 0.9]),
        np.zeros(4),
        np.ones(4),
        bought,
    )
    found = measures(told)
    assert found["mean_absolute_error"] == 0.5
    assert found["root_mean_squared_error"] == pytest.approx(np.sqrt(1.5 / 4))
    assert found["total_bias"] == 0.5
    assert found["alive_auc"] == pytest.approx(roc_auc_score(bought > 0, told.alive)) == 0.875


def test_held_out_purchases_are_those_after_the_histories():
    shop = world("never", 300, seed=2)
    seen, bought = hold_out(shop.transactions, until=shop.until(728), unit="week", horizon=26)
    whole = fit_bg_nbd(seen)
    assert bought.sum() > 0 and len(bought) == seen.num_rows
    assert whole.expected_transactions(seen, 26.0).sum() == pytest.approx(bought.sum(), rel=0.2)


def test_no_choice_without_purchases_or_a_fit():
    rows = pa.table(
        {
            "customer_id": ["ann", "ann", "ben", "ben"],
            "transacted_at": [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 2), date(2024, 3, 30)],
            "amount": [5.0] * 4,
        }
    )
    with pytest.raises(ValueError, match="nobody bought again within the horizon"):
        choose(rows, until=date(2024, 3, 20), unit="week", horizon=2)
    with pytest.raises(ValueError, match="no model can be fitted"):
        choose(rows, until=date(2024, 3, 31), unit="week", horizon=2)
    with pytest.raises(ValueError, match="horizon is 0"):
        choose(rows, until=date(2024, 3, 31), unit="week", horizon=0)

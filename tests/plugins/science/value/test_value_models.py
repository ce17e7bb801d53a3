"""Models of buying and spending: formulas, and fits on made-up crowds."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import approx_fprime
from scipy.special import beta as beta_function
from scipy.special import betaln, expit
from scipy.special import gamma as gamma_function
from scipy.stats import beta, gamma

from shopkeeper.science.value import (
    BgNbd,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_regression,
    independence,
    summarize,
)
from shopkeeper.science.value.buying import _group, _likelihood
from shopkeeper.science.value.fitting import Likelihood
from shopkeeper.science.value.histories import read_histories
from shopkeeper.science.value.leaving import Equal, Leaving, Never, Varied

BUYERS = [(BgNbd, fit_bg_nbd, 0), (MbgNbd, fit_mbg_nbd, 1)]
each_buyer = pytest.mark.parametrize(("kind", "fit", "chances"), BUYERS, ids=["BG/NBD", "MBG/NBD"])


def customers(frequency, recency, age, monetary_value=None) -> pa.Table:
    columns = {"frequency": frequency, "recency": recency, "age": age}
    if monetary_value is not None:
        columns["monetary_value"] = pa.array(monetary_value, pa.float64())
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def crowd(size: int, chances_at_first: int, seed: int) -> pa.Table:
    """Customers of Gamma(1.2, 6) rates, Beta(0.9, 2.6) chances to leave, and Gamma-Gamma (6, 4, 15) amounts.

    They are watched for 20 to 100 units of time.
    """
    random = np.random.default_rng(seed)
    age = random.integers(20, 101, size).astype(float)
    rate, leaves = random.gamma(1.2, 1 / 6.0, size), random.beta(0.9, 2.6, size)
    frequency, recency = np.zeros(size), np.zeros(size)
    here = random.random(size) >= leaves if chances_at_first else np.ones(size, bool)
    while here.any():
        after = recency + random.exponential(1 / rate)
        bought = here & (after < age)
        frequency[bought] += 1
        recency[bought] = after[bought]
        here = bought & (random.random(size) >= leaves)
    level = random.gamma(4.0, 1 / 15.0, size)
    times = np.maximum(frequency, 1)
    spent = random.gamma(6.0 * times) / (times * level)
    return customers(frequency, recency, age, np.where(frequency > 0, spent, np.nan))


@each_buyer
def test_a_crowd_of_known_habits_is_recognized(kind, fit, chances):
    model = fit(crowd(40_000, chances, seed=5))
    for name, truth in {"r": 1.2, "alpha": 6.0, "a": 0.9, "b": 2.6}.items():
        assert abs(model.parameters[name] - truth) < 4 * model.standard_errors[name]
        assert model.standard_errors[name] < 0.25 * truth


def test_the_spending_of_a_crowd_is_recognized():
    model = fit_gamma_gamma(crowd(40_000, 0, seed=6))
    for name, truth in {"p": 6.0, "q": 4.0, "v": 15.0}.items():
        assert abs(model.parameters[name] - truth) < 4 * model.standard_errors[name]
        assert model.standard_errors[name] < 0.1 * truth


HABITS = {"r": 2.0, "alpha": 4.1, "a": 2.0, "b": 3.0}


def likelihood_of(seen: pa.Table, chances: int, law: Leaving) -> Likelihood:
    return _likelihood(_group(read_histories(seen)), chances, law)


def by_hand(x: float, t: float, age: float, chances: int) -> float:
    """The likelihood of one history of HABITS, integrated over every rate and every chance to leave."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    rate, chance = np.meshgrid(20 * (1 + nodes), (1 + nodes) / 2)
    stayed = (1 - chance) ** (x + chances) * rate**x * np.exp(-rate * age)
    left = chance * (1 - chance) ** (x + chances - 1) * rate**x * np.exp(-rate * t) * (x + chances > 0)
    habits = gamma.pdf(rate, HABITS["r"], scale=1 / HABITS["alpha"]) * beta.pdf(
        chance, HABITS["a"], HABITS["b"]
    )
    return 10 * weights @ ((stayed + left) * habits) @ weights


@each_buyer
@pytest.mark.parametrize(("x", "t", "age"), [(0, 0.0, 7.0), (1, 2.0, 7.0), (4, 6.5, 7.0)])
def test_the_likelihood_is_the_integral_over_all_habits(kind, fit, chances, x, t, age):
    likelihood = likelihood_of(customers([x], [t], [age]), chances, Varied())
    value, _, _ = likelihood(np.array(list(HABITS.values())))
    assert np.exp(value) == pytest.approx(by_hand(x, t, age, chances), rel=1e-9)


@each_buyer
@pytest.mark.parametrize(
    ("law", "habits"),
    [(Varied(), [0.6, 1.7]), (Equal(), [0.2]), (Never(), [])],
    ids=["varied", "equal", "never"],
)
def test_the_derivatives_are_those_of_the_likelihood(kind, fit, chances, law, habits):
    likelihood = likelihood_of(crowd(300, chances, seed=2), chances, law)
    point = np.array([0.7, 5.0, *habits])
    _, gradient, hessian = likelihood(point)
    assert gradient == pytest.approx(approx_fprime(point, lambda at: likelihood(at)[0], 1e-7), rel=1e-4)
    slopes = approx_fprime(point, lambda at: likelihood(at)[1], 1e-7)
    assert hessian == pytest.approx(slopes, rel=1e-4, abs=1e-4)
    assert hessian == pytest.approx(hessian.T)


@each_buyer
def test_nearly_equal_chances_lead_to_one_chance(kind, fit, chances):
    seen = crowd(300, chances, seed=2)
    varied, _, _ = likelihood_of(seen, chances, Varied())(np.array([0.7, 5.0, 0.2e7, 0.8e7]))
    equal, _, _ = likelihood_of(seen, chances, Equal())(np.array([0.7, 5.0, 0.25]))
    assert varied == pytest.approx(equal, rel=1e-6)
    narrow = fitted(kind, 0.7, 5.0, 2000.0, 8000.0)
    limit = kind({"r": 0.7, "alpha": 5.0, "odds": 0.25}, {}, 0.0, "equal")
    assert limit.probability_alive(seen) == pytest.approx(narrow.probability_alive(seen), rel=0.02)
    assert limit.expected_transactions(seen, 9.0) == pytest.approx(
        narrow.expected_transactions(seen, 9.0), rel=0.02
    )


@each_buyer
def test_nobody_leaving_is_where_small_chances_lead(kind, fit, chances):
    seen = crowd(300, chances, seed=2)
    seldom, _, _ = likelihood_of(seen, chances, Varied())(np.array([0.7, 5.0, 1e-30, 2.0]))
    never, _, _ = likelihood_of(seen, chances, Never())(np.array([0.7, 5.0]))
    assert seldom == pytest.approx(never, rel=1e-6)
    limit = kind({"r": 0.7, "alpha": 5.0}, {}, 0.0, "never")
    assert np.all(limit.probability_alive(seen) == 1)
    rate = (0.7 + np.array(seen["frequency"])) / (5.0 + np.array(seen["age"]))
    assert limit.expected_transactions(seen, 9.0) == pytest.approx(9 * rate)
    assert fitted(kind, 0.7, 5.0, 1e-30, 2.0).expected_transactions(seen, 9.0) == pytest.approx(9 * rate)


@each_buyer
def test_customers_who_never_leave_are_fitted_and_reported(kind, fit, chances):
    random = np.random.default_rng(3)
    age = np.full(4_000, 40.0)
    frequency = random.poisson(random.gamma(1.2, 1 / 6.0, 4_000) * age)
    # The last of n purchases at random times of the interval.
    recency = np.where(frequency > 0, age * random.random(4_000) ** (1 / np.maximum(frequency, 1)), 0.0)
    model = fit(customers(frequency, recency, age))
    assert model.leaving in ("equal", "never")
    assert model.parameters["r"] == pytest.approx(1.2, rel=0.1)
    assert model.parameters.get("odds", 0.0) < 0.01


def fitted(kind: Callable, r: float, alpha: float, a: float, b: float) -> BgNbd:
    return kind({"r": r, "alpha": alpha, "a": a, "b": b}, {}, 0.0)


def bought_by_hand(a: float, stays: float, shape: float, ratio: float) -> float:
    """Purchases of who is there, integrated over the logit of chances to leave from Beta(a, stays)."""
    width = np.sqrt(1 / a + 1 / stays)
    middle = np.log(a / stays)
    logit = np.linspace(middle - 40 / a - 9 * width, middle + 40 / stays + 9 * width, 20_001)
    density = np.exp(a * logit - (a + stays) * np.logaddexp(0, logit) - betaln(a, stays))
    chance = np.maximum(expit(logit), 1e-290)
    bought = -np.expm1(-shape * np.log1p(chance * ratio)) / chance
    return (density * bought).sum() * (logit[1] - logit[0])


def test_expected_purchases_are_the_integral_over_leaving_chances():
    random = np.random.default_rng(11)
    for _ in range(400):
        a, b, r = 10 ** random.uniform([-1.5, -1.5, -1], [3.5, 4, 1])
        x, chances = np.floor(10 ** random.uniform(0, 3.3)) - 1, random.integers(0, 2)
        ratio = 10 ** random.uniform(-2, 2.3)
        expected = bought_by_hand(a, b + x + chances, r + x, ratio)
        given = np.array([[x + chances], [r + x], [ratio]])
        assert Varied().bought(np.array([a, b]), *given)[0] == pytest.approx(
            expected, rel=1e-4 if a < 150 else 0.01
        )


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.5), (0.3, 0.7), (1.0, 2.0), (0.4, 0.6)])
def test_expected_purchases_have_no_holes_where_their_formula_has(a, b):
    given = np.array([[0.0, 1.0], [0.7, 1.7], [2.0, 2.0]])
    expected = [bought_by_hand(a, b + chances, shape, ratio) for chances, shape, ratio in given.T]
    assert Varied().bought(np.array([a, b]), *given) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("r", "a"), [(0.3, 0.3), (0.55, 0.55), (1.0, 3.0), (5.0, 3.0), (5.0, 7.0)])
def test_expected_purchases_are_whole_where_r_less_a_is_whole(r, a):
    for x in (1.0, 100.0, 120.0, 400.0):
        for ratio in (5.0, 10.0, 20.0, 100.0):
            given = np.array([[x], [r + x], [ratio]])
            found = Varied().bought(np.array([a, 0.8]), *given)[0]
            assert found == pytest.approx(bought_by_hand(a, 0.8 + x, r + x, ratio), rel=1e-5)


@each_buyer
@pytest.mark.parametrize(("x", "t"), [(0, 0.0), (4, 5.0)])
def test_alive_is_the_stayers_share_of_the_likelihood(kind, fit, chances, x, t):
    r, alpha, a, b = HABITS.values()
    waited = gamma_function(r + x) / gamma_function(r) * alpha**r / (alpha + 7.0) ** (r + x)
    stayed = waited * beta_function(a, b + x + chances) / beta_function(a, b)
    alive = kind(HABITS, {}, 0.0).probability_alive(customers([x], [t], [7.0]))
    assert alive == pytest.approx(stayed / by_hand(x, t, 7.0, chances), rel=1e-9)


def test_who_bought_often_and_then_fell_silent_has_probably_left():
    model = fitted(BgNbd, 0.24, 4.4, 0.79, 2.43)
    seen = customers([0, 2, 20, 20], [0.0, 30.0, 10.0, 38.0], [38.0] * 4)
    once, seldom, silent, faithful = model.probability_alive(seen)
    assert once == 1.0
    assert silent < 0.01 < seldom < faithful
    assert fitted(MbgNbd, 0.24, 4.4, 0.79, 2.43).probability_alive(seen)[0] < 1.0


@each_buyer
def test_row_order_does_not_change_a_byte_of_fits(kind, fit, chances):
    seen = crowd(2_000, chances, seed=3)
    shuffled = seen.take(np.random.default_rng(9).permutation(seen.num_rows))
    assert fit(seen) == fit(shuffled)
    assert fit_gamma_gamma(seen) == fit_gamma_gamma(shuffled)


@each_buyer
def test_equal_histories_count_as_often_as_they_are_given(kind, fit, chances):
    seen = crowd(2_000, chances, seed=4)
    once, twice = fit(seen), fit(pa.concat_tables([seen, seen]))
    assert twice.parameters == pytest.approx(once.parameters, rel=1e-6)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)
    assert twice.standard_errors["r"] == pytest.approx(once.standard_errors["r"] / np.sqrt(2), rel=1e-5)


@each_buyer
def test_a_fit_does_not_depend_on_the_unit_of_time(kind, fit, chances):
    weeks = crowd(3_000, chances, seed=8)
    days = customers(weeks["frequency"], *(np.multiply(weeks[name], 7) for name in ("recency", "age")))
    by_week, by_day = fit(weeks), fit(days)
    assert by_day.parameters["alpha"] == pytest.approx(7 * by_week.parameters["alpha"], rel=1e-5)
    assert by_day.expected_transactions(days, 70.0) == pytest.approx(
        by_week.expected_transactions(weeks, 10.0), rel=1e-5
    )


def test_expected_spend_moves_from_crowd_to_customer():
    model = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    spend = model.expected_spend(customers([0, 1, 1000], [0, 1, 9], [9, 9, 9], [None, 100.0, 100.0]))
    assert spend[0] == pytest.approx(30.0)
    assert 30 < spend[1] < 100
    assert spend[2] == pytest.approx(100.0, abs=0.1)


def test_value_is_purchases_times_spend_discounted_to_today():
    model, money = fitted(BgNbd, 0.24, 4.4, 0.79, 2.43), GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    seen = customers([0, 2, 20], [0.0, 30.0, 38.0], [38.0] * 3, [None, 20.0, 60.0])
    undiscounted = model.expected_transactions(seen, 52.0) * money.expected_spend(seen)
    assert model.expected_value(seen, 52.0, 0.0, money) == pytest.approx(undiscounted)
    steps = np.linspace(0, 52, 5_201)
    bought = np.array([model.expected_transactions(seen, step) for step in steps])
    worth = 1.01 ** -(steps[1:] - 0.005)
    by_hand = (np.diff(bought, axis=0) * worth[:, None]).sum(axis=0) * money.expected_spend(seen)
    assert model.expected_value(seen, 52.0, 0.01, money) == pytest.approx(by_hand, rel=1e-5)
    assert np.all(model.expected_value(seen, 0.0, 0.01, money) == 0)


@pytest.mark.slow
@pytest.mark.parametrize("t", [30.0, 365.0, 3_650.0])
def test_value_at_any_horizon_matches_the_integral(t):
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    seen = customers(
        [0, 2, 20, 300], [0.0, 3.0, 38.0, 900.0], [1.0, 38.0, 38.0, 900.0], [None, 20.0, 60.0, 9.0]
    )
    rate = np.log1p(0.01)
    edges = np.append(0.0, np.geomspace(0.001, min(t, 60 / rate), 60))
    place, weight = (each / 2 for each in np.polynomial.legendre.leggauss(20))
    for model in (
        fitted(BgNbd, 0.24, 4.4, 0.79, 2.43),
        ParetoNbd({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, {}, 0.0),
    ):
        by_parts = np.exp(-rate * t) * model.expected_transactions(seen, t)
        for start, end in pairwise(edges):
            moments = start + (end - start) * (0.5 + place)
            bought = np.array([model.expected_transactions(seen, moment) for moment in moments])
            by_parts += rate * (end - start) * (weight * np.exp(-rate * moments)) @ bought
        found = model.expected_value(seen, t, 0.01, money)
        assert found == pytest.approx(by_parts * money.expected_spend(seen), rel=1e-4)


def test_independence_finds_that_frequent_customers_of_this_shop_spend_less():
    seen = customers([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [9] * 5, [None, 40.0, 30.0, 20.0, 10.0])
    found = independence(seen)
    assert (found.correlation, found.rank_correlation) == pytest.approx((-1.0, -1.0))
    assert found.customers == 4
    assert np.isnan(independence(seen.slice(0, 2)).correlation)


def weekly_shop(last_day: int = 200) -> pa.Table:
    """Customers who buy every 5, 6, … 44 days from their own first day on; every third stops half-way."""
    rows = [
        (number, day)
        for number in range(40)
        for day in range(number % 7, last_day, 5 + number)
        if number % 3 or day < last_day / 2
    ]
    start = date(2024, 1, 1)
    return pa.table(
        {
            "customer_id": [number for number, _ in rows],
            "transacted_at": [start + timedelta(days=day) for _, day in rows],
            "amount": [10.0 + number for number, _ in rows],
        }
    )


def test_the_regression_answers_the_same_questions():
    shop, until = weekly_shop(), date(2024, 7, 18)
    model = fit_regression(shop, until=until, unit="day", horizon=60)
    seen = summarize(shop, until=until, unit="day")
    near, far = model.expected_transactions(seen, 30.0), model.expected_transactions(seen, 60.0)
    assert far == pytest.approx(2 * near)
    alive = model.probability_alive(seen)
    assert np.all((alive > 0) & (alive < 1))
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    assert np.all(model.expected_value(seen, 60.0, 0.001, money) < far * money.expected_spend(seen))
    earlier = summarize(shop, until=until - timedelta(days=60), unit="day")
    learned = model.expected_transactions(earlier, 60.0).sum()
    later = summarize(shop, until=until, unit="day")["frequency"].to_numpy().sum()
    assert learned == pytest.approx(later - earlier["frequency"].to_numpy().sum(), rel=1e-4)


def test_the_regression_says_when_there_is_nothing_to_learn():
    shop = weekly_shop()
    with pytest.raises(ValueError, match="horizon is 0"):
        fit_regression(shop, until=date(2024, 7, 18), unit="day", horizon=0)
    with pytest.raises(ValueError, match="nobody bought again"):
        fit_regression(shop, until=date(2030, 1, 1), unit="day", horizon=30)
    with pytest.raises(ValueError, match="too much alike"):
        fit_regression(shop.slice(0, 20), until=date(2024, 3, 1), unit="day", horizon=30)


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_mbg_nbd, fit_gamma_gamma])
def test_a_fit_without_repeat_customers_says_so(fit):
    nobody = customers(*(pa.array([], pa.float64()) for _ in range(4)))
    one = customers([3], [5.0], [9.0], [10.0])
    once = customers([0, 0, 0], [0.0] * 3, [9.0, 8.0, 7.0], [None] * 3)
    for seen in (nobody, one, once):
        with pytest.raises(ValueError, match="the fit needs 2 or more"):
            fit(seen)


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_mbg_nbd])
def test_a_fit_that_finds_no_top_says_so(fit):
    clockwork = customers([9] * 50, [9.0] * 50, [9.0] * 50)
    with pytest.raises(ValueError, match="the fit did not converge"):
        fit(clockwork)
    with pytest.raises(ValueError, match="the fit did not converge"):
        fit_gamma_gamma(customers([9] * 50, [9.0] * 50, [9.0] * 50, [10.0] * 50))


@pytest.mark.parametrize("column", ["frequency", "recency", "age"])
def test_histories_need_every_column_with_sound_numbers(column):
    seen = customers([2, 1], [3.0, 2.0], [9.0, 9.0])
    place = seen.column_names.index(column)
    with pytest.raises(ValueError, match=f"no column {column}"):
        fit_bg_nbd(seen.drop_columns(column))
    with pytest.raises(ValueError, match=f"{column} has 1 nulls"):
        fit_bg_nbd(seen.set_column(place, column, pa.array([1.0, None])))
    for broken in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"{column} has values that are negative or not finite"):
            fit_bg_nbd(seen.set_column(place, column, pa.array([1.0, broken])))
    with pytest.raises(ValueError, match=f"{column} is string"):
        fit_bg_nbd(seen.set_column(place, column, pa.array(["1", "2"])))


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (customers([1.5], [1.0], [2.0]), "not whole numbers"),
        (customers([1], [3.0], [2.0]), "recency is above age"),
        (customers([0], [1.0], [2.0]), "recency is above 0 where frequency is 0"),
    ],
)
def test_histories_that_nobody_can_have_are_refused(seen, message):
    model = fitted(BgNbd, 0.24, 4.4, 0.79, 2.43)
    with pytest.raises(ValueError, match=message):
        model.probability_alive(seen)


def test_questions_that_have_no_answer_are_refused():
    model, money = fitted(BgNbd, 0.24, 4.4, 0.79, 2.43), GammaGamma({"p": 6.0, "q": 0.9, "v": 15.0}, {}, 0.0)
    seen = customers([0, 2], [0.0, 3.0], [9.0, 9.0], [None, 5.0])
    with pytest.raises(ValueError, match="t is -1; give a time of 0 or more"):
        model.expected_transactions(seen, -1)
    with pytest.raises(ValueError, match=r"discount is -0\.1"):
        model.expected_value(seen, 1, -0.1, money)
    with pytest.raises(ValueError, match="the mean amount is infinite"):
        money.expected_spend(seen)
    with pytest.raises(ValueError, match="monetary_value is null where frequency is above 0"):
        money.expected_spend(customers([2], [3.0], [9.0], [None]))


@each_buyer
def test_nobody_is_scored_where_nobody_is_given(kind, fit, chances):
    nobody = customers(*(pa.array([], pa.float64()) for _ in range(4)))
    model = fitted(kind, 0.24, 4.4, 0.79, 2.43)
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    assert len(model.probability_alive(nobody)) == len(model.expected_value(nobody, 9.0, 0.1, money)) == 0

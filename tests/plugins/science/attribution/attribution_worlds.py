"""Touches of channels that are equally good, seen until a day on which some of them are young."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.science.attribution import credit


def three_equal_channels(launched: float) -> tuple[pa.Table, pa.Table]:
    """90 days of 30,000 customers with one touch each, of whom 27.5 % buy, after 5 days on average.

    The third channel begins `launched` days before the end.
    """
    random = np.random.default_rng(3)
    people = np.arange(30_000)
    touched, channel = random.uniform(0, 90, len(people)), random.integers(0, 3, len(people))
    channel = np.where((channel == 2) & (touched < 90 - launched), people % 2, channel)
    bought = touched + random.exponential(5.0, len(people))
    buyers = people[(random.random(len(people)) < 0.275) & (bought < 90)]

    def moments(days: np.ndarray) -> pa.Array:
        return pa.array((days * 86_400e6).astype(np.int64)).cast(pa.timestamp("us"))

    return (
        pa.table(
            {
                "customer_id": people,
                "touched_at": moments(touched),
                "channel": np.array(["app", "e-mail", "radio"])[channel],
                "touch_id": people,
            }
        ),
        pa.table(
            {
                "customer_id": buyers,
                "converted_at": moments(bought[buyers]),
                "conversion_id": buyers,
                "value": np.ones(len(buyers)),
            }
        ),
    )


def rates(paths: pa.Table) -> dict[str, float]:
    """Conversions that Markov credits to a channel, over its touches."""
    credited = credit(paths.filter(pc.greater(pc.list_value_length(paths["touches"]), 0)), "markov")
    counts = {
        each["values"]: each["counts"]
        for each in pc.value_counts(pc.list_flatten(paths["touches"])).to_pylist()
    }
    return {row["channel"]: row["conversions"] / counts[row["channel"]] for row in credited.to_pylist()}

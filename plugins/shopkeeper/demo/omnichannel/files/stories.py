"""The stories of dirt, as SCENARIOS.md tells them: one bit each while files are made, words in the truth."""

import numpy as np
import pyarrow as pa

STORIES = (
    "typing_error_in_name", "typing_error_in_phone", "full_width_digits", "traditional_characters",
    "masked_phone", "shared_phone", "one_phone", "test_account", "staff", "reseller", "duplicate",
    "conflicting_duplicate", "late_file", "restated_file", "orphan", "return_without_order", "clock_skew",
    "wrong_time_zone", "bot", "broken_row", "truncated_snapshot", "migration", "currency_error", "spam",
    "personal_data_in_text", "personal_data_in_url", "merged_retailer",
)  # fmt: skip
BIT = {story: 1 << place for place, story in enumerate(STORIES)}
Bits = np.ndarray


def told(bits: Bits) -> pa.Array:
    """Return the stories of each record, as a list of words; null: clean."""
    if not bits.any():
        return pa.nulls(len(bits), pa.list_(pa.string()))
    found, place = np.unique(bits, return_inverse=True)
    words = [[story for story in STORIES if value & BIT[story]] or None for value in found.tolist()]
    return pa.array(words, pa.list_(pa.string())).take(pa.array(place))

"""Lay the true effects of a home's world beside its truth: minutes of work, so on demand."""

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.effects.campaigns import campaign_effects, programme_effect
from shopkeeper.demo.omnichannel.effects.channels import channel_effects
from shopkeeper.demo.omnichannel.effects.prices import category_elasticities, choice_elasticities
from shopkeeper.demo.omnichannel.effects.reruns import SAMPLE, stage
from shopkeeper.demo.omnichannel.effects.values import expected_values
from shopkeeper.demo.omnichannel.truth import TruthFolder


def write_effects(folder: TruthFolder, sample: int = SAMPLE, replicates: int = 8) -> dict[str, pa.Table]:
    """Write ``effects/<name>.parquet`` into a truth folder, and return the tables by name."""
    found = stage(folder, sample)
    last = found.day_count - 1
    told = {
        "channels": channel_effects(found).table(),
        "campaigns": campaign_effects(found),
        "programme": programme_effect(found),
        "choice_elasticities": choice_elasticities(found, last // 2),
        "category_elasticities": category_elasticities(found, range(max(last - 90, 0), last)),
        "expected_values": expected_values(found, replicates),
    }
    (folder.root / "effects").mkdir(exist_ok=True)
    for name, rows in told.items():
        pq.write_table(rows, folder.root / "effects" / f"{name}.parquet")
    return told

"""The assets where DAGs meet; each is announced by its gate or by publish, never by a build.

`pipeline.registry` declares which step announces which asset.
"""

from airflow.sdk import Asset

from shopkeeper.pipeline.registry import STEPS

INBOX = Asset("inbox", uri="shopkeeper://inbox")
"""Files have been dropped: announced by `pull_sources`, or from outside by the system that drops them.

From outside: `POST /api/v2/assets/events`.
"""

ANNOUNCED = {
    step.announces: Asset(step.announces, uri=f"shopkeeper://{step.announces}")
    for step in STEPS.values()
    if step.announces
}
"""By name, in the order of a refresh: sources, features, scores, marts, published."""

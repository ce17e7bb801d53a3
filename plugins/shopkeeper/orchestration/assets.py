"""The assets where DAGs meet; each is announced by its gate or by publish, never by a build.

`pipeline.registry` declares which step announces which asset.
"""

from airflow.sdk import Asset, AssetWatcher

from shopkeeper.orchestration.inbox_trigger import InboxTrigger
from shopkeeper.pipeline.registry import STEPS
from shopkeeper.settings import settings

WATCHERS = [AssetWatcher(name="inbox", trigger=InboxTrigger())] if settings().watch_seconds else []

INBOX = Asset("inbox", uri="shopkeeper://inbox", watchers=WATCHERS)
"""Files have been dropped: announced by its watcher, by `pull_sources`, or from outside by the system that
drops them (`POST /api/v2/assets/events`).
"""

ANNOUNCED = {
    step.announces: Asset(step.announces, uri=f"shopkeeper://{step.announces}")
    for step in STEPS.values()
    if step.announces
}
"""By name, in the order of a refresh: sources, features, scores, marts, published."""

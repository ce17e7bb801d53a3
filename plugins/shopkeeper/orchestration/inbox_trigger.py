"""Announces the inbox when files have arrived; runs in Airflow's triggerer.

When files are complete, `landing` says. What was announced is in Airflow's store of asset states, so that a
triggerer that starts again announces nothing twice.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from shopkeeper.paths import Home
from shopkeeper.settings import settings

LOOK_SECONDS = 2.0
HANDOVER_SECONDS = 15.0
"""After a refresh has ended, a person whose refresh was queued behind it goes first."""
ANNOUNCED = "announced"
REFRESH = "refresh_warehouse"


class InboxTrigger(BaseEventTrigger):
    """Fires once for each burst of complete files, and only while no refresh is queued or running.

    A refresh that is under way may still take them; what it leaves is announced after it, so that it is
    followed by one more and never by a queue.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return how Airflow makes this trigger again."""
        return f"{__name__}.{type(self).__name__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the inbox again and again, and fire when it is due."""
        from shopkeeper.landing import Watch

        store = self.asset_state_store
        known: Any = await store.aget(ANNOUNCED, []) if store else []
        watch = Watch(Home(settings().home), settings().watch_seconds, known)
        has_waited = False
        while True:
            try:
                is_due = await asyncio.to_thread(watch.is_due, time.monotonic())
            except OSError as error:
                self.log.warning("the inbox cannot be read: %s", error.strerror)
                is_due = False
            if is_due and await asyncio.to_thread(_is_under_way):
                has_waited = True
            elif has_waited:
                has_waited = False
                await asyncio.sleep(HANDOVER_SECONDS)
            elif is_due:
                yield TriggerEvent({"files": watch.announce()})
                if store:
                    await store.aset(ANNOUNCED, [*watch.announced])
            await asyncio.sleep(LOOK_SECONDS)


def _is_under_way() -> bool:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    return RuntimeTaskInstance.get_dr_count(REFRESH, states=["queued", "running"]) > 0

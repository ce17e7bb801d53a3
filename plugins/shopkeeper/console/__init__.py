"""The way from a terminal to Airflow: starting and stopping it, following a refresh, telling how it ended.

What a person sees belongs here; what a refresh does belongs to `refresh`.
"""

from shopkeeper.console.environment import url
from shopkeeper.console.processes import down
from shopkeeper.console.refreshing import refresh, status
from shopkeeper.paths import Home

__all__ = ["down", "refresh", "status", "up"]


def up(home: Home) -> str:
    """Start Airflow, if it is not up, and return the address of its UI."""
    from shopkeeper.console import processes

    processes.up(home, print)
    return url()

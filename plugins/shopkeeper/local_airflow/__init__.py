"""The way from a terminal to Airflow: starting and stopping it, following a refresh, telling how it ended.

What a person sees belongs here; what a refresh does belongs to `refresh`.
"""

from shopkeeper.local_airflow.client import Airflow
from shopkeeper.local_airflow.processes import down
from shopkeeper.local_airflow.refreshing import refresh, status
from shopkeeper.paths import Home

__all__ = ["down", "refresh", "status", "up"]


def up(home: Home) -> Airflow:
    """Start Airflow, if it is not up, and return it: its address, and who may log in."""
    from shopkeeper.local_airflow import processes

    return processes.up(home, print)

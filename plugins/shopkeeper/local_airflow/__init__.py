"""Connects a terminal to Airflow: starts and stops it, follows a refresh, reports how it ended.

What a person sees belongs here; what a refresh does belongs to `pipeline`.
"""

from shopkeeper.local_airflow.client import Airflow
from shopkeeper.local_airflow.history import clean_history
from shopkeeper.local_airflow.processes import down
from shopkeeper.local_airflow.refreshing import refresh
from shopkeeper.local_airflow.state import documents_url, status
from shopkeeper.paths import Home

__all__ = ["clean_history", "documents_url", "down", "refresh", "status", "up"]


def up(home: Home, restart: bool = False) -> Airflow:
    """Start Airflow if it is down, or anew, and return its address and login."""
    from shopkeeper.local_airflow import processes

    return processes.up(home, print, restart)

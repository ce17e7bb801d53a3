"""Shopkeeper's addition to Airflow's web server; Airflow executes this file in each of its processes.

Kept light: modules are imported when the web server starts.
"""

from collections.abc import Callable
from typing import Any

from airflow.plugins_manager import AirflowPlugin


def only_own_pages(app: Any) -> Callable[..., Any]:
    """Put the check of hosts and origins in front of a web application."""
    from shopkeeper.local_airflow.same_origin import guarded

    return guarded(app)


class ShopkeeperConsole(AirflowPlugin):
    """Restricts Airflow's web server to its own pages."""

    name = "shopkeeper"
    fastapi_root_middlewares = [{"name": "only_own_pages", "middleware": only_own_pages}]  # noqa: RUF012

"""Shopkeeper's addition to Airflow's web server; Airflow executes this file in each of its processes.

Kept light: modules are imported when the web server starts, and the console's in a thread beside it.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from shopkeeper.orchestration import history

PREFIX = "/shopkeeper"


def only_own_pages(app: Any) -> Callable[..., Any]:
    """Put the check of hosts and origins in front of a web application, and make the console beside it."""
    from shopkeeper.local_airflow.same_origin import guarded

    Thread(target=CONSOLE.make, daemon=True).start()
    return guarded(app)


class Console:
    """The console as a web application that is made once, at the latest when it is first asked."""

    def __init__(self) -> None:
        self._app: Any = None
        self._making = Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if self._app is None:
            from anyio.to_thread import run_sync

            await run_sync(self.make)
        await self._app(scope, receive, send)

    def make(self) -> None:
        """Import and make the console, so that no reader waits for it."""
        with self._making:
            if self._app is not None:
                return
            from shopkeeper.startup import forbid_pandas

            forbid_pandas()
            from shopkeeper.console import access, application, health, rendering, runs
            from shopkeeper.contracts import catalog
            from shopkeeper.local_airflow.run_facts import run_facts
            from shopkeeper.local_airflow.runs import recent_runs
            from shopkeeper.local_airflow.signed_in import signed_in
            from shopkeeper.paths import Home
            from shopkeeper.permissions import keep_private
            from shopkeeper.settings import settings

            home = Home(settings().home)
            keep_private(home)
            app = application.create(home)
            app.dependency_overrides[access.signed_in] = signed_in(access.User)
            app.dependency_overrides[health.recent_runs] = recent_runs
            app.dependency_overrides[runs.run_facts] = run_facts
            rendering.compile_templates()
            catalog()
            self._app = app


CONSOLE = Console()


class ShopkeeperConsole(AirflowPlugin):
    """Restricts Airflow's web server to its own pages, adds the console to them, and cleans the history."""

    name = "shopkeeper"
    listeners = [history]  # noqa: RUF012
    fastapi_root_middlewares = [{"name": "only_own_pages", "middleware": only_own_pages}]  # noqa: RUF012
    fastapi_apps = [{"name": "shopkeeper", "app": CONSOLE, "url_prefix": PREFIX}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Shopkeeper",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "shopkeeper",
            "nav_top_level": True,
            "icon": f"{PREFIX}/icon.svg",
            "icon_dark_mode": f"{PREFIX}/icon-dark.svg",
        },
        {
            "name": "Verdict",
            "href": f"{PREFIX}/dags/{{DAG_ID}}/tasks/{{TASK_ID}}",
            "destination": "task",
            "url_route": "verdict",
        },
        {
            "name": "Verdict",
            "href": f"{PREFIX}/dags/{{DAG_ID}}/runs/{{RUN_ID}}/tasks/{{TASK_ID}}",
            "destination": "task_instance",
            "url_route": "verdict_in_run",
        },
        {
            "name": "Version",
            "href": f"{PREFIX}/dags/{{DAG_ID}}/runs/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "version",
        },
    ]

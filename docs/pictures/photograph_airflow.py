"""Photograph the console and a run in Airflow's UI for the README and `docs/console.md`: `make screenshots`.

Needs Chromium, and Airflow up on a home in which a refresh through Airflow has published a version. Look at
each picture before you commit it.
"""

import sys
import time
from pathlib import Path

import httpx
from tests.shop.browser import CHROMIUM, Tab, browser

from shopkeeper.local_airflow.environment import login, url
from shopkeeper.paths import Home
from shopkeeper.settings import settings

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1360, 850
RUN = "/dags/refresh_warehouse/runs/{run}"
PICTURES = {
    "airflow": RUN,
    "verdict": f"{RUN}/tasks/gate_marts/plugin/verdict_in_run",
    "version": f"{RUN}/plugin/version",
    "console_health": "/plugin/shopkeeper",
    "console_segments": "/plugin/shopkeeper/shopkeeper/pages/segments",
    "console_channels": "/plugin/shopkeeper/shopkeeper/pages/channels",
    "console_table": "/plugin/shopkeeper/shopkeeper/tables/marts.customer_360",
}
"""What is photographed, by the name of the picture: an address in Airflow's UI."""


def main() -> int:
    """Write `<name>.png` beside this file for each picture."""
    if CHROMIUM is None:
        sys.exit("Chromium is absent: apt-get install chromium, and run again")
    known = login(Home(settings().home))
    answer = httpx.post(f"{url()}/auth/token", json={"username": known.user, "password": known.password})
    token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    found = httpx.get(
        f"{url()}/api/v2/dags/refresh_warehouse/dagRuns",
        params={"state": "success", "order_by": "-start_date", "limit": 1},
        headers=headers,
    ).json()["dag_runs"]
    if not found:
        sys.exit("no refresh has succeeded in this Airflow: `make refresh`, and run again")
    with browser() as tab:
        tab.ask("Network.setCookie", name="_token", value=token, url=url())
        tab.resize(WIDTH, HEIGHT)
        for name, place in PICTURES.items():
            photograph(tab, url() + place.format(run=found[0]["dag_run_id"]), HERE / f"{name}.png")
    return 0


def photograph(tab: Tab, address: str, file: Path) -> None:
    """Save a page of Airflow's UI once nothing in it, nor in its frame, is still to come."""
    tab.open(address)
    time.sleep(8)
    tab.picture(file, whole=False)
    print(file)


if __name__ == "__main__":
    sys.exit(main())

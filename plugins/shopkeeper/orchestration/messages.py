"""Messages about a refresh by mail and webhook: that it failed, or what is not red but wrong.

Off unless the settings name a receiver. Airflow connections hold the addresses and logins of the servers; no
message contains a value of a person, or of a file.
"""

import html
from dataclasses import dataclass
from typing import Any

from airflow.sdk import BaseNotifier, Connection

from shopkeeper.paths import Home
from shopkeeper.settings import settings

WEBHOOK_SECONDS = 20.0


@dataclass(frozen=True)
class Message:
    """What is said about one run."""

    subject: str
    lines: tuple[str, ...]
    page: str
    """The page in Airflow: the verdict on what failed, else the run."""


def notifiers(*, has_failed: bool) -> list[BaseNotifier]:
    """Return the receivers that the settings name, for the end of a run or for its publication."""
    found: list[BaseNotifier] = []
    if settings().notify_email:
        from shopkeeper.orchestration.mail import Mail

        found.append(Mail(has_failed))
    if settings().notify_webhook:
        found.append(Webhook(has_failed))
    return found


def message(context: Any, has_failed: bool) -> Message | None:
    """Return what is to be said about a run; None if it published and nothing is wrong."""
    from airflow.configuration import conf

    from shopkeeper import warehouse
    from shopkeeper.landing import quarantine
    from shopkeeper.notices import find_notices
    from shopkeeper.retailers import retailer

    home, run = Home(settings().home), context["dag_run"]
    found = find_notices(home, warehouse.batches(home), quarantine.refusals(home))
    lines = tuple(notice.sentence for notice in found)
    if not has_failed and not lines:
        return None
    version = warehouse.current(home)
    page = f"{conf.get('api', 'base_url', fallback='')}/dags/{run.dag_id}/runs/{run.run_id}"
    what = f"{version} is published, with something to see to"
    if has_failed:
        task, said = _first_failure(home, context)
        what = f"the refresh failed{f' at {task}' if task else ''}; readers see {version or 'no version yet'}"
        if task:
            page, lines = f"{page}/tasks/{task}/plugin/verdict_in_run", (f"Failed: {said}", *lines)
    return Message(f"{retailer().name}: {what}", lines, page)


def _first_failure(home: Home, context: Any) -> tuple[str | None, str]:
    """Return the task of a failed run that failed first, and in one line what failed in it."""
    from shopkeeper.notices import failures_of, latest_build

    build = latest_build(home)
    found = failures_of(build) if build else []
    if "ti" not in context:
        return (found[0].task, found[0].sentence) if found else (None, "")
    ti, run = context["ti"], context["dag_run"]
    states = ti.get_task_states(dag_id=run.dag_id, run_ids=[run.run_id]).get(run.run_id, {})
    red = [task.task_id for task in context["dag"].topological_sort() if states.get(task.task_id) == "failed"]
    of_this_run = next((each for each in found if each.task in red), None)
    if of_this_run:
        return of_this_run.task, of_this_run.sentence
    return (red[0], f"the task {red[0]}") if red else (None, "")


def as_html(said: Message) -> str:
    """Return a message as the text of a mail."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in said.lines)
    link = html.escape(said.page, quote=True)
    return f'<p>{html.escape(said.subject)}</p><ul>{lines}</ul><p><a href="{link}">{link}</a></p>'


class Webhook(BaseNotifier):
    """Sends a message as JSON; `text` is what chat programs show."""

    def __init__(self, has_failed: bool) -> None:
        super().__init__()
        self.has_failed = has_failed

    def notify(self, context: Any) -> None:
        """Send what is to be said about a run, if anything is."""
        import httpx

        said = message(context, self.has_failed)
        if said is None:
            return
        connection: Any = Connection.get(str(settings().notify_webhook))
        token = {"Authorization": f"Bearer {connection.password}"} if connection.password else {}
        text = "\n".join([said.subject, *(f"- {line}" for line in said.lines), said.page])
        content = {"text": text, "subject": said.subject, "notices": list(said.lines), "page": said.page}
        httpx.post(connection.host, json=content, headers=token, timeout=WEBHOOK_SECONDS).raise_for_status()

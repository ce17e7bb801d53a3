"""The mail about a refresh, sent by Airflow's own notifier; DAGs import it only if a receiver is named."""

from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier

from shopkeeper.orchestration.messages import as_html, message
from shopkeeper.settings import settings


class Mail(SmtpNotifier):
    """Sends a message to those that the settings name."""

    def __init__(self, has_failed: bool) -> None:
        super().__init__(to=settings().notify_email or "")
        self.has_failed = has_failed

    def notify(self, context: Any) -> None:
        """Send what is to be said about a run, if anything is."""
        said = message(context, self.has_failed)
        if said is not None:
            self.subject, self.html_content = said.subject, as_html(said)
            super().notify(context)

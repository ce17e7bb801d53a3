"""Where DAGs meet, in the data's order; each is announced by its gate or by publish, never by a build.

A new asset belongs here when another DAG waits for it.
"""

from airflow.sdk import Asset

INBOX = Asset("inbox", uri="shopkeeper://inbox")
"""Files have been dropped: announced from outside, by whoever drops them (``POST /api/v2/assets/events``)."""

SOURCES = Asset("sources", uri="shopkeeper://sources")
FEATURES = Asset("features", uri="shopkeeper://features")
SCORES = Asset("scores", uri="shopkeeper://scores")
MARTS = Asset("marts", uri="shopkeeper://marts")
PUBLISHED = Asset("published", uri="shopkeeper://published")

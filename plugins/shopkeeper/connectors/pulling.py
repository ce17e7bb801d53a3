"""Runs one pull of the retailer with the connector of its kind."""

from shopkeeper.connectors.arrivals import alone
from shopkeeper.connectors.sources import Pulled, Source
from shopkeeper.paths import Home
from shopkeeper.permissions import keep_private
from shopkeeper.retailers import TablePull, claim, retailer


def pull(home: Home, feed: str, source: Source) -> Pulled:
    """Put new content of a feed in `retailer.yml`'s `pulls` into the inbox.

    Raises `UserError` if the declaration or the source's answer needs a person, `PullFailed` if trying again
    may help. The next pull makes good one that was killed at any point.
    """
    declared = retailer().pulls[feed]
    claim(home)
    keep_private(home)
    with alone(home, feed):
        if isinstance(declared, TablePull):
            from shopkeeper.connectors.postgres import pull_rows

            return pull_rows(home, feed, declared, source)
        from shopkeeper.connectors.buckets import pull_objects

        return pull_objects(home, feed, declared, source)

"""Puts new content of databases and buckets into the inbox as files, each exactly once.

Each kind of source is one module, which knows nothing of Airflow: address and login come from outside as a
`Source`. Checking the files belongs to `landing`.
"""

from shopkeeper.connectors.pulling import pull
from shopkeeper.connectors.sources import Pulled, PullFailed, Source

__all__ = ["PullFailed", "Pulled", "Source", "pull"]

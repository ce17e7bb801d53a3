"""New content of databases and buckets becomes files in the inbox, each once.

A kind of source is one module here, which knows nothing of Airflow: where a source is and what opens it comes
from outside, as a `Source`. What a file holds is judged by `landing`.
"""

from shopkeeper.connectors.pulling import pull
from shopkeeper.connectors.sources import Pulled, PullFailed, Source

__all__ = ["PullFailed", "Pulled", "Source", "pull"]

"""What a connector is given and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class PullFailed(Exception):
    """A source does not answer, or broke off: one line without secrets or values; trying again may help."""


@dataclass(frozen=True)
class Source:
    """Where a database or bucket is and what opens it, as an Airflow connection says."""

    name: str
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Pulled:
    """What one pull put into the inbox: names of files, and rows where the source counts in rows."""

    files: tuple[str, ...] = ()
    row_count: int = 0

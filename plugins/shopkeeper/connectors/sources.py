"""The input and output types of connectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class PullFailed(Exception):
    """A source does not answer, or broke off: one line without secrets or values; trying again may help."""


@dataclass(frozen=True)
class Source:
    """The address and login of a database or bucket, from an Airflow connection."""

    name: str
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Pulled:
    """What one pull put into the inbox: file names, and a row count if the source has rows."""

    files: tuple[str, ...] = ()
    row_count: int = 0

"""Errors that a user can cause and cure; the command line prints them as one line.

Bugs are ordinary exceptions and keep their traceback.
"""

import re


class UserError(Exception):
    """What is wrong and how to fix it, in one line."""

    exit_status = 2


class Fenced(UserError):
    """A newer refresh has begun; this one must not publish (exit status 75, `EX_TEMPFAIL`)."""

    exit_status = 75


class GateFailed(UserError):
    """A critical rule failed; the published version is untouched."""

    exit_status = 3


def without_values(message: str) -> str:
    """Return an engine's message without quotations and long numbers, which may be values of rows."""
    unquoted = re.sub(r"(['\"]).*\1", r"\1…\1", message, flags=re.DOTALL)
    return re.sub(r"\d{4,}", "…", unquoted)

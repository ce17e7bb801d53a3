"""Who runs a command, and the reason that each change asks for."""

import os
import pwd
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shopkeeper.console.changes import AtCommandLine

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the change.")]
By = Annotated[str | None, typer.Option("--by", help="Who wants it; by default you.")]


def user_name() -> str:
    """Return the name of the user whose process this is, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def author(by: str | None) -> "AtCommandLine":
    """Return who is recorded with a change that a command makes."""
    from shopkeeper.console.changes import AtCommandLine

    return AtCommandLine(by or user_name())

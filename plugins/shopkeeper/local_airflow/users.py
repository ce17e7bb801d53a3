"""Who may sign in to the local Airflow: `admin`, and each user whom the console's file of roles names.

Airflow reads this when it starts. What a role allows in the console is the console's matter.
"""

import re

import yaml

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

ADMIN = "admin"
NAME = re.compile(r"[\w.@+-]+")
"""A name that Airflow's list of users can hold: no comma, colon, space or dollar sign."""

OF_AIRFLOW = {"operator": "user", "admin": "admin"}
"""Airflow's role for a role of the console, if it is not `viewer`, which sees DAGs, runs and logs;
`user` also starts, stops and repeats refreshes."""


def read_users(home: Home) -> dict[str, str] | None:
    """Return the role of each user as the file says it, None without a file; `UserError` if it is damaged."""
    if not home.roles.exists():
        return None
    try:
        users = yaml.safe_load(home.roles.read_text(encoding="utf-8"))["users"]
        return {str(name): str(role) for name, role in users.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        why = Sentence(
            "{file} is damaged; write `users:` and below it one line `name: role`", file=str(home.roles)
        )
        raise UserError(why) from error


def require_name(name: str) -> None:
    """Raise `UserError` for a name with which nobody can sign in."""
    if not NAME.fullmatch(name):
        raise UserError("a user's name may have letters, digits and . _ @ + - only")


def users_of_airflow(home: Home) -> dict[str, str]:
    """Return Airflow's role of each user; of a damaged file only `admin`, with whom commands sign in."""
    try:
        users = read_users(home) or {}
    except UserError:
        users = {}
    named = {name: OF_AIRFLOW.get(role, "viewer") for name, role in users.items() if NAME.fullmatch(name)}
    return {**named, ADMIN: "admin"}

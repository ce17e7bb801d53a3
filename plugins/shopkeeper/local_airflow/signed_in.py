"""Who has signed in to Airflow, for the console's routes."""

from collections.abc import Callable
from typing import TypeVar

from shopkeeper.local_airflow.server_roles import roles_of

User = TypeVar("User")


def signed_in(user_of: Callable[[str, tuple[str, ...] | None], User]) -> Callable[..., User]:
    """Return the dependency of FastAPI that gives Airflow's user, or answers 401 or 403.

    `user_of` takes the name and the console's roles: on a server those of FAB, else None.
    """
    from airflow.api_fastapi.core_api.security import GetUserDep

    def user(user: GetUserDep) -> User:
        roles = getattr(user, "roles", None)
        names = None if roles is None else roles_of([role.name for role in roles])
        return user_of(str(user.get_name()), names)

    return user

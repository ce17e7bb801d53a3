"""Who has signed in to Airflow, for the console's routes."""

from collections.abc import Callable


def signed_in() -> Callable[..., str]:
    """Return the dependency of FastAPI that gives the name of Airflow's user, or answers 401 or 403."""
    from airflow.api_fastapi.core_api.security import GetUserDep

    def user_name(user: GetUserDep) -> str:
        return str(user.get_name())

    return user_name

"""`shopkeeper roles`: who may do what in the console."""

from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import settings

app = typer.Typer(no_args_is_help=True, help="Who may do what in the console, the pages in Airflow's UI.")
User = Annotated[str, typer.Argument(help="The name with which the user signs in to Airflow.")]


@app.command("list")
def listed() -> None:
    """List the users that have a role, and what each role allows."""
    from shopkeeper.console.access import RIGHTS, read_roles

    roles = read_roles(Home(settings().home))
    printing.table("", ("user", "role"), sorted(roles.items()))
    print()
    rights = ((role, ", ".join(sorted(RIGHTS[role]))) for role in RIGHTS)
    printing.table("", ("role", "rights"), rights)


@app.command()
def give(
    user: User, role: Annotated[str, typer.Argument(help="viewer, analyst, steward, operator or admin.")]
) -> None:
    """Give a user a role, instead of the one that the user has."""
    from shopkeeper.console.access import give_role

    home = Home(settings().home)
    give_role(home, user, role)
    print(f"{user} is {role}; signing in works once Airflow has started anew (`shopkeeper up --restart`)")
    print(f"passwords are in {AirflowPaths(home.airflow).passwords}")


@app.command()
def take(user: User) -> None:
    """Take a user's role away: the user sees nothing of the console any more."""
    from shopkeeper.console.access import give_role

    give_role(Home(settings().home), user, None)
    print(f"{user} has no role")

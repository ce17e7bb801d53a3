"""`shopkeeper vault`: the state of the vault, a new key for it, and the value behind a token."""

from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.cli.person import user_name
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

app = typer.Typer(no_args_is_help=True, help="Values of persons, which are tokens everywhere else.")


@app.command()
def status() -> None:
    """Show where the key is, how much is sealed, who looked last, and whether the access log is whole."""
    from shopkeeper.vault import read_status

    home = Home(settings().home)
    found = read_status(home)
    if found is None:
        print(f"{home.root} has no vault yet; the first landing of values of persons makes it")
        return
    printing.facts(
        {
            "key": found.key_source,
            "persons": f"{found.person_count:,}",
            "sealed batches": f"{found.sealed_batch_count:,}",
            "access log": "altered" if found.faults else "as it was written",
        }
    )
    if found.last_accesses:
        print()
        rows = ((each.at, each.who, each.done, each.count, each.why) for each in found.last_accesses)
        printing.table("", ("last accesses", "who", "what", "of", "why"), rows)
    if found.faults:
        raise UserError(f"{found.faults[0]}; somebody changed it: ask who may write {home.vault}")


@app.command()
def rotate(
    new_key_file: Annotated[
        Path | None,
        typer.Option(help="Where the new key is, or will be, if the key comes from the environment."),
    ] = None,
) -> None:
    """Give the vault a new master key; tokens stay as they are."""
    from shopkeeper.vault import KEY_VARIABLE, open_vault

    count = open_vault(_home_with_vault()).rotate(user_name(), "rotation of the master key", new_key_file)
    print(f"{count:,} keys are wrapped by a new master key; back it up apart from the home")
    if new_key_file is not None:
        print(f"set {KEY_VARIABLE} to the content of {visible(new_key_file)}, then delete that file")


@app.command()
def reveal(
    token: Annotated[str, typer.Argument(help="A token, such as t1_0f5c… with 32 digits.")],
    reason: Annotated[str, typer.Option(help="Why you need the value; kept in the access log.")],
) -> None:
    """Print the values behind a token, as they were delivered."""
    from shopkeeper.vault import open_vault

    values = open_vault(_home_with_vault()).reveal([token], user_name(), reason).get(token)
    if values is None:
        raise UserError(f"no value is behind {token}: it is of another home, or its person was erased")
    print(*map(visible, values), sep="\n")


def _home_with_vault() -> Home:
    from shopkeeper.vault import has_vault

    home = Home(settings().home)
    if not has_vault(home):
        raise UserError(f"{home.root} has no vault yet; the first landing of values of persons makes it")
    return home

"""`shopkeeper contracts`: check them, and compile what follows from them."""

import typer

from shopkeeper.errors import UserError
from shopkeeper.terminal import visible

app = typer.Typer(no_args_is_help=True, help="What producers and consumers were promised.")


@app.command("check")
def check() -> None:
    """Lint every contract, and check that what is compiled from it is up to date."""
    from shopkeeper.contracts import all_contracts, dbt_sources, lint, staged
    from shopkeeper.paths import RetailerPaths
    from shopkeeper.retailers import retailer

    problems = lint.problems() or [
        *(f"{path} is stale: run `shopkeeper contracts compile`" for path in dbt_sources.stale_files()),
        *staged.problems_of_staging(all_contracts(), retailer().systems, RetailerPaths(retailer().folder)),
    ]
    for problem in problems:
        print(visible(problem))
    if problems:
        raise UserError(f"{len(problems)} problems in the contracts; cure them and check again")
    print("the contracts are complete, and what is compiled from them is fresh")


@app.command("compile")
def compile_sources() -> None:
    """Write dbt's source files from the contracts."""
    from shopkeeper.contracts import dbt_sources

    for path in dbt_sources.write():
        print(path)

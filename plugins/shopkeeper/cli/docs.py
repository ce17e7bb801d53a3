"""`shopkeeper docs`: where a version's documents are, and its dictionary in open formats."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings

app = typer.Typer(invoke_without_command=True, help="A version's documents, and its dictionary as files.")


@app.callback()
def docs(context: typer.Context) -> None:
    """Show where the published version's documents are: in the UI while Airflow is up, and as files."""
    if context.invoked_subcommand is not None:
        return
    from shopkeeper import warehouse
    from shopkeeper.local_airflow import documents_url

    home = Home(settings().home)
    current = warehouse.current(home)
    if current is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    print(documents_url(home) or "`shopkeeper up` serves it; until then open:")
    print(*home.version(current).documents(), sep="\n")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; nothing is sent anywhere.")],
    format: Annotated[
        Literal["json", "odcs", "openlineage"],
        typer.Option(help="Its own JSON, data contracts (ODCS 3.2), or OpenLineage events."),
    ] = "json",
    version: Annotated[
        str | None, typer.Option(help="A published version other than the current one.")
    ] = None,
) -> None:
    """Write the dictionary of a version as files for another catalogue."""
    from shopkeeper import dictionary, warehouse
    from shopkeeper.contracts import catalog

    home = Home(settings().home)
    told = warehouse.manifest(home, version)
    places = home.version(told["version"])
    found = dictionary.read(places.dictionary_json)
    if found is None:
        raise UserError(
            f"{told['version']} was published without a dictionary as JSON; "
            "`shopkeeper refresh --full` makes one"
        )
    compiled = json.loads(places.compiled.read_text(encoding="utf-8"))
    sql = {name.rpartition(".")[2]: model["sql"] for name, model in compiled.items()}
    files = dictionary.export(found, catalog(), told, sql, format, folder)
    print(f"{len(files)} files in {folder}")

"""`shopkeeper source` and `shopkeeper retailer`: make a retailer's folder, and check files before they
land.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

if TYPE_CHECKING:
    from shopkeeper.landing import FileCheck
    from shopkeeper.warehouse import Batch

app = typer.Typer(no_args_is_help=True, help="Files of one source, before they land.")
retailers = typer.Typer(no_args_is_help=True, help="The folder of one retailer.")


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="A file as the producer drops it.", exists=True, dir_okay=False)
    ],
    system: Annotated[str, typer.Option(help="The system that drops it.")],
) -> None:
    """Check a file by its contract without taking it."""
    from shopkeeper.contracts import catalog
    from shopkeeper.landing import Parser, check_file

    with Parser() as parser:
        checked = check_file(file, system, catalog(), parser)
    if checked.refusal is not None:
        raise UserError(f"{checked.file_name} would be refused: {checked.refusal}")
    table = f"{system}.{checked.table}"
    print(f"{table}: {checked.accepted_count:,} rows accepted, {checked.quarantined_count:,} refused")
    if checked.reasons:
        printing.table("", ("reason", "rows"), checked.reasons)


@app.command()
def draft(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, JSON Lines, Parquet or Excel, with some rows.", exists=True, dir_okay=False
        ),
    ],
    system: Annotated[str, typer.Option(help="The system that drops such files.")],
    table: Annotated[str, typer.Option(help="What its rows describe, such as orders.")],
) -> None:
    """Write a first contract and staging model from a sample, and say what a person must decide."""
    from datetime import UTC, datetime

    from shopkeeper.contracts import dbt_sources
    from shopkeeper.contracts.draft import draft_source
    from shopkeeper.retailers import retailer

    drafted = draft_source(file, system, table, retailer(), datetime.now(UTC))
    if drafted.origin != file:
        print(f"{file.name} was written as {drafted.origin.name}; that is what lands")
    for path in (*drafted.written, *dbt_sources.write()):
        print(path)
    entities = " and ".join(drafted.entities) or "no entity yet"
    print(f"{system}.{table} from {drafted.row_count:,} rows: {entities}; to decide:")
    printing.table("", ("column", "decide"), drafted.decisions)


@retailers.command("new")
def new(
    name: Annotated[str, typer.Argument(help="A word in lower case, such as corner_books.")],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where the folder is made, if not in retailers/, or here for an installed Shopkeeper."
        ),
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Where a day begins, such as Asia/Shanghai.")] = "UTC",
    currency: Annotated[str, typer.Option(help="Reporting currency, ISO 4217.")] = "EUR",
) -> None:
    """Make the folder of a new retailer; it passes the lint and waits for its first source."""
    from shopkeeper.scaffold import make_retailer

    made = make_retailer(name, folder, time_zone, currency)
    print(
        f"{made} is ready; set SHOPKEEPER_RETAILER to it and draft a first source (`shopkeeper source draft`)"
    )


def _replaced(checked: "FileCheck", batches: "list[Batch]") -> str:
    """Say which batch an accepted file replaces, and how many rows it had and has."""
    from shopkeeper.contracts import catalog
    from shopkeeper.warehouse import replaced_by

    contract = catalog().for_file(checked.system, checked.file_name)
    if contract is None or checked.refusal is not None:
        return ""
    before = replaced_by(contract, checked.file_name, batches)
    if before is None or before.batch_id == checked.sha256:
        return ""
    return f"{before.batch_id[:12]}: {before.accepted_count:,} rows → {checked.accepted_count:,}"


def preview() -> None:
    """Print what a refresh would do: which files would land, what they replace, and what would be rebuilt."""
    from shopkeeper import landing, warehouse
    from shopkeeper.contracts import catalog
    from shopkeeper.pipeline.definitions import changes

    home = Home(settings().home)
    with landing.Parser() as parser:
        trials = [
            landing.check_file(file.path, file.system, catalog(), parser)
            for file in landing.dropped_files(home)
            if file.identity is not None
        ]
    batches = warehouse.batches(home)
    printing.table(
        "",
        ("system", "file", "table", "accepted", "refused", "replaces", "why it would not land"),
        (
            (
                t.system,
                t.file_name,
                t.table or "",
                f"{t.accepted_count:,}",
                f"{t.quarantined_count:,}",
                _replaced(t, batches),
                t.refusal or "",
            )
            for t in trials
        ),
    )
    moving = [batch for batch in batches if batch.status in ("new", "withdrawn")]
    print(f"{len(trials)} files in the inbox; {len(moving)} landed batches come or go")
    for batch, why in warehouse.find_shrunken(home, batches):
        print(visible(f"{batch.file_name} would be held: {why}"))
    lines, reached = changes(home)
    for line in lines:
        print(visible(line))
    for what, names in (("tables", reached.tables), ("steps", reached.steps)):
        if names:
            print(visible(f"{what} that this reaches: {', '.join(names)}"))

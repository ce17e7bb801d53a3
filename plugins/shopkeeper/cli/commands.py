"""Every verb of the `shopkeeper` command."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from shopkeeper.cli import (
    batches,
    contracts,
    demos,
    docs,
    printing,
    privacy,
    quarantine,
    roles,
    sources,
    storage,
    tracing,
    vault,
)
from shopkeeper.cli.person import By, Reason, author
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.permissions import keep_private
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Take a retailer's files to a published, gated warehouse, and look after it.",
)
for group, commands in {
    **{"demo": demos.app, "batches": batches.app, "quarantine": quarantine.app, "contracts": contracts.app},
    **{"source": sources.app, "retailer": sources.retailers, "roles": roles.app, "vault": vault.app},
    "privacy": privacy.app,
    "docs": docs.app,
}.items():
    app.add_typer(commands, name=group)
for command in (tracing.trace, storage.maintain, storage.backup, storage.restore):
    app.command()(command)


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


@app.callback()
def prepare() -> None:
    """Make the home and everything that the command writes private; finish an erasure that was killed."""
    keep_private(home := Home(settings().home))
    privacy.finish_killed(home)


@app.command()
def refresh(
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything from raw.")] = False,
    local: Annotated[bool, typer.Option("--local", help="In this process, without Airflow.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    trial: Annotated[
        bool, typer.Option("--try", help="Build beside the published version, compare, publish nothing.")
    ] = False,
) -> None:
    """Land what is in the inbox and publish a new version, through Airflow."""
    home = Home(settings().home)
    if dry_run:
        sources.preview()
    elif trial:
        _try_out(home)
    elif local:
        from shopkeeper import warehouse
        from shopkeeper.pipeline import run

        result = run.run(home, full, printing.step)
        printing.outcome(result.version, warehouse.batches(home))
    else:
        from shopkeeper import local_airflow as console

        raise typer.Exit(console.refresh(home, full=full))


def _try_out(home: Home) -> None:
    from shopkeeper.pipeline import trial

    tried = trial.try_out(home, printing.step)
    if tried is None:
        print("nothing is new: no definition has changed, and every batch is published")
        return
    columns = ("table", "what", tried.base, "tried")
    printing.table("", columns, printing.differences(tried.differences))
    count = len({each.table for each in tried.differences})
    print(f"tables that would differ from {tried.base}: {count}; nothing was published")


@app.command()
def up(
    restart: Annotated[bool, typer.Option("--restart", help="Anew, even if that ends a refresh.")] = False,
) -> None:
    """Start Airflow if it is down, and print the address of its UI and the login."""
    from shopkeeper import local_airflow as console

    airflow = console.up(Home(settings().home), restart)
    print(f"Airflow is up: {airflow.url} (`shopkeeper down` stops it)")
    print(f"log in as {airflow.login.user} with the password {airflow.login.password}")


@app.command()
def down() -> None:
    """Stop Airflow."""
    from shopkeeper import local_airflow as console

    print("Airflow was stopped" if console.down(Home(settings().home)) else "Airflow was not running")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show what is published, what is waiting, and whether Airflow is running."""
    from shopkeeper import local_airflow as console

    told = console.status(Home(settings().home))
    if as_json:
        print(json.dumps(told, indent=1))
    else:
        printing.facts(told)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='One statement, such as "from marts.customer_segments".')],
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table,
    version: Annotated[
        str | None, typer.Option(help="A published version other than the current one.")
    ] = None,
) -> None:
    """Query a published version, read-only."""
    from shopkeeper import warehouse

    result = warehouse.query(Home(settings().home), sql, version)
    match format:
        case Format.csv:
            printing.write_csv(result)
        case Format.json:
            printing.write_json(result)
        case _:
            printing.table("", result.column_names, printing.rows(result))


@app.command()
def versions() -> None:
    """List the published versions, oldest first."""
    from shopkeeper import warehouse

    printing.table(
        "",
        ("version", "current", "made from", "as of", "published at", "batches", "rows"),
        (
            (v.name, "*" if v.is_current else "", v.base_version, v.as_of_date, v.published_at,
             v.batch_count, f"{v.row_count:,}")
            for v in warehouse.versions(Home(settings().home))
        ),
    )  # fmt: skip


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A published version.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
    table: Annotated[str | None, typer.Argument(help="A table, to see it value by value.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A column that identifies its rows.")] = None,
) -> None:
    """Show what differs between two versions, largest first; for one table, value by value."""
    from shopkeeper import warehouse

    home = Home(settings().home)
    if table is None:
        found = warehouse.compare_versions(home, before, after)
        printing.table("", ("table", "what", before, after), printing.differences(found))
        print(f"tables that differ: {len({each.table for each in found})}")
    elif not key:
        raise UserError(
            f"name the columns that identify a row of {table}: --key COLUMN, more than once if needed"
        )
    else:
        values = warehouse.compare_rows(home, before, after, table, key)
        printing.table("", (*key, "column", before, after), printing.rows(values))
        print(f"values that differ: {values.num_rows:,}")


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="The version that readers shall see again.")],
    reason: Reason,
    undo: Annotated[
        bool, typer.Option("--undo", help="Return to what the last rollback left; release just what it held.")
    ] = False,
    by: By = None,
) -> None:
    """Show readers an earlier version, and hold everything that landed after it."""
    from shopkeeper import warehouse
    from shopkeeper.console import changes

    home = Home(settings().home)
    changes.roll_back(home, author(by), version, reason, undo=undo, do=changes.perform_here)
    held = len(warehouse.read_holds(home))
    print(f"{version} is the current version again; {held} batches are held (`shopkeeper batches list`)")


@app.command()
def verify() -> None:
    """Compare raw, quarantine and the published versions with what was written; reads everything."""
    from shopkeeper import warehouse

    with printing.progress("verifying") as advance:
        verified = warehouse.verify(Home(settings().home), advance)
    for fault in verified.faults:
        print(visible(fault))
    looked_at = (
        f"{verified.batch_count:,} batches, {verified.refused_file_count:,} refused files "
        f"and {verified.version_count:,} versions"
    )
    if verified.faults:
        raise UserError(f"{len(verified.faults)} faults in {looked_at}; each line above says what to do")
    print(f"{looked_at} are what was written")

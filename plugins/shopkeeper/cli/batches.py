"""`shopkeeper batches`: which landed files count, and which are kept out."""

from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.cli.person import By, Reason, author
from shopkeeper.paths import Home
from shopkeeper.settings import settings

app = typer.Typer(no_args_is_help=True, help="Landed files: which ones count, which are kept out.")
BatchId = Annotated[list[str], typer.Argument(help="A batch id, or how it begins.")]


@app.command("list")
def listed() -> None:
    """List every landed batch, in landing order."""
    from shopkeeper import warehouse

    printing.table(
        "",
        ("batch", "table", "file", "landed at", "accepted", "quarantined", "status", "held"),
        (
            (b.batch_id[:12], f"{b.system}.{b.table}", b.file_name, b.landed_at[:19],
             f"{b.accepted_count:,}", f"{b.quarantined_count:,}", b.status, b.why_held)
            for b in warehouse.batches(Home(settings().home))
        ),
    )  # fmt: skip


@app.command()
def hold(batch_id: BatchId, reason: Reason, by: By = None) -> None:
    """Keep batches out of every refresh, from the next one on."""
    from shopkeeper.console import changes
    from shopkeeper.landing import batch_with

    home = Home(settings().home)
    for each in [batch_with(home, start) for start in batch_id]:
        changes.hold(home, author(by), each, reason)
    print("held; the next refresh leaves them out")


@app.command()
def release(batch_id: BatchId, reason: Reason, by: By = None) -> None:
    """Let the next refresh add held batches again."""
    from shopkeeper.console import changes
    from shopkeeper.landing import batch_with

    home = Home(settings().home)
    for each in [batch_with(home, start) for start in batch_id]:
        changes.release(home, author(by), each, reason)
    print("released; the next refresh takes them in")

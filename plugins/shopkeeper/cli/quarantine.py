"""`shopkeeper quarantine`: shows what was refused and why, and replays it after the cure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.cli.person import By, Reason, author
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

if TYPE_CHECKING:
    from shopkeeper.console.changes import Action

app = typer.Typer(no_args_is_help=True, help="Refused rows and files: what, why, and again after the cure.")
BatchId = Annotated[str, typer.Argument(help="The id that `list` shows, or how it begins.")]
ReplayId = Annotated[str, typer.Argument(help="The batch of the replay, in `shopkeeper batches list`.")]
WithSettled = Annotated[
    bool, typer.Option("--all", help="Also what is settled: copies of accepted rows, and what a replay took.")
]
SHOWN = ("line_number", "column_name", "reason", "detail", "record")


@app.command("list")
def listed(with_settled: WithSettled = False) -> None:
    """List files with open refusals, of rows or of the whole file."""
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    found = quarantine.refusals(home, with_settled=with_settled)
    if not found and not with_settled and quarantine.refusals(home, with_settled=True):
        print("nothing is open; `shopkeeper quarantine list --all` shows what is settled")
        return
    printing.table(
        "",
        ("batch", "table", "file", "refused", "reasons"),
        (
            (
                entry.key[:12],
                f"{entry.system}.{entry.table}",
                entry.file_name,
                "the whole file" if entry.is_whole_file else f"{entry.row_count:,} rows",
                ", ".join(f"{reason} {count:,}" for reason, count in entry.reasons.items()),
            )
            for entry in found
        ),
    )


@app.command()
def show(
    batch_id: BatchId,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show values of persons too; needs --reason.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Rows shown.")] = 50,
    with_settled: WithSettled = False,
    reason: Annotated[str, typer.Option(help="Why you look at values of persons; it is kept.")] = "",
    by: By = None,
) -> None:
    """Show the refused rows of a file with line and reason; personal values are masked."""
    from shopkeeper.console import changes
    from shopkeeper.contracts import catalog
    from shopkeeper.landing import quarantine

    home, seen = Home(settings().home), {}
    if personal:
        seen = {"who": author(by).name, "why": reason}
        changes.reveal(home, author(by), quarantine.find_key(home, batch_id), reason, limit)
    rows = quarantine.show(home, batch_id, with_settled=with_settled, **seen).slice(0, limit)
    if "record" not in rows.column_names:
        (refusal,) = rows.to_pylist()
        printing.table("", ("", ""), refusal.items())
        contract = catalog().contract(refusal["system"], refusal["table"])
        key = quarantine.find_key(home, batch_id)
        if head := quarantine.read_head(home, key, contract, is_masked=not personal, **seen):
            names = (", ".join(head.names), ", ".join(head.missing), head.other_count)
            printing.table("", ("", ""), zip(("header", "it lacks", "other names"), names, strict=True))
            printing.table("", SHOWN, ([line[name] for name in SHOWN] for line in head.lines[:limit]))
        return
    if rows.num_rows and not personal:
        first = rows.slice(0, 1).to_pylist()[0]
        rows = quarantine.masked(home, rows, catalog().contract(first["system"], first["table_name"]))
    printing.table("", SHOWN, (map(_text, row.values()) for row in rows.select(SHOWN).to_pylist()))


@app.command()
def replay(
    batch_id: BatchId,
    reason: Reason,
    by: By = None,
    corrections: Annotated[
        Path | None, typer.Option(help="CSV or JSON Lines with _line_number and the columns that change.")
    ] = None,
) -> None:
    """Check refused rows again, after the contract or the rows were corrected."""
    from shopkeeper.console import changes
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    key, how = quarantine.find_key(home, batch_id), {"corrections": corrections}
    _say_landed(changes.replay(home, author(by), key, reason, do=changes.perform_here, **how))


@app.command()
def correct(
    batch_id: BatchId,
    line: Annotated[int, typer.Argument(help="The line of the row, as `show` says it.")],
    values: Annotated[
        list[str], typer.Option("--set", help="COLUMN=VALUE, once for each column; \\N empties it.")
    ],
    reason: Reason,
    by: By = None,
) -> None:
    """Check one refused row again with other values."""
    from shopkeeper.console import changes
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    if not all("=" in each for each in values):
        raise UserError("write --set COLUMN=VALUE, once for each column")
    pairs = (each.partition("=") for each in values)
    given = {column: None if value == changes.NULL else value for column, _, value in pairs}
    key = quarantine.find_key(home, batch_id)
    _say_landed(changes.correct(home, author(by), key, line, given, reason, do=changes.perform_here))


@app.command()
def settle(batch_id: BatchId, reason: Reason, by: By = None) -> None:
    """Decide that what is open of a refusal will not come in."""
    from shopkeeper.console import changes
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    key = quarantine.find_key(home, batch_id)
    changes.settle(home, author(by), key, reason)
    print(f'settled; `shopkeeper quarantine reopen {key[:12]} --reason "…"` takes it back')


@app.command()
def reopen(batch_id: BatchId, reason: Reason, by: By = None) -> None:
    """Take back that a person settled a refusal."""
    from shopkeeper.console import changes
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    changes.reopen(home, author(by), quarantine.find_key(home, batch_id), reason)
    print("open again")


@app.command()
def take_back(batch_id: ReplayId, reason: Reason, by: By = None) -> None:
    """Take a replay back: its batch counts no more, and its rows are open again."""
    from shopkeeper.console import changes
    from shopkeeper.landing import batch_with

    home = Home(settings().home)
    taken = batch_with(home, batch_id)
    changes.take_back(home, author(by), taken, reason)
    print(f'taken back; `shopkeeper quarantine put-back {taken[:12]} --reason "…"` lets it count again')


@app.command()
def put_back(batch_id: ReplayId, reason: Reason, by: By = None) -> None:
    """Let a replay that was taken back count again."""
    from shopkeeper.console import changes
    from shopkeeper.landing import batch_with

    home = Home(settings().home)
    changes.put_back(home, author(by), batch_with(home, batch_id), reason)
    print("run `shopkeeper refresh` to take it into the next version")


def _say_landed(action: "Action") -> None:
    print(visible(action.detail))
    print("run `shopkeeper refresh` to take them into the next version")


def _text(value: object) -> object:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value

"""`shopkeeper quarantine`: shows what was refused and why, and replays it after the cure."""

from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.cli.person import user_name
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

app = typer.Typer(no_args_is_help=True, help="Refused rows and files: what, why, and again after the cure.")
BatchId = Annotated[str, typer.Argument(help="The id that `list` shows, or how it begins.")]
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
    personal: Annotated[bool, typer.Option("--personal", help="Show values of persons too.")] = False,
    limit: Annotated[int, typer.Option(help="Rows shown.")] = 50,
    with_settled: WithSettled = False,
) -> None:
    """Show the refused rows of a file with line and reason; personal values are masked."""
    from shopkeeper.contracts import catalog
    from shopkeeper.landing import quarantine

    home = Home(settings().home)
    seen = {"who": user_name(), "why": "quarantine show --personal"} if personal else {}
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
    corrections: Annotated[
        Path | None, typer.Option(help="CSV or JSON Lines with _line_number and the columns that change.")
    ] = None,
) -> None:
    """Check refused rows again, after the contract or the rows were corrected."""
    from shopkeeper.landing.quarantine import replay as again

    done = again(Home(settings().home), batch_id, corrections)
    still = sum(done.still_refused.values())
    detail = f": {visible(done.detail)}" if done.detail else ""
    print(f"{done.accepted_count:,} rows accepted, {still:,} still refused{detail}")
    if done.accepted_count:
        print("run `shopkeeper refresh` to take them into the next version")


@app.command()
def settle(
    batch_id: BatchId, why: Annotated[str, typer.Option(help="Why it will not come in; kept with it.")]
) -> None:
    """Decide that what is open of a refusal will not come in."""
    from shopkeeper.landing import quarantine

    key = quarantine.settle(Home(settings().home), batch_id, why)
    print(f"settled; `shopkeeper quarantine reopen {key[:12]}` takes it back")


@app.command()
def reopen(batch_id: BatchId) -> None:
    """Take back that a person settled a refusal."""
    from shopkeeper.landing import quarantine

    quarantine.reopen(Home(settings().home), batch_id)
    print("open again")


@app.command()
def take_back(
    batch_id: Annotated[str, typer.Argument(help="The batch of the replay, in `shopkeeper batches list`.")],
    why: Annotated[str, typer.Option(help="Why it was wrong; kept with it.")],
) -> None:
    """Take a replay back: its batch counts no more, and its rows are open again."""
    from shopkeeper.landing import quarantine

    taken = quarantine.take_back(Home(settings().home), batch_id, why)
    print(f"taken back; `shopkeeper batches release {taken[:12]}` lets it count again")


def _text(value: object) -> object:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value

"""`shopkeeper maintain`, `backup` and `restore`: a home over time."""

from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import settings

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]
KeysFile = Annotated[Path, typer.Option("--keys", help="The file of the keys, kept elsewhere.")]


def maintain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what is past its retention, old logs and leftovers, and Airflow's old history."""
    from shopkeeper import local_airflow, storage

    home = Home(settings().home)
    done = storage.maintain(home, AirflowPaths(home.airflow).logs, is_dry_run=dry_run)
    removed = [(each.what, each.count, each.row_count, each.byte_count) for each in done.removed]
    runs = local_airflow.clean_history(home, is_dry_run=dry_run)
    if runs:
        removed.append(("rows of Airflow's history", runs, 0, 0))
    columns = ("would be removed" if dry_run else "removed", "count", "records", "bytes")
    if removed:
        printing.table("", columns, ((what, *(f"{n:,}" for n in counts)) for what, *counts in removed))
    else:
        print("there is nothing to remove")
    for each in done.waiting:
        print(f"{each.what}: {each.count:,} hold older rows beside newer ones, and wait for those")


def backup(folder: Folder, keys: KeysFile) -> None:
    """Back the home up into a folder, and its keys and the log of erasures into a file apart."""
    from shopkeeper import storage

    with printing.progress("copying") as advance:
        made = storage.back_up(Home(settings().home), folder, keys, advance)
    print(f"{made.file_count:,} files, {made.byte_count:,} bytes; {made.new_byte_count:,} of them are new")
    print(f"keep {keys} apart from the backup: whoever has both can read everything")


def restore(folder: Folder, keys: KeysFile) -> None:
    """Restore a backup into SHOPKEEPER_HOME, which is new or empty, without those who were erased."""
    from shopkeeper import storage

    home = Home(settings().home)
    with printing.progress("checking the backup") as advance:
        restored = storage.restore(home, folder, keys, advance)
    again = f"{restored.erasure_count:,} persons were erased again"
    print(f"{home.root} is as on {restored.made_at[:19]} UTC: {restored.file_count:,} files; {again}")

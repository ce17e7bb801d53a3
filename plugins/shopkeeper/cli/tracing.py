"""`shopkeeper trace`: from a number back to lines of files, from a line to what was made of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopkeeper.cli import printing
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

if TYPE_CHECKING:
    from shopkeeper.warehouse.trace import File, FromFile, FromRow, Lines, Step

LINES_SHOWN = 20


def trace(
    table: Annotated[str | None, typer.Argument(help="A table, such as marts.customer_360.")] = None,
    key: Annotated[
        str | None,
        typer.Argument(help="What names the row: a value, or several with commas between, quoted as in CSV."),
    ] = None,
    column: Annotated[str | None, typer.Argument(help="Only what this column's value came from.")] = None,
    file: Annotated[str | None, typer.Option(help="A file's name: what was made of it?")] = None,
    line: Annotated[int | None, typer.Option(help="One line of the file.")] = None,
    version: Annotated[
        str | None, typer.Option(help="A published version other than the current one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, with every line.")] = False,
) -> None:
    """Follow a row back to the lines of files that it was made of, or a line to the rows made of it."""
    from shopkeeper import startup

    startup.forbid_pandas()
    from shopkeeper.warehouse import trace

    home = Home(settings().home)
    if file is not None and table is None:
        told = trace.trace_file(home, file, line, version)
        _print_json(asdict(told)) if as_json else _print_file(told)
    elif table is not None and key is not None and file is None and line is None:
        found = trace.trace_row(home, table, key, column, version, None if as_json else LINES_SHOWN)
        _print_json(asdict(found)) if as_json else _print_row(found)
    else:
        raise UserError(
            "name a row, `shopkeeper trace TABLE KEY [COLUMN]`, or a file, `shopkeeper trace --file NAME`"
        )


def _print_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, indent=1, default=str, ensure_ascii=False))


def _print_row(found: "FromRow") -> None:
    named = ", ".join(f"{name} {value}" for name, value in found.key.items())
    value = f": {found.column} {found.value}" if found.column else ""
    print(visible(f"{found.table}, {named}{value} ({found.version})"))
    printing.table("", ("table", "rows", "columns", "read by", "keys"), map(_step, found.steps))
    _print_whole(found.steps)
    for lines in found.lines:
        _print_lines(lines)
    _print_files(found.files)


def _print_file(told: "FromFile") -> None:
    where = f"line {told.line} of {told.file_name}" if told.line is not None else told.file_name
    print(visible(f"{where} ({told.version})"))
    printing.table("", ("table", "rows", "columns", "read by", "keys"), map(_step, told.steps))
    for each in told.unfollowed:
        print(visible(f"{each.table} reads {', '.join(each.reads)}: {each.why}"))
    _print_files(told.files)


def _step(step: "Step") -> Iterator[object]:
    yield step.table
    yield f"{step.row_count:,}"
    yield _few(step.columns, 4)
    yield _few([reader.partition(".")[2] for reader in step.readers], 3)
    yield _few(["/".join(map(str, key.values())) for key in step.keys], 3, step.row_count)


def _few(words: Iterable[str], most: int, count: int | None = None) -> str:
    known = list(words)
    more = (len(known) if count is None else count) - most
    return ", ".join(known[:most]) + (f" and {more:,} more" if known and more > 0 else "")


def _print_whole(steps: "Iterable[Step]") -> None:
    for step in steps:
        for table, (count, why) in step.whole.items():
            print(visible(f"{step.table} takes the whole of {table}, {count:,} rows: {why}"))
        if step.lost_count:
            print(visible(f"{step.table}: {step.lost_count:,} rows are not what their model makes now"))


def _print_lines(lines: "Lines") -> None:
    told = [name for name in lines.amounts if any(row[name] is not None for row in lines.rows)]
    printing.table(
        f"\n{lines.table}: {lines.row_count:,} rows",
        ("file", "line", "batch", "landed at", "standing", *lines.key, *told),
        (
            (row["file_name"], row["line"], row["batch_id"][:12], str(row["landed_at"])[:19],
             row["standing"], *(row[name] for name in (*lines.key, *told)))
            for row in lines.rows
        ),
    )  # fmt: skip
    if len(lines.rows) == LINES_SHOWN:
        print(f"the first {LINES_SHOWN} lines; --json tells all")


def _print_files(files: "list[File]") -> None:
    if not files:
        return
    print()
    printing.table(
        "",
        ("batch", "table", "file", "landed at", "status", "restates", "restated by"),
        (
            (each.batch_id[:12], each.table, each.file_name, each.landed_at[:19],
             f"{each.status}, {each.why_held}" if each.why_held else each.status,
             ", ".join(other[:12] for other in each.restates),
             ", ".join(other[:12] for other in each.restated_by))
            for each in files
        ),
    )  # fmt: skip

"""Reads delimited text into rows: a fast path for plain files and a careful path for the rest.

The fast path runs only if every line is proven to be one record, and its result counts only if it has one row
per line. Columns are matched by header name; checking values belongs to `checks`.
"""

from contextlib import suppress
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

import duckdb

from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.engine import COPY_OPTIONS, file_literal, identifier, literal
from shopkeeper.landing.reading.headers import names_any, require_columns
from shopkeeper.landing.reading.lines import MAXIMUM_LINE_BYTES, Line, find_plain_lines, read_lines
from shopkeeper.landing.reading.records import Dialect, RowRefused, Tally, read_entries, split
from shopkeeper.landing.reading.rows import LINE_NUMBER, RowWriter
from shopkeeper.landing.reading.spanning import Quotes
from shopkeeper.landing.reading.unpacking import Text, as_utf8
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.sentences import Sentence

_LINES_BEFORE_A_HEADER = 20
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_header(text: Text, contract: Contract, file_format: FileFormat) -> tuple[str, ...]:
    """Return the header's names, in any order; `FileRefused` unless they are the contract's."""
    with text.path.open("rb") as file:
        line, *following = islice(read_lines(file), _LINES_BEFORE_A_HEADER)
    if line.is_too_long:
        detail = Sentence("the first line has {count:,} bytes, it is no header", count=line.byte_count)
        raise FileRefused("HEADER_MISMATCH", detail)
    written = _decode_header(line, text.encoding)
    names = _split_header(written, file_format.delimiter)
    if not names_any(names, contract):
        for delimiter in DELIMITERS.keys() - {file_format.delimiter}:
            if names_any(_split_header(written, delimiter), contract):
                found, declared = (
                    Sentence(DELIMITERS[d]) if d in DELIMITERS else d
                    for d in (delimiter, file_format.delimiter)
                )
                detail = Sentence(
                    "fields are separated by {found}, the contract declares {declared}",
                    found=found,
                    declared=declared,
                )
                raise FileRefused("WRONG_DELIMITER", detail)
        place = next((each.number for each in following if _is_header(each, text, contract)), None)
        detail = Sentence("the first line names none of the contract's columns")
        if place is not None:
            detail = Sentence("the header is on line {line}; send nothing before it", line=place)
        raise FileRefused("HEADER_MISMATCH", detail)
    require_columns(names, contract)
    return names


def _is_header(line: Line, text: Text, contract: Contract) -> bool:
    with suppress(FileRefused):
        delimiter = contract.file.delimiter if contract.file else ","
        require_columns(_split_header(_decode_header(line, text.encoding), delimiter), contract)
        return True
    return False


def _decode_header(line: Line, encoding: str) -> str:
    try:
        return line.content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused(
            "WRONG_ENCODING", Sentence("the header is not {encoding}", encoding=encoding)
        ) from error


def _split_header(written: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(split(written, delimiter))
    except RowRefused as error:
        detail = Sentence("the header is no record: {why}", why=error.detail)
        raise FileRefused("HEADER_MISMATCH", detail) from error


def read_plain(
    connection: duckdb.DuckDBPyConnection,
    text: Text,
    names: tuple[str, ...],
    contract: Contract,
    delimiter: str,
    folder: Path,
    target: Path,
) -> Tally | None:
    """Read a file of plain lines with DuckDB; `None` if it needs the careful path."""
    utf8 = as_utf8(text, folder)
    lines = find_plain_lines(utf8, delimiter) if utf8 else None
    # DuckDB refuses a line with too few fields, but silently accepts extra empty fields.
    if utf8 is None or lines is None or lines.delimiter_count != lines.count * (len(names) - 1):
        return None
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    # Do not set new_line: in strict mode DuckDB then silently reads no rows.
    source = f"""
        read_csv(
            {file_literal(utf8)}, auto_detect = false, header = false, skip = 1, strict_mode = true,
            delim = {literal(delimiter)}, quote = '"', escape = '"',
            compression = 'none', nullstr = '', max_line_size = {2 * MAXIMUM_LINE_BYTES},
            columns = {{{columns}}}
        )
    """
    wanted = ", ".join(
        f"{identifier(c.name) if c.name in names else 'null::varchar'} as {identifier(c.name)}"
        for c in contract.columns
    )
    rows = f"select {wanted}, row_number() over () + 1 as {LINE_NUMBER} from {source}"
    try:
        copied = connection.execute(f"copy ({rows}) to {literal(str(target))} ({COPY_OPTIONS})").fetchone()
    except duckdb.InvalidInputException:
        return None
    is_whole = copied is not None and copied[0] == lines.count - 1
    return Tally(lines.count - 1, lines.is_bare) if is_whole else None


def read_carefully(
    text: Text, names: tuple[str, ...], contract: Contract, delimiter: str, target: Path
) -> Tally:
    """Write the well-formed rows of a delimited file, record by record."""
    columns = [contract.column(name) for name in names]
    spanning = tuple(column.allows_newline for column in columns)
    figures = tuple(column.type not in ("text", "boolean") for column in columns)
    dialect = Dialect(names, delimiter, text.encoding, spanning, figures)
    places = [names.index(column.name) if column.name in names else None for column in contract.columns]
    with (
        RowWriter(target, contract) as writer,
        text.path.open("rb") as file,
        mmap(file.fileno(), 0, access=ACCESS_READ) as content,
    ):
        lines = read_lines(file)
        next(lines)
        tally = Tally(0)
        for entry in read_entries(lines, dialect, Quotes(content, delimiter.encode(text.encoding))):
            tally.add(entry)
            if entry.refusal is None:
                values = [None if place is None else entry.fields[place] for place in places]
                writer.append(values, entry.line.number)
    return tally

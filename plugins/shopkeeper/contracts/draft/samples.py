"""Reads a sample of a file in any format, encoding or delimiter into one DuckDB table of texts."""

import codecs
import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import charset_normalizer
import duckdb

from shopkeeper.engine import connect, identifier, literal
from shopkeeper.errors import UserError

ROWS = 20_000
SAMPLE_BYTES = 16 << 20
_GUESSED_BYTES = 1 << 18
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_RARE_DELIMITERS = "^~#:"
_ENCODINGS = {
    **{"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf_8": "utf-8", "ascii": "utf-8"},
    **{"cp1252": "windows-1252", "cp1250": "windows-1250"},
    **dict.fromkeys(("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
}
_CENTRAL_EUROPE = tuple(
    f"Europe/{city}"
    for city in ("Warsaw", "Prague", "Bratislava", "Budapest", "Bucharest", "Ljubljana", "Zagreb", "Belgrade")
)


@dataclass(frozen=True)
class Sample:
    """The first rows of a file in the table `sample`: texts, or Parquet's own types."""

    connection: duckdb.DuckDBPyConnection
    format: Literal["csv", "jsonl", "parquet"]
    names: tuple[str, ...]
    row_count: int
    encoding: str = "utf-8"
    delimiter: str = ","
    is_whole: bool = True


def read_sample(path: Path, utf8: Path, zone: str = "UTC") -> Sample:
    """Return a sample of a file, and write its text to `utf8`. `UserError` if it has no rows.

    `zone` is the shop's; it decides between the code pages of Europe.
    """
    with path.open("rb") as file:
        start = file.read(len(_PARQUET))
    connection = connect()
    try:
        if start == _PARQUET:
            return _sample(connection, f"read_parquet({literal(str(path))})", "parquet")
        content = _head(path, start)
        if not content.strip():
            raise UserError(f"{path.name} is empty; draft from a file with some rows")
        encoding = _encoding(content, zone)
        text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
        utf8.write_text(text, encoding="utf-8", newline="")
        if text.lstrip().startswith("{"):
            return _json_sample(connection, utf8, encoding)
        return _csv_sample(connection, utf8, encoding)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(utf8), "")[:120]
        raise UserError(
            f"{path.name} cannot be read ({reason}); is it CSV, JSON Lines or Parquet?"
        ) from error


def _head(path: Path, start: bytes) -> bytes:
    """Return the first bytes of a file, unpacked, up to the end of a line."""
    try:
        with gzip.open(path) if start.startswith(_GZIP) else path.open("rb") as file:
            content = file.read(SAMPLE_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path.name} is cut off or damaged; draft from a whole one") from error
    if len(content) < SAMPLE_BYTES:
        return content
    return content[: content.rfind(b"\n") + 1]


def _encoding(content: bytes, zone: str) -> str:
    """Return the encoding of text by its Python name, or by the contract's name if it has one."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
        return "utf-8"
    except UnicodeDecodeError:
        pass
    never = [] if b"\0" in content else ["utf_16", "utf_16_be", "utf_16_le"]
    best = charset_normalizer.from_bytes(content[:_GUESSED_BYTES], cp_exclusion=never).best()
    found = best.encoding if best else "cp1252"
    # A few accented letters do not tell which Latin code page it is; then it is the commonest of the region.
    beyond = [letter for letter in content.decode(found, errors="replace") if letter > "\x7f"]
    is_latin = all(letter < "\u0250" or not letter.isalpha() for letter in beyond)
    is_central = found == "cp1250" and zone in (*_CENTRAL_EUROPE, "UTC")
    western = content.decode("cp1252", errors="ignore").encode("cp1252")
    if is_latin and western == content and not is_central:
        return "windows-1252"
    return _ENCODINGS.get(found, found)


def _csv_sample(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str) -> Sample:
    delimiter, columns, is_header = _sniffed(connection, path)
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file, delimiter=delimiter))
    if not is_header and any(letter.isdigit() for name in header for letter in name):
        raise UserError("the first line names no columns; draft from a file with a header")
    if len({name.casefold() for name in header}) < len(header):
        raise UserError("two columns of the header have one name, but for case; rename one")
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    source = (
        f"read_csv({literal(str(path))}, header = true, delim = {literal(delimiter)}, quote = '\"', "
        f"escape = '\"', nullstr = '', auto_detect = false, columns = {{{types}}})"
    )
    return _sample(connection, source, "csv", encoding, delimiter)


def _sniffed(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, list[str], bool]:
    """Return the delimiter, the names and whether the first line looks like names; rare delimiters are
    tried last.
    """
    found: tuple[str, list[str], bool] = (",", [], False)
    for options in ("", *(f", delim = {literal(each)}" for each in _RARE_DELIMITERS)):
        query = (
            "select Delimiter, list_transform(Columns, x -> x.name), HasHeader "
            f"from sniff_csv({literal(str(path))}, quote = '\"', escape = '\"', all_varchar = false{options})"
        )
        try:
            row = connection.execute(query).fetchone()
        except duckdb.Error:
            continue
        if row is not None and len(row[1]) > len(found[1]):
            found = row
        if len(found[1]) > 1:
            break
    if not found[1]:
        raise UserError("its lines do not have the same number of fields; is it CSV with a header?")
    return found


def _json_sample(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str) -> Sample:
    objects = f"read_json_objects({literal(str(path))}, format = 'newline_delimited')"
    keys = "unnest(json_keys(json)) as name, generate_subscripts(json_keys(json), 1) as place"
    listed = f"select {keys} from {objects}"
    found = connection.execute(
        f"select name from ({listed}) group by name order by min(place), name"
    ).fetchall()
    values = ", ".join(
        f"json ->> {literal('$.' + identifier(name))} as {identifier(name)}" for (name,) in found
    )
    return _sample(connection, f"(select {values} from {objects})", "jsonl", encoding)


def _sample(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    format_: Literal["csv", "jsonl", "parquet"],
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Sample:
    connection.execute(f"create table sample as select * from {source} limit {ROWS + 1}")
    names = tuple(name for name, *_ in connection.execute("describe sample").fetchall())
    (count,) = connection.execute("select count(*) from sample").fetchone() or (0,)
    if not count:
        raise UserError("it has no rows; draft from a file with some")
    return Sample(connection, format_, names, count, encoding, delimiter, count <= ROWS)

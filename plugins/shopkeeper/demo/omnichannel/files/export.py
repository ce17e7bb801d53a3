"""What one kind of file is: where it goes, its format, and the query that makes it of a day's tables."""

from dataclasses import dataclass

from shopkeeper.demo.omnichannel.tables import TABLES


@dataclass(frozen=True)
class Export:
    """One kind of file. ``query`` returns the file's columns (of JSON Lines one, ``line``) with ``row_id``
    (null: the record stands for nothing) and ``dirt``, the bits of its stories. ``is_second``: a second
    retailer's alone, whose other files are as the first one's.
    """

    place: str
    table: str
    format: str
    query: str
    feed: str
    inputs: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    is_hourly: bool = False
    is_restated: bool = False
    is_second: bool = False


def has_integer_key(table: str) -> bool:
    """Return whether a table's rows have one integer key, or one and a line number."""
    key = TABLES[table].key
    return key[0].endswith("_id") and (len(key) == 1 or key[1:] == ("line_number",))


def columns(
    place: str, table: str, format: str, feed: str, *told: str, where: str = "true", delimiter: str = ",",
    encoding: str = "utf-8",
) -> Export:  # fmt: skip
    """Return a file with the columns told of one table, such as `account := ref(account_id)`."""
    named = ", ".join(_named(column) for column in told)
    query = f"select {named}, row_id, dirt from {table} where {where}"
    return Export(place, table, format, query, feed, (table,), encoding, delimiter)


def lines(place: str, table: str, feed: str, *told: str, where: str = "true") -> Export:
    """Return a file of JSON Lines with the columns told of one table."""
    query = f"select {packed(*told)}, row_id, dirt from {table} where {where}"
    return Export(place, table, "jsonl", query, feed, (table,))


def packed(*told: str) -> str:
    """Return SQL for a line of JSON with the columns told."""
    fields = ", ".join(column if ":=" in column else f"{column} := {column}" for column in told)
    return f"to_json(struct_pack({fields}))::varchar || chr(10) as line"


def _named(column: str) -> str:
    name, is_made, made = column.partition(":=")
    return f"{made.strip()} as {name.strip()}" if is_made else column

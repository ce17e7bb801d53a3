"""The entries of a dictionary: tables, columns and readers, as a version's `docs/dictionary.json` holds them.

How they come about belongs to `making`.
"""

from msgspec import Struct

from shopkeeper.warehouse.trace import Columns

Words = dict[str, str]
"""A text by language, `en` and `zh`."""


class Entry(Struct, frozen=True, omit_defaults=True):
    """One column.

    `made_of`: the columns that it is made of directly; `sources`: the columns of contracts that those lead
    back to. `gives_to`: the columns that take its values directly; `reaches`: those of marts at the end of
    them. `constants`: SQL of what is the same in every row. `decides`: some model asks it which rows there
    are. `is_read` is false for a column of a source that no model takes or asks.
    """

    name: str
    type: str
    description: Words
    classification: str | None = None
    unit: str | None = None
    is_key: bool = False
    is_required: bool = False
    values: tuple[str, ...] = ()
    made_of: Columns = {}
    sources: Columns = {}
    gives_to: Columns = {}
    reaches: Columns = {}
    constants: tuple[str, ...] = ()
    decides: bool = False
    is_read: bool = True


class Freshness(Struct, frozen=True, omit_defaults=True):
    """The last business date of a source, its age on the as-of date in days, and how old it may be. Of any
    other table: of the oldest of its sources. A source without business dates has the day on which it last
    landed, and no age.
    """

    source: str
    last_date: str | None = None
    age_days: int | None = None
    limit_days: int | None = None


class Table(Struct, frozen=True, omit_defaults=True):
    """One source, or one table that a version keeps (`is_kept`) or passes through.

    `made_by`: the model or the step; `parents`: what it reads; `sources`: the sources at the end of that;
    `taken_by`: the tables that read it. `readers`: names of exposures. `version`: of its contract.
    `decided_by`: the columns that only decide which rows there are. `unread`:
    why its SQL could not be followed column by column.
    """

    name: str
    layer: str
    description: Words
    columns: tuple[Entry, ...]
    key: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    classification: str | None = None
    purposes: tuple[str, ...] = ()
    retention: str | None = None
    freshness: Freshness | None = None
    parents: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    taken_by: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    made_by: str = ""
    is_kept: bool = False
    version: str | None = None
    decided_by: Columns = {}
    unread: str | None = None

    def column(self, name: str) -> Entry | None:
        """Return one column, if there is one of this name."""
        return next((column for column in self.columns if column.name == name), None)


class Exposure(Struct, frozen=True, omit_defaults=True):
    """Who reads which tables, and what for."""

    name: str
    label: str
    kind: str
    owner: str
    description: str
    tables: tuple[str, ...]


class Dictionary(Struct, frozen=True, omit_defaults=True):
    """All tables of a version in the order of a refresh, and all readers."""

    version: str
    retailer: str
    title: Words
    as_of_date: str
    tables: tuple[Table, ...]
    readers: tuple[Exposure, ...] = ()

    def table(self, name: str) -> Table | None:
        """Return one table, if there is one of this name."""
        return next((table for table in self.tables if table.name == name), None)

    def unread_columns(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of each source that no model reads."""
        found = {t.name: tuple(c.name for c in t.columns if not c.is_read) for t in self.tables}
        return {table: columns for table, columns in found.items() if columns}

"""From rows of one table to the rows that they were made of, table by table, down to what was landed.

A table is computed anew once, when all that leads to it is known. Which SQL says what belongs to `relations`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

import duckdb
import pyarrow.parquet as pq

from shopkeeper.engine import identifier, literal
from shopkeeper.paths import BuildPaths
from shopkeeper.warehouse.trace.evaluation import Evaluation
from shopkeeper.warehouse.trace.keeping import ORIGINS
from shopkeeper.warehouse.trace.models import INPUT, SCORES, Models
from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.reading import read
from shopkeeper.warehouse.trace.relations import CHANGED_SET, Leaf, Relation, Unreadable, place_of
from shopkeeper.warehouse.trace.restrictions import Restriction, column
from shopkeeper.warehouse.trace.scores import Scored, scored

NUMBERS = count()


@dataclass
class Reached:
    """Rows of one table that were reached: a temporary table of their `row` numbers.

    `readers`: the tables that were made of them; `populations`: tables that it took whole, and why.
    """

    table: str
    rows: str
    row_count: int
    columns: tuple[str, ...]
    readers: tuple[str, ...]
    made_by: str
    populations: dict[str, str] = field(default_factory=dict)
    lost_count: int = 0
    """Rows that the model does not make again of what the version holds."""


class Walk:
    """A walk over one published version."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, models: Models, version: BuildPaths) -> None:
        self.connection, self.models, self.version = connection, models, version
        self._loaded: set[str] = set()
        self._passed: dict[str, Relation] = {}

    def back(self, table: str, rows: str, columns: Iterable[str]) -> list[Reached]:
        """Return the tables that some rows were made of with their rows, readers before what they read."""
        waiting: dict[str, list[str]] = {table: [rows]}
        wanted: dict[str, dict[str, None]] = defaultdict(dict, {table: dict.fromkeys(columns)})
        readers: dict[str, dict[str, None]] = defaultdict(dict)
        reached = []
        while waiting:
            name = max(waiting, key=lambda each: (self._height(each), each))
            here = self._gathered(name, waiting.pop(name), tuple(wanted[name]), tuple(readers[name]))
            if here.row_count:
                reached.append(here)
            for parent, (parent_rows, parent_columns) in self._parents(here).items():
                waiting.setdefault(parent, []).append(parent_rows)
                wanted[parent].update(dict.fromkeys(parent_columns))
                readers[parent][name] = None
        return reached

    def tree(self, table: str) -> Relation:
        """Return what the SQL of a table says, down to tables that the version keeps."""

        def find(name: str) -> Relation:
            if name.startswith("file:"):
                return self._file(name.removeprefix("file:"))
            model = self.models.by_table.get(name)
            if model is None:
                raise Unreadable(f"reading {name}")
            if model.is_changed_set:
                return CHANGED_SET
            if model.is_kept:
                return Leaf(name, self.columns(name), model.key)
            if name not in self._passed:
                self._passed[name] = read(model.sql, find)
            return self._passed[name]

        return read(self.models.by_table[table].sql, find)

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table."""
        if table.startswith(SCORES):
            self._file(f"{table.replace('.', '/')}.parquet")
        described = self.connection.execute(f"describe {place_of(table)}").fetchall()
        return tuple(name for name, *_ in described)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        if table.startswith(SCORES):
            self.columns(table)
        (found,) = self.connection.execute(f"select count(*) from {place_of(table)}").fetchall()
        return int(found[0])

    def keep(self, sql: str) -> str:
        """Keep the rows of a query under a name of their own."""
        name = f'temp."walk {next(NUMBERS)}"'
        self.connection.execute(f"create temp table {name.removeprefix('temp.')} as {sql}")
        return name

    def _height(self, table: str) -> int:
        return self.models.heights.get(table, 0)

    def _gathered(
        self, table: str, rows: list[str], columns: tuple[str, ...], readers: tuple[str, ...]
    ) -> Reached:
        united = " union ".join(f"select row from {each}" for each in rows)
        kept = self.keep(united)
        (found,) = self.connection.execute(f"select count(*) from {kept}").fetchall()
        found_by = scored(table)
        made_by = found_by.step if found_by else self.models.by_table[table].name
        return Reached(table, kept, int(found[0]), columns, readers, made_by)

    def _parents(self, here: Reached) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return the rows that some rows were made of, by table, with the columns that passed on values."""
        if here.table.startswith(INPUT):
            return {}
        by = scored(here.table)
        if by is not None:
            return self._of_score(here, by)
        model = self.models.by_table[here.table]
        if not model.key:
            here.populations = self._wholes(here.table, "no test says what identifies its rows")
            return {}
        try:
            relation = self.tree(here.table)
            needs = Needs(relation, here.columns or model.key, model.key)
            asked = self._asked(here, model.key)
            with Evaluation(self.connection, needs) as evaluation:
                found = evaluation.rows(relation, [restriction(asked, model.key)])
                made = evaluation.keep(found)
                here.lost_count = self._lost(asked, made, model.key)
                spread = f"unnest({ORIGINS})" if found.has_origins else "unnest([{'table': '', 'row': 0}])"
                origins = self.keep(
                    'select distinct origin."table" as "table", origin."row" as row '
                    f"from (select {spread} as origin from {made})"
                )
        except (Unreadable, duckdb.ProgrammingError) as error:
            here.populations = self._wholes(here.table, why_not(error))
            return {}
        for table in sorted(evaluation.populations):
            here.populations[table] = "it is summed up over all rows"
        tables = self.connection.execute(
            f'select distinct "table" from {origins} where "table" <> \'\' order by all'
        ).fetchall()
        return {
            table: (
                self.keep(f'select row from {origins} where "table" = {literal(table)}'),
                tuple(needs.leaves[table]) or self.key(table),
            )
            for (table,) in tables
        }

    def key(self, table: str) -> tuple[str, ...]:
        """Return the columns that identify the rows of a table; none where nothing says it."""
        model = self.models.by_table.get(table)
        return model.key if model else ()

    def _asked(self, here: Reached, key: tuple[str, ...]) -> str:
        columns = ", ".join(f'{identifier(name)} as "{number}"' for number, name in enumerate(key))
        return self.keep(
            f"select distinct {columns} from {place_of(here.table)} "
            f"where rowid in (select row from {here.rows})"
        )

    def _lost(self, asked: str, found: str, key: tuple[str, ...]) -> int:
        equal = " and ".join(
            f'found.{identifier(name)} = asked."{number}"' for number, name in enumerate(key)
        )
        (lost,) = self.connection.execute(
            f"select count(*) from {asked} as asked "
            f"where not exists (select 1 from {found} as found where {equal})"
        ).fetchall()
        return int(lost[0])

    def read_by(self, table: str) -> set[str]:
        """Return the kept tables and scores that a table reads, by way of whatever is not kept."""
        found, ahead = set[str](), list(self.models.parents(table))
        while ahead:
            parent = ahead.pop()
            model = self.models.by_table[parent]
            if model.is_kept or scored(parent):
                found.add(parent)
            elif not model.is_changed_set:
                ahead += self.models.parents(parent)
        return found

    def _wholes(self, table: str, why: str) -> dict[str, str]:
        return dict.fromkeys(sorted(self.read_by(table)), why)

    def _of_score(self, here: Reached, by: Scored) -> dict[str, tuple[str, tuple[str, ...]]]:
        there = {table: columns for table, columns in by.tables.items() if table in self.models.by_table}
        here.populations = dict.fromkeys(there, f"{by.step} computes it from all rows")
        own: dict[str, list[str]] = defaultdict(list)
        for each in by.own:
            if each.table in there:
                equal = " and ".join(
                    f"score.{identifier(mine)} = other.{identifier(its)}"
                    for mine, its in zip(each.of_score, each.of_table, strict=True)
                )
                own[each.table].append(
                    f"select other.rowid as row from {place_of(each.table)} as other "
                    f"where exists (select 1 from {place_of(here.table)} as score "
                    f"where score.rowid in (select row from {here.rows}) and {equal})"
                )
        return {table: (self.keep(" union ".join(parts)), there[table]) for table, parts in own.items()}

    def _file(self, path: str) -> Leaf:
        """Read a file of the build into this connection and return it as a table."""
        folder, _, name = path.removesuffix(".parquet").rpartition("/")
        table = f"{folder or 'build'}.{name}"
        if table not in ("build.batches", "build.refresh") and not table.startswith(SCORES):
            raise Unreadable("reading files")
        if table not in self._loaded:
            file = self.version.score(name) if folder else getattr(self.version, name)
            self.connection.register("file being read", pq.ParquetFile(file).read())
            self.connection.execute(f'create temp table {identifier(table)} as from "file being read"')
            self.connection.unregister("file being read")
            self._loaded.add(table)
        described = self.connection.execute(f"describe {place_of(table)}").fetchall()
        return Leaf(table, tuple(column for column, *_ in described))


def why_not(error: Exception) -> str:
    """Return why the rows of a table cannot be followed, without an engine's words."""
    return str(error) if isinstance(error, Unreadable) else "its SQL cannot be computed on a few rows"


def restriction(asked: str, key: tuple[str, ...]) -> Restriction:
    """Return that a row counts whose key is in a table of keys with numbered columns."""
    return Restriction(asked, tuple((str(number), column(name)) for number, name in enumerate(key)))

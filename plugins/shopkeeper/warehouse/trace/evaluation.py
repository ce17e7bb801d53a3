"""A model computed anew on the few rows that matter, each with the rows of the tables that it was made of.

A restriction goes down from what is asked to the tables: through projections, group keys and partitions as
it is, from one side of a join to the other by what must be equal. What it cannot reach is read whole.
Rows come up again through the model's own SQL with a list of their origins, so that the answer is exact
however rough the restriction was.
"""

from collections.abc import Sequence

import duckdb
from sqlglot import exp

from shopkeeper.engine import identifier, literal
from shopkeeper.warehouse.trace.expressions import aliases, conjuncts
from shopkeeper.warehouse.trace.keeping import ORIGINS, Found, Keeping, distinct
from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.relations import (
    CHANGED_SET,
    Leaf,
    Relation,
    Select,
    Union,
    Unreadable,
    below,
    place_of,
)
from shopkeeper.warehouse.trace.restrictions import (
    Pairs,
    Restriction,
    bare,
    is_required,
    links_of,
    pushed,
    renamed,
)


class Evaluation:
    """One model, computed anew."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        needs: Needs,
        seeds: dict[str, str] | None = None,
        origins_among: dict[str, str] | None = None,
    ) -> None:
        """`origins_among`: the only rows that are listed as origins, by table; without it, all are."""
        self.connection, self.needs, self.seeds = connection, needs, seeds or {}
        self.origins_among = origins_among
        self.populations: set[str] = set()
        self._known: dict[tuple[int, bool, tuple[tuple[str, ...], ...]], Found] = {}
        self._seeded: dict[int, bool] = {}
        self._sizes: dict[str, int] = {}
        self._keeping = Keeping(connection)
        self.keep = self._keeping.rows

    def __enter__(self) -> "Evaluation":
        return self

    def __exit__(self, *_: object) -> None:
        self._keeping.end()

    def rows(
        self, relation: Relation, restrictions: Sequence[Restriction] = (), is_seeded: bool = False
    ) -> Found:
        """Compute the rows of a relation that the restrictions let pass, or that the seeds lead to."""
        key = (
            id(relation),
            is_seeded,
            tuple((r.table, *(f"{name}={term.sql()}" for name, term in r.terms)) for r in restrictions),
        )
        if key not in self._known:
            if isinstance(relation, Leaf):
                self._known[key] = self._leaf(relation, restrictions, is_seeded)
            elif isinstance(relation, Union):
                self._known[key] = self._union(relation, restrictions, is_seeded)
            else:
                self._known[key] = self._select(relation, restrictions, is_seeded)
        else:
            self.keep(self._known[key])
        return self._known[key]

    def is_seeded(self, relation: Relation) -> bool:
        """Say whether a relation reads a table of which rows are given."""
        if id(relation) not in self._seeded:
            self._seeded[id(relation)] = any(
                isinstance(each, Leaf) and each.table in self.seeds for each in below(relation)
            )
        return self._seeded[id(relation)]

    def size(self, relation: Relation) -> int:
        """Return about how many rows lie below a relation."""
        if not self._sizes:
            told = "select schema_name || '.' || table_name, estimated_size from duckdb_tables()"
            self._sizes.update(self.connection.execute(told).fetchall())
        return sum(self._sizes.get(each.table, 0) for each in below(relation) if isinstance(each, Leaf))

    def _leaf(self, leaf: Leaf, restrictions: Sequence[Restriction], is_seeded: bool) -> Found:
        if leaf is CHANGED_SET:
            raise Unreadable("reading the keys that a refresh looks at")
        columns = [identifier(name) for name in self.needs.needed[id(leaf)]]
        is_listed = self.origins_among is None or leaf.table in self.origins_among
        has_origins = is_listed and self.needs.passes(leaf) and not leaf.table.startswith("build.")
        if has_origins:
            columns.append(f"{self._origin(leaf.table)} as {ORIGINS}")
        conditions = [each.condition() for each in restrictions]
        if is_seeded:
            conditions.append(f"rowid in (select row from {self.seeds[leaf.table]})")
        where = f" where {' and '.join(conditions)}" if conditions else ""
        sql = f"select {', '.join(columns) or '1'} from {place_of(leaf.table)} as leaf{where}"
        found = Found(sql, bool(conditions), has_origins)
        self.keep(found)
        return found

    def _origin(self, table: str) -> str:
        """Return the SQL of the list of origins of a table's row: itself, if it is listed."""
        itself = f"[{{'table': {literal(table)}, 'row': rowid}}]"
        if self.origins_among is None:
            return itself
        return f"case when rowid in (select row from {self.origins_among[table]}) then {itself} else [] end"

    def _union(self, union: Union, restrictions: Sequence[Restriction], is_seeded: bool) -> Found:
        names = list(self.needs.needed[id(union)])
        places = [union.columns.index(name) for name in names]
        found, parts = [], []
        branches = [each for each in union.branches if not is_seeded or self.is_seeded(each)]
        for branch in branches:
            names_there = dict(zip(union.columns, branch.columns, strict=True))
            asked = [renamed(each, names_there) for each in restrictions]
            found.append(self.rows(branch, asked, is_seeded))
        has_origins = any(each.has_origins for each in found)
        for branch, rows in zip(branches, found, strict=True):
            columns = [
                f"{identifier(branch.columns[place])} as {identifier(name)}"
                for name, place in zip(names, places, strict=True)
            ]
            if has_origins:
                columns.append(ORIGINS if rows.has_origins else f"[] as {ORIGINS}")
            parts.append(f"select {', '.join(columns)} from {rows.place} as branch")
        sql = " union all ".join(parts)
        if union.is_distinct:
            sql = distinct(sql, names, has_origins)
        return Found(sql, all(each.is_restricted for each in found), has_origins)

    def _select(self, select: Select, restrictions: Sequence[Restriction], is_seeded: bool) -> Found:
        if not is_seeded:
            return self._computed(select, restrictions, None)
        starts = [a for a, source in select.sources.items() if self.is_seeded(source.relation)]
        starts = [a for a in starts if select.sources[a].kind not in ("semi", "anti")]
        if not starts:
            raise Unreadable("rows that only decide whether others count")
        variants = [self._computed(select, restrictions, alias) for alias in starts]
        if len(variants) == 1:
            return variants[0]
        has_origins = all(each.has_origins for each in variants)
        names = [identifier(name) for name in self.needs.needed[id(select)]]
        columns = ", ".join([*names, *([ORIGINS] if has_origins else [])])
        united = " union all ".join(f"select {columns} from {each.place} as variant" for each in variants)
        return Found(united, True, has_origins)

    def _computed(self, select: Select, restrictions: Sequence[Restriction], seed: str | None) -> Found:
        given = {alias: list(pushed(select, alias, restrictions)) for alias in select.sources}
        starts = {alias for alias in given if alias == seed or is_required(select, alias, restrictions)}
        smallest = sorted(
            select.sources, key=lambda a: (a != seed, not given[a], self.size(select.sources[a].relation))
        )
        done: dict[str, Found] = {}
        while len(done) < len(smallest):
            ahead = [alias for alias in smallest if alias not in done]
            few = {alias for alias, found in done.items() if found.is_restricted}
            alias = next((each for each in ahead if links_of(select, each, few, starts)), ahead[0])
            links = links_of(select, alias, few, starts).items()
            asked = [self._allowed(done[sibling], sibling, pairs) for sibling, pairs in links]
            whole = {len(each.terms) for each in restrictions}
            # half of a key is a rough restriction, which costs more than it spares beside another one
            asked += [each for each in given[alias] if not links or len(each.terms) in whole]
            done[alias] = self.rows(select.sources[alias].relation, asked, alias == seed)
        places = {name: self._asked(select, name, done).place for name in select.subqueries}
        places |= {alias: found.place for alias, found in done.items()}
        return self._written(select, restrictions, done, places)

    def _allowed(self, found: Found, alias: str, pairs: Pairs) -> Restriction:
        """Return that the own sides must be among the values that the other sides have in rows found."""
        columns = ", ".join(f'{other.sql("duckdb")} as "{n}"' for n, (_, other) in enumerate(pairs))
        kept = self._keeping.values(
            f"select distinct {columns} from {self.keep(found)} as {identifier(alias)}"
        )
        return Restriction(kept, tuple((str(number), bare(own)) for number, (own, _) in enumerate(pairs)))

    def _asked(self, select: Select, name: str, done: dict[str, Found]) -> Found:
        """Compute a subquery, where a column is looked for in it of the values that are looked for."""
        relation = select.subqueries[name]
        where = select.tree.args.get("where")
        for each in conjuncts(where.this if where else None):
            if isinstance(each, exp.In) and name in {table.alias for table in each.find_all(exp.Table)}:
                (alias,) = aliases(each.this) if len(aliases(each.this)) == 1 else ("",)
                if alias in done and done[alias].is_restricted and len(relation.columns) == 1:
                    column = exp.column(exp.to_identifier(relation.columns[0], quoted=True))
                    return self.rows(relation, [self._allowed(done[alias], alias, [(column, each.this)])])
        return self.rows(relation)

    def _written(
        self,
        select: Select,
        restrictions: Sequence[Restriction],
        done: dict[str, Found],
        places: dict[str, str],
    ) -> Found:
        """Write the SELECT on what its sources have come to, with the origins of each row."""
        names = list(self.needs.needed[id(select)])
        origins = self._origins(select, done)
        is_restricted = bool(restrictions) or any(found.is_restricted for found in done.values())
        if origins and select.is_distinct and not is_restricted:
            for alias in self.needs.passing[id(select)]:
                self._name_population(select.sources[alias].relation)
            origins = None
        columns = [select.column_sql(name) for name in names]
        if origins:
            columns.append(f"{origins} as {ORIGINS}")
        sql = f"select {', '.join(columns) or '1'}{select.body_sql(places)}"
        if select.is_distinct:
            sql = distinct(sql, names, bool(origins))
        if restrictions:
            conditions = " and ".join(each.condition() for each in restrictions)
            sql = f"select * from ({sql}) as computed where {conditions}"
        return Found(sql, is_restricted, bool(origins))

    def _origins(self, select: Select, done: dict[str, Found]) -> str | None:
        """Return the SQL of a row's origins: those of the rows that pass a value on to it."""
        combined: str | None = None
        for alias in sorted(self.needs.passing[id(select)]):
            if not done[alias].has_origins:
                continue
            if select.is_grouped and not done[alias].is_restricted:
                self._name_population(select.sources[alias].relation)
                continue
            one = f"{identifier(alias)}.{ORIGINS}"
            combined = f"list_concat({combined}, {one})" if combined else one
        return f"list_distinct(flatten(list({combined})))" if combined and select.is_grouped else combined

    def _name_population(self, relation: Relation) -> None:
        for each in below(relation):
            if isinstance(each, Leaf) and self.needs.passes(each) and not each.table.startswith("build."):
                self.populations.add(each.table)

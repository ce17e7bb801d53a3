"""Which planted kinds of dirt a home finds, and how many clean rows that costs.

Three folders are compared, all matched by file and line: the truth of each record, what became of it in the
home, and what became of the same row in the same world without dirt. Both homes must use the same keyring, so
that equal values have equal tokens: a value that is odd without dirt, too, is no find.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from tests.benchmarks.landed_records import World, read_world

from shopkeeper.contracts import Catalog
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS
from shopkeeper.paths import Home
from shopkeeper.warehouse import SELECTORS, read_holds

MOST_REFUSED = 0.0001
"""Of all clean rows."""

SPELLED = {
    "phone": ("typing_error_in_phone", "full_width_digits", "masked_phone", "one_phone"),
    "name": ("typing_error_in_name", "traditional_characters", "full_width_digits"),
    "address": ("traditional_characters", "full_width_digits"),
}
"""The kinds that change how a value is written, by the kind of identifier."""

REASONS = {"MASKED": ["masked_phone"], "PLACEHOLDER": ["one_phone"]}
"""What a value without a standard form finds for one of these reasons; any other finds all kinds of `SPELLED`."""

SEEN_AS = {"DUPLICATE": ["duplicate"], "CONFLICT": ["conflicting_duplicate", "orphan"]}
"""What a refusal for one of these reasons finds; any other finds what the row has."""

RULES = {
    "repeated_key_rate_of_a_batch_is_low": ["restated_file"],
    "row_count_of_a_batch_is_usual": ["restated_file", "truncated_snapshot"],
    "feed_age_days_is_within_its_limit": ["late_file"],
    "lines_wait_for_few_headers": ["orphan"],
    "conflicting_lines_are_few": ["conflicting_duplicate"],
    "refunds_name_their_sale": ["return_without_order"],
    "amounts_fit_the_price_list": ["currency_error"],
    "tills_tell_the_right_time": ["wrong_time_zone"],
    "devices_tell_the_right_time": ["clock_skew"],
    "comments_advertise_nothing": ["spam"],
    "customers_buy_for_themselves": ["reseller"],
}
"""What a failing rule finds in the rows that it names; any other finds what the row has."""

PARTS = {"transaction_id": "transaction_lines", "session_id": "events"}
"""The entity whose rows a rule of `RULES` names, too, when it names what they are part of."""

DBT = "dbt"
WAYS = ("landing", "rule", "model", "mended")


@dataclass(frozen=True)
class Kind:
    """One kind: rows that have it, and how many of them each way finds first, in the order of `WAYS`."""

    name: str
    planted: int
    found: tuple[int, ...]
    how: str
    unseen: int = 0
    """Rows that are written as without dirt: a name without a letter that the kind changes."""

    odd: int = 0
    """Rows whose value has no standard form without dirt either, so that nothing can mend it."""

    @property
    def caught(self) -> int:
        """Rows that landing, a rule or a model notices."""
        return sum(self.found[:-1])

    @property
    def share(self) -> float | None:
        """The share that is caught or mended; `None` where nothing was planted."""
        return sum(self.found) / self.planted if self.planted else None


@dataclass(frozen=True)
class Price:
    """Clean rows that one way keeps out, and why."""

    way: str
    row_count: int
    how: str


@dataclass(frozen=True)
class Found:
    """The whole table. `unmatched`: records that are nowhere in the home, by file and reason."""

    kinds: tuple[Kind, ...]
    prices: tuple[Price, ...]
    record_count: int
    clean_count: int
    refused_clean_count: int
    unmatched: tuple[tuple[str, int, str], ...]
    feeds: tuple[tuple[str, int, int], ...]
    """Each feed that loses clean rows: its name, these, all of its clean rows."""

    named_clean_count: int
    """Clean rows that a failing rule names; those of a warning stay."""

    rules: tuple[str, ...]

    @property
    def refused_rate(self) -> float:
        """Clean rows that are kept out, as a share of all clean rows."""
        return self.refused_clean_count / self.clean_count if self.clean_count else 0.0

    @property
    def has_passed(self) -> bool:
        """Whether few enough clean rows are kept out and every record was found again."""
        return self.refused_rate <= MOST_REFUSED and not self.unmatched


def stories(page: Path) -> list[str]:
    """Return the kinds that the page of stories lists."""
    return re.findall(r"^\| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)


def measure(
    planted: World,
    clean: World,
    kinds: Sequence[str],
    contracts: Catalog,
    failed: Sequence[dict[str, Any]] = (),
) -> Found:
    """Return what was found of each kind.

    `failed`: rules of gates that stopped an earlier attempt to refresh, as the gate's file has them; the
    files that they name are held since then.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        return Matching(connection, contracts).of(planted, clean, kinds, [*failed])


class Matching:
    """The tables in which records, landed rows and the warehouse meet."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, contracts: Catalog) -> None:
        self._sql, self._contracts = connection.execute, contracts
        self._connection = connection
        self.tables: dict[tuple[str, str], set[str]] = {}

    def of(self, planted: World, clean: World, kinds: Sequence[str], failed: list[dict[str, Any]]) -> Found:
        """Match both worlds and add up."""
        self._sql("create table catches (place text, record_number int, way text, how text, kinds text[])")
        for name, world in (("planted", planted), ("clean", clean)):
            read_world(self._connection, self._contracts, name, world)
        self._at_landing()
        self._by_spelling()
        current = planted.home.current
        rules = [*failed]
        if current.exists():
            self._sql(f"attach '{current.resolve() / 'warehouse.duckdb'}' as warehouse (read_only)")
            self._by_models(planted.truth)
            rules += _failing_rules(current.resolve())
        told = self._by_rules(planted.home, rules)
        self._by_later_files()
        return self._added_up(kinds, told)

    def _at_landing(self) -> None:
        """A row or its file is refused; one that is cut off is refused for that."""
        for reason, kinds in SEEN_AS.items():
            self._sql(
                "insert into catches select place, record_number, 'landing', reason, $kinds "
                "from planted_refused where reason = $reason and not is_whole",
                {"kinds": kinds, "reason": reason},
            )
        self._sql(
            "insert into catches select place, record_number, 'landing', reason, "
            "case when list_contains(kinds, 'broken_row') then ['broken_row'] else kinds end "
            "from planted_refused join planted_records using (place, record_number) "
            f"where is_whole or reason not in {tuple(SEEN_AS)}"
        )
        self._sql(
            "insert into catches select place, record_number, 'landing', 'something is taken out of its text', "
            "['personal_data_in_text', 'personal_data_in_url'] from planted_landed where is_redacted"
        )
        # A test account is one in the world without dirt, too: no twin tells it apart.
        self._sql(
            "insert into catches select place, record_number, 'landing', 'name PLACEHOLDER', ['test_account'] "
            "from planted_landed where list_contains(reasons, 'name PLACEHOLDER')"
        )

    def _by_spelling(self) -> None:
        """A value has a reason that it lacks without dirt, or the row lands as it does without dirt."""
        self._sql(
            """
            create table twins as
            with once as (
                select feed, planted_table, row_id, any_value(content) as content, any_value(reasons) as reasons,
                    any_value(text) as text
                from clean_records join clean_landed using (place, record_number)
                left join clean_written using (place, record_number)
                where row_id is not null
                group by all
                having count(distinct content) = 1
            )
            select place, record_number, landed.content = once.content as is_same, once.reasons as odd,
                list_filter(landed.reasons, each -> not list_contains(once.reasons, each)) as new_reasons,
                written.text is distinct from once.text as is_misspelt
            from planted_records join planted_landed as landed using (place, record_number)
            join once using (feed, planted_table, row_id)
            left join planted_written as written using (place, record_number)
            """
        )
        for identifier, kinds in SPELLED.items():
            for reason, some in {**REASONS, None: list(kinds)}.items():
                self._sql(
                    "insert into catches select place, record_number, 'landing', each, $kinds "
                    "from (select place, record_number, unnest(new_reasons) as each from twins) "
                    "where starts_with(each, $identifier || ' ') and (each = $identifier || ' ' || $reason "
                    f"or ($reason is null and split_part(each, ' ', 2) not in {tuple(REASONS)}))",
                    {"kinds": some, "identifier": identifier, "reason": reason},
                )
        every = sorted({kind for kinds in SPELLED.values() for kind in kinds})
        self._sql(
            "insert into catches select place, record_number, 'mended', 'written in its standard form', $kinds "
            "from twins where is_same and is_misspelt",
            {"kinds": every},
        )

    def _by_models(self, truth: Path) -> None:
        """Read from the warehouse what models set aside, leave out, call a bot's or link."""
        tables = self.tables = self._tables()
        for contract in self._contracts.input:
            entity, key = contract.table, contract.key
            core = next((n for n in (f"fct_{entity}", f"dim_{entity}") if ("core", n) in tables), None)
            if core is None or ("input", entity) not in tables:
                continue
            columns = tables["core", core]
            if not key or not set(key) <= columns:
                continue
            self._kept_out(entity, core, key, columns, tables)
        if ("core", "fct_bot_sessions") in tables:
            self._sql(_caught("events", "model", "a bot's visit", "bot", "session_id in "
                              "(select session_id from warehouse.core.fct_bot_sessions)"))  # fmt: skip
        self._linked(tables, truth)

    def _kept_out(
        self, entity: str, core: str, key: Sequence[str], columns: set[str], tables: dict[Any, set[str]]
    ) -> None:
        """A statement that another one replaces, and a key that no fact has."""
        same = " and ".join(f"fact.{name} = said.{name}" for name in key)
        known = " and ".join(f"said.{name} is not null" for name in key)
        if {"batch_id", "source_line_number"} <= columns:
            self._sql(_caught(entity, "model", "another statement of the same row counts", "duplicate",
                f"exists (from warehouse.core.{core} as fact where {same} and (fact.batch_id, "
                "fact.source_line_number) <> (said.batch_id, said.source_line_number))"))  # fmt: skip
        cancelled = ""
        if entity.startswith("transaction") and ("core", "fct_cancelled_transactions") in tables:
            cancelled = (
                " and said.transaction_id not in "
                "(select transaction_id from warehouse.core.fct_cancelled_transactions)"
            )
        where = f"{known}{cancelled} and not exists (from warehouse.core.{core} as fact where {same})"
        self._sql(_caught(entity, "model", f"in no row of {core}", "orphan", where))
        self._sql(
            "update catches set kinds = ['conflicting_duplicate', 'orphan'] "
            "where way = 'model' and kinds = ['orphan']"
        )

    def _linked(self, tables: dict[Any, set[str]], truth: Path) -> None:
        """A customer's number, where another number of the same account has the same customer.

        Lists of numbers state no customer: both numbers of their rows are those of one account.
        """
        self._sql(
            f"""
            create table numbers as
            with landed as (
                select batch_id, line as source_line_number, row_id from planted_landed
                join planted_records using (place, record_number) where planted_table = 'accounts'
            ),
            stated as (
                select identifier_type, identifier_value, row_id
                from warehouse.input.customers join landed using (batch_id, source_line_number)
                union
                select unnest([identifier_type, linked_identifier_type]),
                    unnest([identifier_value, linked_identifier_value]), row_id
                from warehouse.input.customer_identifiers join landed using (batch_id, source_line_number)
                anti join warehouse.input.customers using (batch_id, source_line_number)
            )
            select identifier_type, identifier_value, customer_id, person_id,
                row_id - case when row_id >= {SECOND_ACCOUNTS} then {SECOND_ACCOUNTS} else 0 end as account
            from stated
            join read_parquet('{truth / "tables" / "accounts" / "*.parquet"}') on account_id = row_id
            join warehouse.core.dim_customer_identifiers using (identifier_type, identifier_value)
            """
        )
        self._sql(
            """
            create table linked as
            select identifier_type, identifier_value from numbers as own
            where exists (from numbers as other where other.account = own.account
                    and other.customer_id = own.customer_id and other.identifier_value <> own.identifier_value)
                and not exists (from numbers as other where other.customer_id = own.customer_id
                    and other.person_id <> own.person_id)
            """
        )
        how = "its two numbers are one customer's"
        needed = {"batch_id", "source_line_number", "identifier_type", "identifier_value"}
        for (schema, entity), columns in sorted(tables.items()):
            if schema == "input" and needed <= columns:
                self._sql(_caught(entity, "mended", how, "migration",
                    "(identifier_type, identifier_value) in (from linked)"))  # fmt: skip
        for (schema, entity), columns in sorted(tables.items()):
            if (
                schema == "input"
                and needed <= columns
                and entity not in ("customers", "customer_identifiers")
            ):
                self._sql(_caught(entity, "model", "no customer has its number", "orphan",
                    "identifier_value is not null and (identifier_type, identifier_value) not in (select "
                    "(identifier_type, identifier_value) from warehouse.core.dim_customer_identifiers)"))  # fmt: skip
        tells_staff = "is_staff" in tables.get(("core", "dim_customers"), ())
        for (schema, entity), columns in sorted(tables.items()):
            if schema == "input" and needed <= columns and tells_staff:
                self._sql(_caught(entity, "model", "its customer is staff", "staff",
                    "(identifier_type, identifier_value) in (select (identifier_type, identifier_value) from "
                    "warehouse.core.dim_customer_identifiers join warehouse.core.dim_customers "
                    "using (customer_id) where is_staff)"))  # fmt: skip
        # An order that comes again under a new number stays an order too many.
        self._sql(
            "insert into catches select place, record_number, way, how, ['merged_retailer'] from catches "
            "semi join (from planted_records where planted_table = 'accounts') "
            "using (place, record_number) where kinds = ['migration']"
        )

    def _by_later_files(self) -> None:
        """What a file lacks, or the file itself, comes later, and no hold keeps it out."""
        self._sql(
            """
            create table lacking as
            with landed as (
                select feed, planted_table, row_id, place from planted_records
                semi join (from planted_landed where batch_id not in (from held)) using (place, record_number)
            )
            select distinct place from clean_records as whole
            where row_id is not null
                and not exists (from planted_records as own where own.place = whole.place
                    and own.row_id = whole.row_id and own.planted_table = whole.planted_table)
                and not exists (from landed where landed.feed = whole.feed
                    and landed.row_id = whole.row_id and landed.planted_table = whole.planted_table)
            """
        )
        self._sql(
            "insert into catches select place, record_number, 'mended', 'all of its file is there later', "
            "['late_file', 'restated_file', 'truncated_snapshot'] from planted_landed "
            "where batch_id not in (from held) and place not in (from lacking)"
        )

    def _tables(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        rows = self._sql(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where database_name = 'warehouse'"
        ).fetchall()
        for schema, table, column in rows:
            found.setdefault((schema, table), set()).add(column)
        return found

    def _by_rules(self, home: Home, rules: list[dict[str, Any]]) -> list[str]:
        """Find the rows that a failing rule names, by their file or by batch and line; return all rules."""
        told = []
        for rule in rules:
            kinds = RULES.get(rule["rule"])
            rows = self._rows_of(rule)
            for row in rows:
                for where, names in self._named(rule["contract"], row, kinds):
                    self._sql(
                        "insert into catches "
                        "select place, record_number, 'rule', $how, coalesce($kinds, kinds) "
                        f"from planted_records where (place, record_number) in ({where})",
                        names | {"how": rule["rule"], "kinds": kinds},
                    )
            observed = rule.get("observed", f"{len(rows)} rows")
            told.append(f"{rule['contract']}: {rule['rule']} ({rule['severity']}), {observed}")
        # The file that is stated again is the other one of the pair that the rule compares.
        self._sql(
            """
            insert into catches
            select distinct whole.place, whole.record_number, 'rule', named.how, ['restated_file']
            from catches as named
            join planted_records as again using (place, record_number)
            join planted_records as whole using (feed, planted_table, row_id)
            where named.way = 'rule' and list_contains($rules, named.how) and whole.place <> again.place
            """,
            {"rules": [rule for rule, kinds in RULES.items() if "restated_file" in kinds]},
        )
        self._sql("create table held (batch_id text)")
        for batch_id in read_holds(home):
            self._sql("insert into held values (?)", [batch_id])
        return told

    def _rows_of(self, rule: dict[str, Any]) -> list[dict[str, Any]]:
        """Return all rows that a rule names: dbt's tests, which keep twenty, are asked again in the version."""
        if "sql" not in rule:
            return list(rule["failing_rows"])
        found = self._sql(rule["sql"])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _named(
        self, contract: str, row: dict[str, Any], kinds: list[str] | None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield queries of the records that a failing row means: by file, by line, or by an entity's key."""
        system, _, table = contract.partition(".")
        if "file_name" in row:
            yield (
                "select place, record_number from planted_landed join planted_batches using (batch_id, place) "
                "where system = $system and table_name = $table and file_name = $file",
                {"system": system, "table": table, "file": row["file_name"]},
            )
        elif {"batch_id", "source_line_number"} <= row.keys():
            yield (
                "select place, record_number from planted_landed where batch_id = $batch and line = $line",
                {"batch": row["batch_id"], "line": row["source_line_number"]},
            )
        elif "customer_id" in row and kinds is not None:
            for entity in ("customers", "transactions"):
                yield (
                    "select place, record_number from planted_landed "
                    f"join warehouse.input.{entity} as said using (batch_id) "
                    "join warehouse.core.dim_customer_identifiers using (identifier_type, identifier_value) "
                    "where line = source_line_number and customer_id = $customer_id",
                    {"customer_id": row["customer_id"]},
                )
        elif contract == DBT:
            for entity in self._contracts.input:
                is_part = kinds is not None and entity.table == PARTS.get("".join(row))
                if ("input", entity.table) in self.tables and (is_part or entity.key == (*row,)):
                    same = " and ".join(f"{name} = ${name}" for name in row)
                    yield (
                        "select place, record_number from planted_landed join "
                        f"warehouse.input.{entity.table} as said using (batch_id) "
                        f"where line = source_line_number and {same}",
                        row,
                    )

    def _added_up(self, kinds: Sequence[str], rules: list[str]) -> Found:
        self._sql("create table kinds as select unnest($kinds) as kind", {"kinds": list(kinds)})
        ways = ", ".join(f"count(*) filter (first_way = {place})" for place in range(len(WAYS)))
        rows = self._sql(
            f"""
            with planted as (
                select place, record_number, unnest(kinds) as kind from planted_records
            ),
            hits as (
                select place, record_number, kind, how, list_position({list(WAYS)}, way) - 1 as way
                from planted join catches using (place, record_number)
                where list_contains(kinds, kind)
            ),
            first_hits as (
                select place, record_number, kind, min(way) as first_way, arg_min(how, (way, how)) as how
                from hits group by all
            ),
            hows as (
                select kind, string_agg(how || ' ' || row_count, ', ' order by row_count desc, how) as how
                from (select kind, how, count(*) as row_count from first_hits group by all) group by all
            )
            select kind, count(place), {ways}, any_value(hows.how)
            from kinds left join planted using (kind)
            left join first_hits using (place, record_number, kind) left join hows using (kind)
            group by kind
            """
        ).fetchall()
        found = [
            Kind(name, count, tuple(ways), how or "", *self._of_spelling(name))
            for name, count, *ways, how in rows
        ]
        found.sort(key=lambda kind: (-(kind.share if kind.share is not None else -1), kind.name))
        return Found(tuple(found), *self._prices(), tuple(rules))

    def _of_spelling(self, kind: str) -> tuple[int, int]:
        """Return how many rows of a kind are written as without dirt, and how many could not be mended."""
        identifiers = [identifier for identifier, kinds in SPELLED.items() if kind in kinds]
        [(unseen, odd)] = self._sql(
            "select count(*) filter (not is_misspelt), "
            "count(*) filter (is_misspelt and not is_same and len(new_reasons) = 0 "
            "and list_has_any(list_transform(odd, each -> split_part(each, ' ', 1)), $identifiers::text[])) "
            "from planted_records join twins using (place, record_number) "
            "where list_contains(kinds, $kind) and len($identifiers) > 0",
            {"kind": kind, "identifiers": identifiers},
        ).fetchall()
        return unseen, odd

    def _prices(self) -> tuple[Any, ...]:
        """Return prices, records, clean ones, clean ones kept out, and what was not matched."""
        self._sql(
            """
            create table kept_out as
            select place, record_number, 'landing' as way, reason as how from planted_refused
            union
            select place, record_number, 'rule', 'its file is held' from planted_landed
            where batch_id in (from held)
            union
            select place, record_number, 'model', how from catches
            where way = 'model' and (starts_with(how, 'in no row') or how = 'a bot''s visit')
            """
        )
        clean = "planted_records where len(kinds) = 0"
        prices = self._sql(
            f"select way, count(*), how from (from {clean}) join kept_out using (place, record_number) "
            "group by way, how order by 2 desc, way, how"
        ).fetchall()
        [(all_count, clean_count)] = self._sql(
            "select count(*), count(*) filter (len(kinds) = 0) from planted_records"
        ).fetchall()
        [(refused_count,)] = self._sql(
            f"select count(*) from (from {clean}) semi join kept_out using (place, record_number)"
        ).fetchall()
        unmatched = self._sql(
            """
            select feed, count(*), case when place in (select place from planted_batches)
                then 'no landed row has its line' else 'its file has not landed' end as why
            from planted_records
            anti join planted_landed using (place, record_number)
            anti join planted_refused using (place, record_number)
            group by all order by all
            """
        ).fetchall()
        feeds = self._sql(
            "select feed, count(*) filter (is_out), count(*) from (select feed, (place, record_number) in "
            f"(select (place, record_number) from kept_out) as is_out from {clean}) "
            "group by feed having bool_or(is_out) order by 2 desc, feed"
        ).fetchall()
        paid = tuple(Price(*row) for row in prices)
        [(named_count,)] = self._sql(
            f"select count(*) from (from {clean}) semi join (from catches where way = 'rule') "
            "using (place, record_number)"
        ).fetchall()
        return paid, all_count, clean_count, refused_count, tuple(unmatched), tuple(feeds), named_count


def _caught(entity: str, way: str, how: str, kind: str, where: str) -> str:
    """Return the statement that notes the records behind some rows of an input table."""
    how = how.replace("'", "''")
    return (
        f"insert into catches select distinct place, record_number, '{way}', '{how}', ['{kind}'] "
        f"from warehouse.input.{entity} as said join planted_landed as landed "
        "on landed.batch_id = said.batch_id and landed.line = said.source_line_number "
        f"where {where}"
    )


def _failing_rules(version: Path) -> list[dict[str, Any]]:
    """Return the rules of gates and the tests of dbt that did not pass in a version."""
    found = []
    for gate in sorted((version / "gates").glob("*.json")):
        found += [rule for rule in json.loads(gate.read_text())["rules"] if not rule["has_passed"]]
    asked = version / "dbt" / "tests.json"
    tests = json.loads(asked.read_text()) if asked.exists() else {}
    for selector in SELECTORS:
        folder = version / "dbt" / selector
        if (folder / "found.json").exists():
            rows = json.loads((folder / "found.json").read_text())["failing_rows"]
            for test, some in rows.items():
                rule = {"contract": DBT, "rule": test.rpartition(".")[2], "severity": "warning"}
                sql = tests.get(test, {}).get("sql", '"staging".')
                # What is not published cannot be asked again.
                rows_told = {"failing_rows": [*some]} if '"staging".' in sql else {"sql": sql}
                found.append(rule | rows_told)
    return found

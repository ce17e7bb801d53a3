"""The scoreboard's matching, on a truth and a home of a few rows made by hand."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.benchmarks.dirt_found import Found, Kind, measure, stories
from tests.benchmarks.landed_records import World
from tests.benchmarks.scoreboard import PAGE, STORIES, rows, verdicts, written

from shopkeeper.contracts import Catalog
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.landing import Arrival, Receipt
from shopkeeper.paths import EXPECTATIONS, RETAILERS, Home

MEMBERS, EVENTS = "members_20250101.csv", "events_20250101.jsonl"
BATCH = {MEMBERS: "a" * 64, EVENTS: "b" * 64, "points_20250102.csv": "c" * 64}
PLAIN = [(1, []), (2, []), (3, [])]
Record = tuple[int | None, list[str]]


@pytest.fixture(scope="module")
def contracts() -> Catalog:
    return read_catalog(EXPECTATIONS, RETAILERS / "omnichannel" / "contracts")


class Made:
    """A world made by hand."""

    def __init__(self, folder: Path) -> None:
        self.world = World(Home(folder / "home"), folder / "truth", folder / "files")
        for each in ("records", "tables/accounts"):
            (self.world.truth / each).mkdir(parents=True)
        accounts = {"account_id": pa.array([], pa.int64()), "person_id": pa.array([], pa.int64())}
        pq.write_table(pa.table(accounts), self.world.truth / "tables/accounts/0.parquet")
        self.world.files.mkdir()

    def drops(self, place: str, table: str, records: Sequence[Record], lines: Sequence[str] = ()) -> None:
        """Write the truth of a file, and the file."""
        told = {
            "place": pa.array([place] * len(records), pa.string()),
            "record_number": pa.array(range(1, len(records) + 1), pa.int32()),
            "table": pa.array([None if row_id is None else table for row_id, _ in records], pa.string()),
            "row_id": pa.array([row_id for row_id, _ in records], pa.int64()),
            "dirt": pa.array([dirt or None for _, dirt in records], pa.list_(pa.string())),
        }
        pq.write_table(pa.table(told), self.world.truth / "records" / f"{place.replace('/', '_')}.parquet")
        file = self.world.files / place
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join([*(["header"] if ".csv" in place else []), *lines]))

    def lands(self, place: str, rows: Sequence[dict], refused: Sequence[tuple[int, str]] = ()) -> None:
        """Write a batch as landing does: raw rows, refused lines, the receipt."""
        system, name = place.split("/")
        table, batch_id = name.split("_")[0], BATCH[name]
        paths = self.world.home.batch(system, table, batch_id)
        for path in (paths.rows, paths.quarantine):
            path.parent.mkdir(parents=True, exist_ok=True)
        columns = dict.fromkeys(key for row in rows for key in row)
        pq.write_table(
            pa.table(
                {
                    key: pa.array(
                        [row.get(key) for row in rows], pa.int64() if key[0] == "_" else pa.string()
                    )
                    for key in columns
                }
            ),
            paths.rows,
        )
        if refused:
            lines, reasons = zip(*refused, strict=True)
            kept = {"batch_id": [batch_id] * len(lines), "line_number": [*lines], "reason": [*reasons]}
            pq.write_table(pa.table(kept), paths.quarantine)
        count = len(rows) + len(refused)
        receipt = Receipt(
            *(batch_id, system, table, "1.0.0", name, 1, "2025-01-01T00:00:00+00:00", 1, count, len(rows)),
            *(len(refused), {}, None, None, None, (), {name: Arrival(1, 1)}),
        )
        paths.receipt.write_text(json.dumps(asdict(receipt)))

    def publishes(self, *statements: str) -> None:
        """Write a version whose warehouse has the tables that the statements make."""
        version = self.world.home.version("v000001").root
        version.mkdir(parents=True)
        with duckdb.connect(str(version / "warehouse.duckdb")) as connection:
            connection.execute("create schema input; create schema core")
            for entity in ("customers", "customer_identifiers"):
                connection.execute(
                    f"create table input.{entity} (batch_id text, source_line_number bigint, "
                    "identifier_type text, identifier_value text, linked_identifier_type text, "
                    "linked_identifier_value text)"
                )
            connection.execute(
                "create table core.dim_customer_identifiers "
                "(identifier_type text, identifier_value text, customer_id text)"
            )
            for statement in statements:
                connection.execute(statement)
        self.world.home.current.symlink_to(version.name)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Made]:
    def make(name: str) -> Made:
        (tmp_path / name).mkdir()
        return Made(tmp_path / name)

    return make


def of(found: Found, name: str) -> Kind:
    return next(kind for kind in found.kinds if kind.name == name)


def member(line: int, name: str, mobile: str, reason: str | None = None) -> dict:
    values = {"member_id": f"6{line}", "name": name, "mobile": mobile}
    return {**values, "mobile__reason": reason, "name__reason": None, "_line_number": line}


def test_each_kind_counts_where_it_is_found(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    dirt = ["traditional_characters"], ["masked_phone"], ["broken_row"], ["typing_error_in_name"], []
    clean.drops(f"loyalty/{MEMBERS}", "accounts", [(n, []) for n in range(5)], ["张", "b", "c", "Li", "e"])
    clean.lands(f"loyalty/{MEMBERS}", [member(n + 2, name, "1") for n, name in enumerate("zbcle")])
    records = [*enumerate(dirt), (4, ["duplicate"])]
    planted.drops(f"loyalty/{MEMBERS}", "accounts", records, ["張", "b**", "c", "Lu", "e", "e"])
    landed = [member(2, "z", "1"), member(3, "b", "2", "MASKED"), member(5, "u", "1"), member(6, "e", "1")]
    planted.lands(f"loyalty/{MEMBERS}", landed, [(4, "TOO_FEW_FIELDS"), (7, "DUPLICATE")])
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert of(found, "traditional_characters").found == (0, 0, 0, 1)
    assert [of(found, name).found for name in ("masked_phone", "broken_row", "duplicate")] == [
        (1, 0, 0, 0)
    ] * 3
    assert of(found, "typing_error_in_name").found == (0, 0, 0, 0)
    assert (found.clean_count, found.refused_clean_count, found.has_passed) == (1, 0, True)


def test_a_reason_without_dirt_finds_nothing(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    for world, kinds, phone in ((planted, ["typing_error_in_phone"], "9"), (clean, [], "8")):
        world.drops(f"loyalty/{MEMBERS}", "accounts", [(1, kinds)], [phone])
        world.lands(f"loyalty/{MEMBERS}", [member(2, "a", phone, "IMPOSSIBLE")])
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert of(found, "typing_error_in_phone").found == (0, 0, 0, 0)


def test_a_clean_row_that_is_refused_is_the_price(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    planted.drops(f"loyalty/{MEMBERS}", "accounts", [*PLAIN, (3, ["conflicting_duplicate"])])
    refused = [(4, "CONFLICT"), (5, "CONFLICT")]
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")], refused)
    clean.drops(f"loyalty/{MEMBERS}", "accounts", PLAIN)
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert of(found, "conflicting_duplicate").share == 1
    assert (found.refused_clean_count, found.clean_count, found.has_passed) == (1, 3, False)
    assert found.feeds == (("loyalty/members", 1, 3),)
    assert "FAILED" in verdicts(found)[0]


def test_a_record_that_is_nowhere_is_listed(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    planted.drops(f"loyalty/{MEMBERS}", "accounts", PLAIN)
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")])
    clean.drops(f"loyalty/{MEMBERS}", "accounts", PLAIN)
    planted.drops("nobody/lists_20250101.csv", "accounts", [(9, ["spam"])])
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert found.unmatched == (
        ("loyalty/members", 1, "no landed row has its line"),
        ("nobody/lists", 1, "its file has not landed"),
    )
    assert not found.has_passed


EVENT = "create table input.events as select '{batch}' as batch_id, unnest([1, 2, 3]) as source_line_number, "


def test_a_bots_visit_is_found_by_its_model(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    clean.drops(f"clickstream/{EVENTS}", "events", [(1, [])])
    planted.drops(f"clickstream/{EVENTS}", "events", [(None, ["bot"]), (None, ["bot"]), (1, [])])
    planted.lands(f"clickstream/{EVENTS}", [{"event_id": str(n), "_line_number": n} for n in (1, 2, 3)])
    planted.publishes(
        EVENT.format(batch=BATCH[EVENTS]) + "unnest(['x', 'y', 'x']) as session_id",
        "create table core.fct_bot_sessions as select 'x' as session_id",
    )
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert (of(found, "bot").planted, of(found, "bot").found) == (2, (0, 0, 1, 0))
    assert found.refused_clean_count == 1


LINKS = (
    "insert into input.customer_identifiers select '{batch}', line, 'customer_id', 'C' || line, 'customer_id', "
    "'K' || line from range(2, 4) as lines(line)",
    "insert into core.dim_customer_identifiers values ('customer_id', 'C2', 'C2'), ('customer_id', 'K2', 'C2'), "
    "('customer_id', 'C3', 'C3'), ('customer_id', 'K3', 'K3')",
)


def test_a_renumbered_customer_is_mended_if_linked(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    people = pa.table({"account_id": [1, 2], "person_id": [1, 2]})
    pq.write_table(people, planted.world.truth / "tables/accounts/0.parquet")
    clean.drops(f"loyalty/{MEMBERS}", "accounts", [])
    planted.drops(f"loyalty/{MEMBERS}", "accounts", [(1, ["migration"]), (2, ["migration"])])
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")])
    planted.publishes(*(statement.format(batch=BATCH[MEMBERS]) for statement in LINKS))
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert of(found, "migration").found == (0, 0, 0, 1)


def test_a_number_of_no_customer_is_an_orphans(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    clean.drops(f"loyalty/{MEMBERS}", "accounts", [])
    planted.drops(f"loyalty/{MEMBERS}", "accounts", [(1, []), (None, ["orphan"])])
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")])
    planted.publishes(
        f"create table input.consents as select '{BATCH[MEMBERS]}' as batch_id, unnest([2, 3]) as "
        "source_line_number, 'customer_id' as identifier_type, unnest(['C2', 'C9']) as identifier_value",
        "insert into core.dim_customer_identifiers values ('customer_id', 'C2', 'C2')",
    )
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert (of(found, "orphan").found, found.refused_clean_count) == ((0, 0, 1, 0), 0)


def test_a_rule_finds_the_file_that_it_names(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    clean.drops(f"loyalty/{MEMBERS}", "accounts", PLAIN)
    planted.drops(f"loyalty/{MEMBERS}", "accounts", [(1, ["restated_file"]), (2, ["restated_file"])])
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")])
    rule = {
        "contract": "loyalty.members",
        "rule": "repeated_key_rate_of_a_batch_is_low",
        "severity": "critical",
    }
    rule |= {"observed": "62%", "failing_rows": [{"file_name": MEMBERS}]}
    found = measure(planted.world, clean.world, stories(STORIES), contracts, [rule])
    assert of(found, "restated_file").found == (0, 2, 0, 0)
    assert found.rules == ("loyalty.members: repeated_key_rate_of_a_batch_is_low (critical), 62%",)


def test_a_rule_that_names_visits_finds_their_events(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    clean.drops(f"clickstream/{EVENTS}", "events", [])
    planted.drops(f"clickstream/{EVENTS}", "events", [(1, ["clock_skew"]), (2, ["bot"]), (3, ["clock_skew"])])
    planted.lands(f"clickstream/{EVENTS}", [{"event_id": str(n), "_line_number": n} for n in (1, 2, 3)])
    planted.publishes(
        f"create table input.events as select '{BATCH[EVENTS]}' as batch_id, unnest([1, 2, 3]) as "
        "source_line_number, unnest(['s1', 's1', 's2']) as session_id",
        "create table core.fct_sessions as select 's1' as session_id",
    )
    rule = {"contract": "dbt", "rule": "devices_tell_the_right_time", "severity": "warning"}
    rule |= {"sql": "select session_id from warehouse.core.fct_sessions"}
    found = measure(planted.world, clean.world, stories(STORIES), contracts, [rule])
    assert (of(found, "clock_skew").found, of(found, "bot").found) == ((0, 1, 0, 0), (0, 0, 0, 0))
    assert found.rules == ("dbt: devices_tell_the_right_time (warning), 1 rows",)


def test_a_rule_that_names_a_customer_finds_his_records(
    made: Callable[[str], Made], contracts: Catalog
) -> None:
    planted, clean = made("planted"), made("clean")
    clean.drops(f"loyalty/{MEMBERS}", "accounts", [])
    planted.drops(f"loyalty/{MEMBERS}", "accounts", [(1, ["reseller"]), (2, ["reseller"])])
    planted.lands(f"loyalty/{MEMBERS}", [member(2, "a", "1"), member(3, "b", "1")])
    planted.publishes(
        f"insert into input.customers values ('{BATCH[MEMBERS]}', 2, 'card_number', '62', null, null)",
        "create table input.transactions as from input.customers limit 0",
        "insert into core.dim_customer_identifiers values ('card_number', '62', 'c2')",
    )
    rule = {"contract": "dbt", "rule": "customers_buy_for_themselves", "severity": "warning"}
    rule |= {"failing_rows": [{"customer_id": "c2"}]}
    found = measure(planted.world, clean.world, stories(STORIES), contracts, [rule])
    assert of(found, "reseller").found == (0, 1, 0, 0)


def test_a_name_of_nobody_and_staff_are_found(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    for world in (planted, clean):
        world.drops(f"loyalty/{MEMBERS}", "accounts", [(1, ["test_account"]), (2, ["staff"]), (3, ["staff"])])
        world.lands(f"loyalty/{MEMBERS}", [member(n, "a", "1") for n in (2, 3, 4)])
    planted.lands(
        f"loyalty/{MEMBERS}",
        [member(2, "a", "1") | {"name__reason": "PLACEHOLDER"}, member(3, "b", "1"), member(4, "c", "1")],
    )
    planted.publishes(
        f"insert into input.customers select '{BATCH[MEMBERS]}', line, 'card_number', '6' || line, null, null "
        "from range(2, 5) as lines(line)",
        "insert into core.dim_customer_identifiers select 'card_number', '6' || line, 'c' || line "
        "from range(2, 5) as lines(line)",
        "create table core.dim_customers as select 'c3' as customer_id, true as is_staff",
    )
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert of(found, "test_account").found == (1, 0, 0, 0)
    assert of(found, "staff").found == (0, 0, 1, 0)


def test_every_story_has_its_row(made: Callable[[str], Made], contracts: Catalog) -> None:
    planted, clean = made("planted"), made("clean")
    for world in (planted, clean):
        world.drops(f"loyalty/{MEMBERS}", "accounts", PLAIN)
    found = measure(planted.world, clean.world, stories(STORIES), contracts)
    assert {row[0] for row in rows(found)} == set(stories(STORIES))
    assert {row[-1] for row in rows(found)} == {"this world has none of it"}
    page = PAGE.read_text(encoding="utf-8")
    for story in stories(STORIES):
        assert f"| `{story}` |" in page, f"docs/scoreboard.md lacks {story}: run `make scoreboard`"
        assert f"| `{story}` |" in written(found, 1, 1)

"""Names that two columns or two contracts claim at once, and what the lint says of them."""

from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from shopkeeper.cli.commands import app
from shopkeeper.contracts import dbt_sources, lint, registry
from shopkeeper.contracts.clashes import shared_name
from shopkeeper.errors import UserError

PLAIN = {"logicalType": "string", "physicalType": "VARCHAR", "classification": "internal"}


def zh(text: str, **more: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in {"descriptionZh": text, **more}.items()]


def column(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"What {name} holds.",
        "customProperties": zh("列说明。"),
        **PLAIN,
        **facts,
    }


def write(
    folder: Path, table: str, *columns: dict[str, Any], pattern: str | None = None, **table_facts: Any
) -> Path:
    """Write the contract of one table of a web shop."""
    document = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"shop-{table}",
        "name": table,
        "version": "1.0.0",
        "status": "active",
        "domain": "sales",
        "servers": [
            {
                "server": "inbox",
                "type": "custom",
                "path": f"inbox/shop/{pattern or table + '_*.csv'}",
                "format": "csv",
            }
        ],
        "schema": [
            {
                "name": table,
                "physicalType": "file",
                "description": "One row per thing that the shop sold.",
                "dataGranularityDescription": "thing",
                "customProperties": zh("网店表。", **table_facts),
                "properties": list(columns),
            }
        ],
    }
    path = folder / "shop" / f"{table}.odcs.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "contracts"


ID = column("order_id", required=True, primaryKey=True)


@pytest.mark.parametrize(
    "names", [("Color", "color"), ("ORDER_ID", "note"), ("Größe", "GRÖSSE"), ("Café", "CAFÉ")]
)
def test_names_that_differ_only_in_case_are_refused(folder: Path, names: tuple[str, str]) -> None:
    write(folder, "orders", ID, *(column(name) for name in names))
    (problem,) = lint.problems(folder)
    assert "differ only in case" in problem
    assert names[0] in problem


@pytest.mark.parametrize(
    "name", ["_line_number", "_LINE_NUMBER", "batch_id", "source_line_number", "filename", "file_row_number"]
)
def test_a_name_that_shopkeeper_adds_is_refused(folder: Path, name: str) -> None:
    write(folder, "orders", ID, column(name))
    (problem,) = lint.problems(folder)
    assert f"column {name} has a name that Shopkeeper adds" in problem


def test_names_that_sql_would_have_to_quote_are_welcome(folder: Path) -> None:
    write(folder, "orders", ID, *(column(name) for name in ("Created at", "order", "实付金额(元)", "_id")))
    assert lint.problems(folder) == []


def test_a_source_may_have_no_key(folder: Path) -> None:
    write(folder, "items", column("payment_id", required=True), column("item", required=True))
    assert lint.problems(folder) == []


def test_a_key_that_may_be_empty_is_no_key(folder: Path) -> None:
    write(folder, "items", ID, column("item", primaryKey=True))
    (problem,) = lint.problems(folder)
    assert "column item is part of the key and may be empty" in problem


def test_two_patterns_that_match_one_file_are_both_named(folder: Path) -> None:
    write(folder, "customers", ID, pattern="customers*.csv")
    write(folder, "customers_addresses", ID, pattern="customers_addresses*.csv")
    (problem,) = lint.problems(folder)
    assert problem.startswith("contracts/shop/customers_addresses.odcs.yaml: ")
    assert "customers*.csv of contracts/shop/customers.odcs.yaml" in problem
    assert "both match customers_addresses.csv; narrow one" in problem


def test_patterns_that_share_no_file_are_fine(folder: Path) -> None:
    write(folder, "customers", ID, pattern="customers_[0-9]*.csv")
    write(folder, "customers_addresses", ID, pattern="customers_addresses*.csv")
    assert lint.problems(folder) == []


def test_two_contracts_of_one_table_are_named(folder: Path) -> None:
    first = write(folder, "orders", ID)
    copy = first.with_name("orders_of_the_app.odcs.yaml")
    copy.write_text(first.read_text(encoding="utf-8").replace("orders_*.csv", "app_*.csv"), encoding="utf-8")
    (problem,) = lint.problems(folder)
    assert "the table orders is also in contracts/shop/orders.odcs.yaml" in problem


PARTS = st.sampled_from(["a", "b", ".", "*", "?", "[ab]", "[!a]", "[a-c]", "[!.]"])
PATTERNS = st.lists(PARTS, max_size=5).map("".join)
SHORT_NAMES = ["".join(letters) for length in range(5) for letters in product("abc.", repeat=length)]


@given(PATTERNS, PATTERNS)
@settings(max_examples=300, deadline=None)
def test_two_patterns_share_a_name_exactly_if_one_is_found(one: str, other: str) -> None:
    shared = shared_name(one, other)
    both = [name for name in SHORT_NAMES if fnmatchcase(name, one) and fnmatchcase(name, other)]
    assert shared is not None or not both
    assert shared is None or (fnmatchcase(shared, one) and fnmatchcase(shared, other))


def timestamp(time_format: str) -> dict[str, Any]:
    options = {"format": time_format, "minimum": "2000-01-01T00:00:00Z"}
    sentinel = zh("时间。", sentinelValues=["1900-01-01"])
    return column("opened", logicalType="timestamp", logicalTypeOptions=options, customProperties=sentinel)


@pytest.mark.parametrize(
    "time_format", ["M/d/yyy h:mm a", "yyyy-MM-dd hh:mm", "dd/MM HH:mm", "yyyy-MM-dd HH:mm z"]
)
def test_a_time_format_that_cannot_be_read_is_one_line(folder: Path, time_format: str) -> None:
    path = write(folder, "orders", ID, timestamp(time_format))
    (problem,) = lint.problems(folder)
    assert f"time format {time_format}" in problem
    with pytest.raises(UserError, match=r"orders\.odcs\.yaml is no contract"):
        registry.read_contract(path, "sources", "shop")


def test_a_clock_of_twelve_hours_can_be_declared(folder: Path) -> None:
    write(folder, "orders", ID, timestamp("M/d/yyyy h:mm a"))
    assert lint.problems(folder) == []


@pytest.mark.parametrize("command", ["check", "compile"])
def test_the_command_tells_a_bad_time_format_in_one_line(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "orders", ID, timestamp("M/d/yyy h:mm a"))
    contracts = registry.read_catalog
    monkeypatch.setattr(lint, "problems", lambda problems=lint.problems: problems(folder))
    monkeypatch.setattr(dbt_sources, "all_contracts", lambda: contracts(folder))
    done = CliRunner().invoke(app, ["contracts", command])
    assert isinstance(done.exception, UserError), done.exception
    assert "\n" not in str(done.exception)
    assert "M/d/yyy h:mm a" in done.output + str(done.exception)


def test_a_contract_that_is_no_utf8_is_one_line(folder: Path) -> None:
    path = write(folder, "orders", ID)
    path.write_bytes(path.read_bytes() + "# 订单".encode("gb18030"))
    (problem,) = lint.problems(folder)
    assert "orders.odcs.yaml is not YAML" in problem


def test_a_null_marker_that_yaml_has_changed_is_named(folder: Path) -> None:
    write(folder, "orders", ID, nullMarkers=["\x85", "NULL"])
    (problem,) = lint.problems(folder)
    assert r"the null marker '\x85' cannot be printed; write it in single quotes, such as '\N'" in problem


def test_null_markers_of_a_column_replace_those_of_its_table(folder: Path) -> None:
    tier = column("tier", customProperties=zh("等级。", nullMarkers=["none"]))
    path = write(folder, "orders", ID, tier, column("note"), nullMarkers=[r"\N", "-"])
    contract = registry.read_contract(path, "sources", "shop")
    assert [contract.column(name).null_markers for name in ("note", "tier")] == [(r"\N", "-"), ("none",)]
    assert lint.problems(folder) == []


CONNECTION = duckdb.connect()
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(NAMES)
@settings(max_examples=200, deadline=None)
def test_a_compiled_cast_reads_the_column_of_that_name(name: str) -> None:
    reference = dbt_sources._reference(name)
    quoted = name.replace('"', '""')
    asked = f"with source as (select 'it' as \"{quoted}\") select {reference} as found from source"
    assert CONNECTION.execute(asked).fetchall() == [("it",)]


@pytest.mark.parametrize(
    ("table", "moment", "server", "complaint"),
    [
        ({}, {"minimum": "01/02/2020"}, {}, "column made_at: a bound or sentinel is not of its type"),
        ({}, {"maximum": "2020-13-01"}, {}, "column made_at: a bound or sentinel is not of its type"),
        ({}, {"sentinelValues": ["never"]}, {}, "column made_at: a bound or sentinel is not of its type"),
        ({"businessDateColumn": "order_id"}, {}, {}, "order_id, which holds no dates"),
        ({"businessDateColumn": ""}, {}, {}, "'', which is no column"),
        ({"maximumRefusedRate": -0.1}, {}, {}, "maximumRefusedRate"),
        ({"maximumRefusedRate": float("nan")}, {}, {}, "maximumRefusedRate"),
        ({"timeZone": "right/UTC"}, {}, {}, "time zone right/UTC is unknown"),
        ({}, {}, {"delimiter": r"\t"}, "the delimiter is"),
        ({}, {}, {"delimiter": '"'}, "the delimiter is"),
    ],
)
def test_what_landing_could_not_read_is_told_by_the_lint(
    folder: Path, table: dict[str, Any], moment: dict[str, Any], server: dict[str, str], complaint: str
) -> None:
    sentinels = moment.pop("sentinelValues", ["1970-01-01"])
    made_at = column("made_at", customProperties=zh("时间。", sentinelValues=sentinels))
    options = {"format": "yyyy-MM-dd HH:mm:ss", "minimum": "2020-01-01", **moment}
    made_at |= {"logicalType": "timestamp", "physicalType": "TIMESTAMP", "logicalTypeOptions": options}
    path = write(folder, "orders", ID, made_at, **table)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["servers"][0] |= server
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    (problem,) = lint.problems(folder)
    assert complaint in problem


@pytest.mark.parametrize(
    "spoilt", [{"name": ["store_id"]}, {"customProperties": [3]}, {"customProperties": [{"property": ["x"]}]}]
)
def test_a_column_of_another_shape_is_told_not_raised(folder: Path, spoilt: dict[str, Any]) -> None:
    write(folder, "orders", ID, {**column("store_id"), **spoilt})
    assert lint.problems(folder)

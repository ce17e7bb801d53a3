"""A source drafted from a sample: what is detected, what is marked, and that the draft accepts its sample."""

import gzip
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.contracts.asking import judge

from shopkeeper.contracts import lint
from shopkeeper.contracts.contract import Column, Contract
from shopkeeper.contracts.draft import Draft, draft_source
from shopkeeper.contracts.draft.columns import draft_column
from shopkeeper.contracts.draft.samples import read_sample
from shopkeeper.contracts.draft.writing import with_awaited
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.errors import UserError
from shopkeeper.retailers import Retailer, read_retailer
from shopkeeper.scaffold import make_retailer

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
ORDERS = """order_id;ordered_at;customer_id;status;total
A-1;31/12/2023 10:05;K1;paid;1.234,56
A-2;01/01/2024 11:30;K2;cancelled;0,90
A-3;13/01/2024 09:00;;paid;-12,00
"""


@pytest.fixture
def retailer(tmp_path: Path) -> Retailer:
    return read_retailer(make_retailer("tea_shop", tmp_path, "Europe/Berlin", "EUR"))


def drafted(retailer: Retailer, file: Path, table: str) -> tuple[Draft, Contract]:
    draft = draft_source(file, "web", table, retailer, AS_OF)
    return draft, read_catalog(retailer.contracts).contract("web", table)


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def column_of(folder: Path, *texts: str, name: str = "value", zone: str = "Europe/Berlin") -> Column:
    """Return a column as it is drafted from these values."""
    rows = "".join(f'{number}\t"{text}"\n' for number, text in enumerate(texts))
    sample = read_sample(written(folder, "sample.tsv", f"row\t{name}\n{rows}"), folder / "utf8")
    return draft_column(sample, name, zone, AS_OF, of_person=False).column


def test_a_draft_lints_and_says_what_is_guessed(retailer: Retailer, tmp_path: Path) -> None:
    draft, contract = drafted(retailer, written(tmp_path, "orders_2024-01.csv", ORDERS), "orders")
    assert lint.problems(retailer.contracts) == []
    assert contract.file is not None
    assert (contract.file.pattern, contract.file.delimiter) == ("orders_*.csv", ";")
    assert (contract.key, contract.file.delivery) == (("order_id",), "upserts")
    assert contract.file.business_date_column == "ordered_at"
    text = (retailer.contracts / "web" / "orders.odcs.yaml").read_text()
    assert len(text.splitlines()) <= 40
    assert text.count("# DECIDE: ") >= 5
    assert ("ordered_at", "its clock is taken for that of Europe/Berlin") in draft.decisions


@pytest.mark.parametrize(("table", "asks_retention"), [("orders", True), ("deleted_members", False)])
def test_owner_purpose_and_retention_are_asked(
    retailer: Retailer, tmp_path: Path, table: str, asks_retention: bool
) -> None:
    text = ORDERS if asks_retention else "会员号\nM1\nM2\n"
    draft, contract = drafted(retailer, written(tmp_path, f"{table}_2024-01.csv", text), table)
    assert (contract.owner, contract.purpose, contract.retention) == ("undecided", "undecided", None)
    lines = (retailer.contracts / "web" / f"{table}.odcs.yaml").read_text().splitlines()
    asked = [line for line in lines if line.endswith("?") or "without end" in line]
    for word, is_asked in (("team", True), ("purpose", True), ("retention", asks_retention)):
        assert any(word in line and "# DECIDE: " in line for line in asked) is is_asked
        assert any(word in question for _, question in draft.decisions) is is_asked
    assert lint.problems(retailer.contracts) == []


def test_the_proposed_retention_is_one(retailer: Retailer, tmp_path: Path) -> None:
    drafted(retailer, written(tmp_path, "orders_2024-01.csv", ORDERS), "orders")
    path = retailer.contracts / "web" / "orders.odcs.yaml"
    path.write_text(path.read_text().replace("# slaProperties", "slaProperties"))
    contract = read_catalog(retailer.contracts).contract("web", "orders")
    assert contract.retention is not None and lint.problems(retailer.contracts) == []


def test_formats_are_declared_and_read_strictly(retailer: Retailer, tmp_path: Path) -> None:
    _, contract = drafted(retailer, written(tmp_path, "orders.csv", ORDERS), "orders")
    total = contract.column("total")
    assert (total.number_format, total.precision, total.scale) == ("#.##0,00", 18, 2)
    assert contract.column("ordered_at").time_format == "dd/MM/yyyy HH:mm"
    assert judge(total, ["1.234,56", "1234.56"])[0] == (None, Decimal("1234.56"))
    assert judge(total, ["1234.56"]) == [("BAD_DECIMAL", None)]


def test_an_order_finds_its_entity_and_retailer_yml_lists_it(retailer: Retailer, tmp_path: Path) -> None:
    states = ["paid", "cancelled"] * 5
    rows = "".join(f"A-{n},2024-01-01,K{n},{state}\n" for n, state in enumerate(states))
    file = written(tmp_path, "orders.csv", "order_id,ordered_at,customer_id,status\n" + rows)
    draft, _ = drafted(retailer, file, "orders")
    assert draft.entities == ("transactions",)
    assert read_retailer(retailer.folder).systems == {"web": ("transactions",)}
    sql = (retailer.dbt / "models" / "staging" / "web" / "stg_web__transactions.sql").read_text()
    assert "order_id as transaction_id" in sql
    assert "when 'cancelled' then 'cancelled'" in sql
    assert "-- DECIDE: which of your states means each of these?" in sql


def test_a_day_waits_for_every_table_of_orders(retailer: Retailer, tmp_path: Path) -> None:
    file = written(tmp_path, "orders_2024-01.csv", ORDERS)
    for system in ("web", "till"):
        draft = draft_source(file, system, "orders", read_retailer(retailer.folder), AS_OF)
    assert read_retailer(retailer.folder).complete_by == ("web.orders", "till.orders")
    assert any("(complete_by)" in question for _, question in draft.decisions)
    mapping = "complete_by:\n- web.orders\n"
    assert with_awaited(mapping, "till.orders") is None
    assert with_awaited(mapping, "web.orders") == mapping


def test_a_second_table_joins_the_same_system(retailer: Retailer, tmp_path: Path) -> None:
    drafted(retailer, written(tmp_path, "orders.csv", ORDERS), "orders")
    lines = "order_id,line,sku,quantity,amount\nA-1,1,T1,2,9.90\nA-1,2,T2,1,5.00\nA-2,1,T1,1,4.95\n"
    _, contract = drafted(retailer, written(tmp_path, "order_lines.csv", lines), "order_lines")
    assert contract.key == ("order_id", "line")
    assert read_retailer(retailer.folder).systems == {"web": ("transactions", "transaction_lines")}
    assert lint.problems(retailer.contracts) == []


def test_orders_told_line_by_line_are_headers_and_lines(retailer: Retailer, tmp_path: Path) -> None:
    sales = "order_id,created_at,sku,qty,price\nA-1,2024-01-01 10:00:00,T1,2,9.90\nA-1,2024-01-01 10:00:00,T2,1,5.00\n"
    draft, _ = drafted(retailer, written(tmp_path, "sales.csv", sales), "sales")
    assert draft.entities == ("transactions", "transaction_lines")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_an_encoding_that_lands_is_declared(retailer: Retailer, tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{n},交易成功,{n}.50,北京市朝阳区的顾客付款\n" for n in range(30))
    file = written(tmp_path, "orders.csv", "订单号,订单状态,订单实付金额,买家备注\n" + rows, encoding)
    _, contract = drafted(retailer, file, "orders")
    assert contract.file is not None
    assert contract.file.encoding == encoding.removesuffix("-sig")
    assert contract.column("订单号").is_key


def test_an_encoding_that_does_not_land_is_a_decision(retailer: Retailer, tmp_path: Path) -> None:
    rows = "".join(f"A-{n},臺北市信義區繁體中文訂單\n" for n in range(30))
    draft, _ = drafted(retailer, written(tmp_path, "orders.csv", "order_id,note\n" + rows, "big5"), "orders")
    assert any("is big5" in asked and "does not land" in asked for _, asked in draft.decisions)


def test_a_german_export_is_read_in_its_words(retailer: Retailer, tmp_path: Path) -> None:
    head = "Bestellnr.;Pos.;Bestelldatum;Kundennr;Artikelnr;Menge;Betrag (€);Status;Währung\n"
    rows = "".join(
        f"B-{n:03};{place};0{1 + n % 9}.03.2024 10:00;K{n % 7:04};ART-{place:03};2;1.{n:03},50;"
        f"{'storniert' if n % 5 == 0 else 'versendet'};EUR\n"
        for n in range(40)
        for place in (1, 2)
    )
    draft, contract = drafted(retailer, written(tmp_path, "b.csv", head + rows, "cp1252"), "bestellungen")
    assert draft.entities == ("transactions", "transaction_lines")
    assert contract.file is not None and contract.file.encoding == "windows-1252"
    assert contract.key == ("Bestellnr.", "Pos.")
    assert [contract.column(name).type for name in ("Kundennr", "Artikelnr", "Betrag (€)")] == [
        "text",
        "text",
        "decimal",
    ]
    sql = (retailer.dbt / "models" / "staging" / "web" / "stg_web__transactions.sql").read_text()
    assert "when 'storniert' then 'cancelled'" in sql


FLAT = """Row ID,Order ID,Order Date,Customer ID,State,Product ID,Sales,Discount
1,O-1,3/14/2024,C-1,Ohio,P-1,12.3456,0.2
2,O-1,3/14/2024,C-1,Ohio,P-2,5.00,0
3,O-2,3/15/2024,C-2,Utah,P-1,7.25,0.45
"""


def test_a_flat_table_is_drafted_with_its_doubts(retailer: Retailer, tmp_path: Path) -> None:
    draft, _ = drafted(retailer, written(tmp_path, "superstore.csv", FLAT), "orders")
    lines, headers = (
        retailer.dbt.joinpath("models", "staging", "web", f"stg_web__{entity}.sql").read_text()
        for entity in ("transaction_lines", "transactions")
    )
    assert "start_of_business_date(shopkeeper.column_name('Order Date'))" in headers
    assert "State" not in headers
    assert "discount_amount" not in lines
    assert "rounded to two decimals" in lines
    assert any(column == "Discount" and "shares" in asked for column, asked in draft.decisions)


@pytest.mark.parametrize(("second", "teller"), [("4.90", "transactions"), ("1.10", "transaction_lines")])
def test_freight_is_told_once(retailer: Retailer, tmp_path: Path, second: str, teller: str) -> None:
    rows = f"A-1,2024-01-01,T1,9.90,4.90\nA-1,2024-01-01,T2,5.00,{second}\n"
    text = "order_id,created_at,sku,price,shipping\n" + rows
    drafted(retailer, written(tmp_path, "sales.csv", text), "sales")
    folder = retailer.dbt / "models" / "staging" / "web"
    tellers = [each.stem for each in folder.glob("*.sql") if "freight_amount" in each.read_text()]
    assert tellers == [f"stg_web__{teller}"]


def test_a_key_of_several_columns_is_one_identifier(retailer: Retailer, tmp_path: Path) -> None:
    pays = "pedido_id;sequencial;tipo_pagamento;valor\nA;1;pix;1.005,06\nA;2;boleto;3,10\nB;1;pix;3,10\n"
    draft, contract = drafted(retailer, written(tmp_path, "pagamentos.csv", pays), "pagamentos")
    assert (draft.entities, contract.key) == (("payments",), ("pedido_id", "sequencial"))
    sql = (retailer.dbt / "models" / "staging" / "web" / "stg_web__payments.sql").read_text()
    assert "pedido_id || '-' || cast(sequencial as string) as payment_id" in sql


def test_a_rate_is_known_by_day_and_currency(retailer: Retailer, tmp_path: Path) -> None:
    rates = "day,currency,rate\n2024-01-01,USD,0.91\n2024-01-02,USD,0.92\n"
    _, contract = drafted(retailer, written(tmp_path, "rates.csv", rates), "rates")
    assert contract.key == ("day", "currency")


def test_stock_is_known_by_day_place_and_product(retailer: Retailer, tmp_path: Path) -> None:
    rows = "".join(f"2024-03-0{day},W{n % 2},T{n},{n + day}\n" for day in (1, 2) for n in range(9))
    file = written(tmp_path, "stock_2024-03.csv", f"date,warehouse_id,sku,quantity\n{rows}")
    draft, contract = drafted(retailer, file, "stock")
    assert (draft.entities, contract.key) == (("inventory_levels",), ("date", "warehouse_id", "sku"))
    sql = (retailer.dbt / "models" / "staging" / "web" / "stg_web__inventory_levels.sql").read_text()
    assert "warehouse_id as store_id" in sql and "as on_hand_quantity" in sql


def test_what_no_name_tells_of_orders_is_asked(retailer: Retailer, tmp_path: Path) -> None:
    orders = "reference,ordered_at,sku,price,currency\n" + "".join(
        f"A{n},2024-01-0{1 + n % 9},S{n % 3},9.90,{'CAD' if n % 3 else 'EUR'}\n" for n in range(20)
    )
    draft, _ = drafted(retailer, written(tmp_path, "orders.csv", orders), "orders")
    assert (
        "orders",
        "reference is taken for the transaction_id of transactions",
    ) in draft.decisions
    assert ("currency", "deliver exchange_rates from CAD to EUR") in draft.decisions


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_any_delimiter_is_found(retailer: Retailer, tmp_path: Path, delimiter: str) -> None:
    text = ORDERS.replace(",", ".").replace(";", delimiter)
    _, contract = drafted(retailer, written(tmp_path, "orders.csv", text), "orders")
    assert contract.file is not None
    assert contract.file.delimiter == delimiter
    assert len(contract.columns) == 5


def test_json_lines_and_gzip_are_read(retailer: Retailer, tmp_path: Path) -> None:
    rows = '{"order_id": "A-1", "created_at": "2024-01-01T10:00:00+0200", "items": []}\n'
    file = tmp_path / "orders_1.jsonl.gz"
    file.write_bytes(gzip.compress((rows + rows.replace("A-1", "A-2")).encode()))
    draft, contract = drafted(retailer, file, "orders")
    assert contract.file is not None
    assert (contract.file.format, contract.file.pattern) == ("jsonl", "orders_*.jsonl.gz")
    assert contract.column("created_at").time_format == "yyyy-MM-dd'T'HH:mm:ssXX"
    assert any(column == "items" and "do not land" in asked for column, asked in draft.decisions)


def test_parquet_keeps_its_own_types(retailer: Retailer, tmp_path: Path) -> None:
    file = tmp_path / "orders_1.parquet"
    rows = "select 'A-' || n as order_id, n::decimal(9, 2) as total, timestamptz '2024-01-01' as paid_at from range(3) t(n)"
    duckdb.sql(f"copy ({rows}) to '{file}'")
    _, contract = drafted(retailer, file, "orders")
    assert [column.type for column in contract.columns] == ["text", "decimal", "timestamp"]
    assert contract.column("paid_at").has_offset
    assert lint.problems(retailer.contracts) == []


def test_a_workbook_becomes_csv_and_only_that_lands(retailer: Retailer, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (
        ["order_id", "ordered_on", "total"],
        [17, datetime.fromisoformat("2024-01-01"), 9.5],
        [18, None, 10],
    ):
        workbook.active.append(row)
    workbook.save(tmp_path / "orders.xlsx")
    draft, contract = drafted(retailer, tmp_path / "orders.xlsx", "orders")
    assert draft.origin == tmp_path / "orders.csv"
    assert draft.origin.read_text() == "order_id,ordered_on,total\n17,2024-01-01,9.5\n18,,10\n"
    assert contract.file is not None
    assert contract.file.pattern == "orders.csv"


@pytest.mark.parametrize(
    ("texts", "type_", "declared"),
    [
        (("1.234,56", "0,10"), "decimal", "#.##0,00"),
        (("5.00", "(5.00)"), "decimal", "0.00;(0.00)"),
        (("￥12", "￥5"), "integer", "￥0"),
        (("￥12.50", "￥5.00"), "decimal", "￥0.00"),
        (("12.50", "5"), "decimal", None),
        (("12", "-5"), "integer", None),
        (("31/12/2017", "01/02/2018"), "date", "dd/MM/yyyy"),
        (("1/3/24 2:05 PM", "1/13/24 11:05 AM"), "timestamp", "M/d/yy h:mm a"),
        (("2024-01-02 10:00:00 -0500",), "timestamp", "yyyy-MM-dd HH:mm:ss XX"),
        (("2024年1月2日",), "date", "yyyy年M月d日"),
        (("true", "false"), "boolean", None),
        (("2019-10-01 00:00:00 UTC",), "timestamp", "yyyy-MM-dd HH:mm:ss 'UTC'"),
        (("▲1,200", "300"), "integer", "#,##0;▲#,##0"),
        (("007", "123"), "text", None),
        (("31/02/2017", "01/02/2018"), "text", None),
        (("1.234,5", "1,234.5"), "text", None),
    ],
)
def test_a_column_gets_the_first_type_that_reads_everything(
    tmp_path: Path, texts: tuple[str, ...], type_: str, declared: str | None
) -> None:
    column = column_of(tmp_path, *texts)
    assert (column.type, column.number_format or column.time_format) == (type_, declared)


def test_one_value_in_a_hundred_may_be_dirt(tmp_path: Path) -> None:
    rows = [f"{n},{1 + n % 28:02}.03.2024" for n in range(199)]
    for dirt, declared in ((["199,unknown"], "dd.MM.yyyy"), (["a,x", "b,y", "c,z"], None)):
        file = written(tmp_path, "s.csv", "\n".join(["row,day", *rows, *dirt]))
        sample = read_sample(file, tmp_path / "utf8")
        draft = draft_column(sample, "day", "Europe/Berlin", AS_OF, of_person=False)
        assert draft.column.time_format == declared
        assert any("1 of 200 rows are not dd.MM.yyyy" in asked for asked in draft.decisions) == bool(declared)


def test_a_moment_that_says_utc_is_utc(tmp_path: Path) -> None:
    assert column_of(tmp_path, "2019-10-01 00:00:00 UTC").time_zone == "UTC"


def test_an_ambiguous_order_of_day_and_month_is_asked(tmp_path: Path) -> None:
    sample = read_sample(
        written(tmp_path, "s.csv", "row,day\n1,01/02/2024\n2,03/04/2024\n"), tmp_path / "utf8"
    )
    for zone, declared in (("Europe/Berlin", "dd/MM/yyyy"), ("America/New_York", "MM/dd/yyyy")):
        draft = draft_column(sample, "day", zone, AS_OF, of_person=False)
        assert draft.column.time_format == declared
        assert any("would read them too" in asked for asked in draft.decisions)


def test_a_thousand_or_a_fraction_is_asked(tmp_path: Path) -> None:
    sample = read_sample(written(tmp_path, "s.csv", "row;weight\n1;1,234\n2;5,678\n"), tmp_path / "utf8")
    draft = draft_column(sample, "weight", "Europe/Berlin", AS_OF, of_person=False)
    assert any("would read them too" in asked for asked in draft.decisions)


@pytest.mark.parametrize(
    ("name", "texts", "classification"),
    [
        ("contact", ("ada@example.com", "bo@example.org"), "direct_identifier"),
        ("reach", ("+49 30 901820", "+49 40 428280"), "direct_identifier"),
        ("reach", ("030 901820", "040 428280"), "direct_identifier"),
        ("收货人手机号", ("", ""), "direct_identifier"),
        ("Billing Name", ("Ada Larsen", "Bo Weiss"), "direct_identifier"),
        ("customer_id", ("K1", "K2"), "personal"),
        ("order_id", ("4915123456789", "4915123456780"), "internal"),
        ("amount", ("1234567.50", "2345678.90"), "internal"),
    ],
)
def test_a_column_of_persons_is_classified(
    tmp_path: Path, name: str, texts: tuple[str, ...], classification: str
) -> None:
    assert column_of(tmp_path, *texts, name=name).classification == classification


@pytest.mark.parametrize(
    ("name", "texts", "is_url"),
    [
        ("Landing Page", ("/zh/?utm_source=search", "/en/"), True),
        ("referrer", ("https://search.example/", ""), True),
        ("来源页网址", ("", ""), True),
        ("visited", ("https://tea.example/a?x=1", "/cart?email=a%40b.example"), True),
        ("has_url", ("true", "false"), False),
        ("image_url", ("https://tea.example/oolong.png", "https://tea.example/assam.png"), False),
        ("product", ("tea/coffee", "what? milk"), False),
    ],
)
def test_a_column_of_urls_is_marked(tmp_path: Path, name: str, texts: tuple[str, ...], is_url: bool) -> None:
    column = column_of(tmp_path, *texts, name=name)
    assert (column.is_url, column.classification) == (is_url, "personal" if is_url else "internal")


def test_a_draft_with_urls_lints(retailer: Retailer, tmp_path: Path) -> None:
    visits = "visit_id,landing_page\nV1,/zh/?utm_source=search\nV2,/en/?email=ada%40tea.example\n"
    _, contract = drafted(retailer, written(tmp_path, "visits.csv", visits), "visits")
    assert contract.column("landing_page").is_url
    assert lint.problems(retailer.contracts) == []


def test_words_for_nothing_are_null_markers(tmp_path: Path) -> None:
    column = column_of(tmp_path, "12.50", "N/A", "-", "3.00")
    assert (column.type, set(column.null_markers)) == ("decimal", {"N/A", "-"})


def test_few_values_that_repeat_are_an_enumeration(tmp_path: Path) -> None:
    column = column_of(tmp_path, *["paid", "open"] * 10, name="status")
    assert column.allowed_values == ("open", "paid")


def test_a_repeated_state_is_keyed_by_its_time(retailer: Retailer, tmp_path: Path) -> None:
    states = "order_id,status,updated_at\n" + "".join(
        f"A-{n // 2},{status},2024-01-0{1 + n % 2}T10:00:00Z\n"
        for n, status in enumerate(["open", "paid"] * 4)
    )
    _, contract = drafted(retailer, written(tmp_path, "orders.csv", states), "orders")
    assert contract.key == ("order_id", "updated_at")
    assert contract.file is not None
    assert contract.file.delivery == "upserts"


def test_a_table_that_is_described_is_not_drafted_again(retailer: Retailer, tmp_path: Path) -> None:
    file = written(tmp_path, "orders.csv", ORDERS)
    drafted(retailer, file, "orders")
    with pytest.raises(UserError, match="exists; change it"):
        drafted(retailer, file, "orders")


@pytest.mark.parametrize("header", ["Name,name", "分销员,分销员"])
def test_two_columns_of_one_name_are_one_line(retailer: Retailer, tmp_path: Path, header: str) -> None:
    with pytest.raises(UserError, match="rename one"):
        drafted(retailer, written(tmp_path, "orders.csv", f"{header}\na,b\n"), "orders")


@pytest.mark.parametrize("text", ["", "\n", "order_id,total\n"])
def test_a_file_without_rows_is_one_line(retailer: Retailer, tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="rows"):
        drafted(retailer, written(tmp_path, "orders.csv", text), "orders")


AMOUNTS = st.lists(st.decimals(-(10**7), 10**7, places=2), min_size=4, max_size=12, unique=True)
WAYS = {
    "plain": lambda a: f"{a:.2f}",
    "grouped": lambda a: f"{a:,.2f}",
    "European": lambda a: f"{a:,.2f}".translate(str.maketrans(",.", ".,")),
    "bracketed": lambda a: f"({-a:.2f})" if a < 0 else f"{a:.2f}",
    "Chinese": lambda a: f"￥{a:,.2f}",
}


@given(amounts=AMOUNTS, way=st.sampled_from(sorted(WAYS)))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_amounts_are_drafted_as_they_were_written(tmp_path: Path, amounts: list[Decimal], way: str) -> None:
    texts = [WAYS[way](amount) for amount in amounts]
    column = column_of(tmp_path, *texts, name="amount")
    assert judge(column, texts) == [(None, amount) for amount in amounts]


MOMENTS = st.datetimes(datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2017-12-30"))
CLOCKS = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+0200"]


@given(moments=st.lists(MOMENTS, min_size=4, max_size=12), clock=st.sampled_from(CLOCKS))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moments_are_drafted_as_they_were_written(
    tmp_path: Path, moments: list[datetime], clock: str
) -> None:
    column = column_of(tmp_path, *(f"{each:{clock}}" for each in moments), name="paid_at", zone="UTC")
    offset = timedelta(hours=2) if clock.endswith("+0200") else timedelta()
    expected = [each.replace(microsecond=0) - offset for each in moments]
    assert [value for _, value in judge(column, [f"{each:{clock}}" for each in moments])] == expected


def test_the_yml_of_a_draft_tests_its_grain(retailer: Retailer, tmp_path: Path) -> None:
    drafted(retailer, written(tmp_path, "orders.csv", ORDERS), "orders")
    described = (retailer.dbt / "models" / "staging" / "web" / "stg_web__transactions.yml").read_text()
    (model,) = yaml.safe_load(described)["models"]
    assert "shopkeeper.unique_landed_rows" in model["data_tests"][0]
    assert all(column["description"] for column in model["columns"])


def test_a_retailer_that_was_refused_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Mars/X is no time zone"):
        make_retailer("tea_shop", tmp_path, "Mars/X", "EUR")
    assert make_retailer("tea_shop", tmp_path, "Europe/Berlin", "EUR").is_dir()


def test_a_retailer_is_not_called_like_the_package(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="shopkeeper is no name"):
        make_retailer("shopkeeper", tmp_path, "Europe/Berlin", "EUR")


@pytest.mark.parametrize("cut", [40, -4])
def test_a_sample_that_is_cut_off_is_one_line(retailer: Retailer, tmp_path: Path, cut: int) -> None:
    file = tmp_path / "orders_1.csv.gz"
    file.write_bytes(gzip.compress(ORDERS.encode() * 9)[:cut])
    with pytest.raises(UserError, match=r"orders_1\.csv\.gz is cut off or damaged"):
        drafted(retailer, file, "orders")


def test_a_system_is_not_called_like_a_border(retailer: Retailer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="marts is no name for a system"):
        draft_source(written(tmp_path, "orders_1.csv", ORDERS), "marts", "orders", retailer, AS_OF)


@pytest.mark.parametrize(
    ("text", "written_in", "zone", "encoding"),
    [
        ("BelegNr;Währung\nRE1;EUR\n", "cp1252", "Europe/Berlin", "windows-1252"),
        ("店舗コード,商品名\n001,おにぎり（鮭）①\n", "cp932", "Asia/Tokyo", "cp932"),
    ],
)
def test_few_letters_tell_an_encoding(
    tmp_path: Path, text: str, written_in: str, zone: str, encoding: str
) -> None:
    file = written(tmp_path, "s.csv", text, written_in)
    assert read_sample(file, tmp_path / "utf8", zone).encoding == encoding


def test_text_without_nul_is_not_taken_for_utf16(tmp_path: Path) -> None:
    file = written(tmp_path, "people_1.csv", "姓名,城市\n王芳,上海\n", "gb18030")
    assert read_sample(file, tmp_path / "utf8").encoding == "gb18030"


def model_of(retailer: Retailer, name: str) -> str:
    return (retailer.dbt / "models" / "staging" / "web" / f"stg_web__{name}.sql").read_text()


def test_a_name_without_a_date_is_asked(retailer: Retailer, tmp_path: Path) -> None:
    draft, _ = drafted(retailer, written(tmp_path, "orders.csv", ORDERS), "orders")
    assert any("called orders.csv: each replaces the one before" in asked for _, asked in draft.decisions)


def test_a_column_may_carry_the_name_of_its_table(retailer: Retailer, tmp_path: Path) -> None:
    header = "customer_id,customer_unique_id,customer_zip_code,customer_city,customer_state\n"
    rows = "".join(f"K{n},P{n % 4},0131{n},são paulo,SP\n" for n in range(9))
    draft, _ = drafted(retailer, written(tmp_path, "customers.csv", header + rows), "customers")
    sql = model_of(retailer, "customers")
    assert "customer_city as city_name" in sql and "customer_state as region_name" in sql
    linked = [column for column, asked in draft.decisions if "customer_identifiers" in asked]
    assert linked == ["customer_unique_id"]


def test_places_that_are_told_often_are_asked(retailer: Retailer, tmp_path: Path) -> None:
    rows = (
        "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng\n01310,-23.5,-46.6\n01310,-23.6,-46.7\n"
    )
    draft, _ = drafted(retailer, written(tmp_path, "geo.csv", rows), "geolocation")
    assert draft.entities == ("places",)
    assert "cast(geolocation_lat as double) as latitude" in model_of(retailer, "places")
    assert any("group them in staging" in asked for _, asked in draft.decisions)


def test_a_review_of_several_orders_is_known_by_its_key(retailer: Retailer, tmp_path: Path) -> None:
    rows = "review_id,order_id,created_at\n" + "".join(f"V{n // 2},A-{n},2024-01-01\n" for n in range(6))
    _, contract = drafted(retailer, written(tmp_path, "reviews.csv", rows), "reviews")
    assert contract.key == ("order_id",)
    assert "order_id as feedback_id" in model_of(retailer, "feedback")


def test_a_table_of_deleted_members_deletes_customers(retailer: Retailer, tmp_path: Path) -> None:
    drafted(retailer, written(tmp_path, "members.csv", "会员号,城市\nM1,上海\nM2,杭州\n"), "members")
    draft, contract = drafted(retailer, written(tmp_path, "gone.csv", "会员号\nM1\nM2\n"), "deleted_members")
    assert draft.entities == ("customers__deleted_members",)
    assert contract.file is not None and contract.file.delivery == "deletes"


def test_channels_of_other_names_are_asked(retailer: Retailer, tmp_path: Path) -> None:
    rows = "".join(f"D{n},2024/03/01,{('美团', '门店')[n % 2]},￥5.00\n" for n in range(12))
    drafted(retailer, written(tmp_path, "o.csv", "订单编号,下单时间,渠道,配送费\n" + rows), "orders")
    sql = model_of(retailer, "transactions")
    assert "-- DECIDE: which of store, web, app" in sql and "as sales_channel" in sql
    assert "as freight_amount" in sql


def test_midnights_that_summer_time_left_out_are_dates(tmp_path: Path) -> None:
    days = [f"2017-10-{day} 00:00:00" for day in range(10, 20)]
    column = column_of(tmp_path, *days, zone="America/Sao_Paulo")
    assert (column.type, column.time_format) == ("date", "yyyy-MM-dd '00:00:00'")
    assert judge(column, days[5:6]) == [(None, date(2017, 10, 15))]
    assert column_of(tmp_path, *days, zone="Europe/Berlin").type == "timestamp"


def test_an_hour_that_summer_time_left_out_is_named(tmp_path: Path) -> None:
    texts = ["2017-10-15 00:10:00", *(f"2017-09-{n % 20 + 10} 11:{n % 60:02}:00" for n in range(150))]
    rows = "".join(f"{number},{text}\n" for number, text in enumerate(texts))
    sample = read_sample(written(tmp_path, "sample.csv", "row,at\n" + rows), tmp_path / "utf8")
    asked = draft_column(sample, "at", "America/Sao_Paulo", AS_OF, of_person=False).decisions
    assert asked[0].startswith("1 of 151 rows are in the hour that summer time leaves out")

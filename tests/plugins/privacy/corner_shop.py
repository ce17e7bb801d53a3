"""A corner shop that knows its customers: members with identifiers, sales with cards, two published versions."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tests.shop.files import Shop, column

from shopkeeper import warehouse
from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.landing import read_receipts
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.warehouse import published

RETAILER = retailer().model_copy(update={"identifiers": ("customer_id", "card_number")})


def source(system: str, table: str, columns: tuple[Any, ...], **file: Any) -> Contract:
    """Return the contract of a source that comes as CSV."""
    described = FileFormat(pattern=f"{table}_*", format="csv", maximum_refused_rate=1.0, **file)
    return Contract(
        "sources", system, table, "1.0.0", f"Rows of {table}.", "若干行。", tuple(columns), file=described
    )


MEMBERS = source(
    "crm",
    "members",
    (
        column("member_no", is_required=True, is_key=True, classification="personal"),
        column("full_name", classification="direct_identifier", identifier_kind="name"),
        column("phone", classification="direct_identifier", identifier_kind="phone", regions=("GB",)),
        column("birth_year", pattern="[0-9]{4}"),
        column("remark", classification="personal", is_free_text=True, regions=("GB",)),
    ),
    person_column="member_no",
)
ACCOUNTS = source(
    "web",
    "accounts",
    (
        column("account", is_required=True, is_key=True, classification="personal"),
        column("full_name", classification="direct_identifier", identifier_kind="name"),
        column("phone", classification="direct_identifier", identifier_kind="phone", regions=("GB",)),
    ),
    person_column="account",
)
SALES = source(
    "pos",
    "sales",
    (
        column("receipt", is_required=True, is_key=True),
        column("member", classification="personal"),
        column("article"),
        column("amount", "decimal", precision=18, scale=2),
    ),
)
CONTRACTS = (MEMBERS, ACCOUNTS, SALES)

ANNA, PAUL = "Anna Quintana", "Paul Quintana"
ANNAS, SHARED = "+44 7911 123456", "+44 20 7946 0958"
MEMBER_ROWS = (
    f"M-1042,{ANNA},{ANNAS},1984,Anna Quintana called from {ANNAS}",
    f"M-1043,{PAUL},{SHARED},1982,Likes tea",
)
SALE_ROWS = ("R1,M-1042,1042,4.50", "R2,M-1043,7,1.25", "R3,M-1042,7,2.00", "R4,,7,9.00")
PLAIN = ("Quintana", "7911123456", "7911 123456", "M-1042", "W-9-Anna")
"""What names Anna; the surname is Paul's too."""

STAGING = {
    "members": "select member_no as identifier_value, 'customer_id' as identifier_type "
    "from read_parquet('landed/crm/members/*.parquet')",
    "accounts": "select account as identifier_value, 'customer_id' as identifier_type "
    "from read_parquet('landed/web/accounts/*.parquet')",
    "sales": "select member as identifier_value, 'customer_id' as identifier_type "
    "from read_parquet('landed/pos/sales/*.parquet')",
}


@dataclass
class CornerShop:
    """The shop's home, with what lands in it and what is published of that."""

    shop: Shop

    @property
    def home(self) -> Home:
        """Its home."""
        return self.shop.home

    def open(self) -> None:
        """Land the first files and publish two versions of them."""
        self.land("crm", "members_1.csv", "member_no,full_name,phone,birth_year,remark", *MEMBER_ROWS)
        self.land("web", "accounts_1.csv", "account,full_name,phone", f"W-9-Anna,{ANNA},07911 123456")
        self.land("pos", "sales_1.csv", "receipt,member,article,amount", *SALE_ROWS)
        for name in ("v000001", "v000002"):
            self.publish(name)

    def land(self, system: str, name: str, header: str, *rows: str) -> None:
        """Land one file."""
        self.shop.drop(name, "".join(f"{row}\n" for row in (header, *rows)), system)
        self.shop.land()

    def raw(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a raw table in the order of landing."""
        return self.shop.raw(table)

    def publish(self, name: str) -> None:
        """Publish what is in raw, by hand."""
        build = self.home.version(name)
        for folder in (build.scores, build.dbt, build.docs):
            folder.mkdir(parents=True)
        sales = pa.Table.from_pylist(self.raw("sales"))
        with duckdb.connect(str(build.warehouse)) as connection:
            connection.register("landed_sales", sales)
            connection.execute("create schema input; create schema core")
            connection.execute(
                "create table input.transactions as select receipt, amount::decimal(18, 2) as amount, article, "
                "case when member is not null then 'customer_id' end as identifier_type, "
                "member as identifier_value from landed_sales"
            )
            connection.execute(
                "create table core.dim_customers as select identifier_value as customer_id, sum(amount) as "
                "amount from input.transactions where identifier_value is not null group by all"
            )
            numbers = connection.execute("select customer_id from core.dim_customers order by all").fetchall()
        rows = [
            {"customer_id": n, "identifier_type": "customer_id", "identifier_value": n} for (n,) in numbers
        ]
        pq.write_table(pa.Table.from_pylist(rows), build.score("customer_identities"))
        compiled = {
            f"model.{table}": {"table": f"staging.{table}", "sql": sql} for table, sql in STAGING.items()
        }
        build.compiled.write_text(json.dumps(compiled))
        build.document("index.html").write_text(f"<p>{self.token_of_anna()}, customer M-1042</p>\n")
        pq.write_table(pa.table({"batch_id": pa.array([], pa.string())}), build.batches)
        with duckdb.connect(str(build.warehouse), read_only=True) as connection:
            tables = {table: asdict(content) for table, content in warehouse.contents(connection).items()}
        published.write_manifest(
            build,
            {
                **{"version": name, "base_version": None, "as_of_date": "2025-01-01", "rows": {}},
                **{"published_at": "2025-01-02T00:00:00+00:00", "batches": {"contained": []}},
                **{"tables": tables, "files": published.file_hashes(build)},
            },
        )
        self.home.current.unlink(missing_ok=True)
        self.home.current.symlink_to(name)

    def token_of_anna(self) -> str:
        """Return the token of her phone, while it is there."""
        return next((str(row["phone"]) for row in self.raw("members") if row["member_no"] == "M-1042"), "")

    def asks(self, version: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on a version."""
        with duckdb.connect(str(self.home.version(version).warehouse), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def faults(self) -> tuple[str, ...]:
        """Return what `verify` finds."""
        return warehouse.verify(self.home).faults

    def erasures_of_receipts(self) -> dict[str, tuple[int, ...]]:
        """Return the numbers of erasures in each table's receipts."""
        return {receipt.table: receipt.erasures for receipt in read_receipts(self.home)}

    def copied(self, target: Path) -> Path:
        """Copy the home as a backup does."""
        return Path(shutil.copytree(self.home.root, target, symlinks=True))

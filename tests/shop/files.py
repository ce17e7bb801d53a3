"""A corner grocer's tills: a contract, sound lines, and a home to land them in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from shopkeeper.contracts import Catalog, Column, Contract, FileFormat
from shopkeeper.landing import LandingReport, land, read_receipts
from shopkeeper.landing.inbox.report import LandedFile
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import Home

HEADER = "basket_id,line_number,product_id,quantity,sales_value,sold_at,note,returned_basket_id"


def column(name: str, type_: Any = "text", **facts: Any) -> Column:
    return Column(
        name, type_, f"What {name} means.", "说明。", facts.pop("classification", "internal"), **facts
    )


LINES = Contract(
    layer="sources",
    system="pos",
    table="lines",
    version="1.0.0",
    description="One row per line of a basket.",
    description_zh="每个购物篮明细一行。",
    columns=(
        column("basket_id", is_required=True, is_key=True, pattern="[0-9]{1,20}", classification="personal"),
        column("line_number", "integer", is_required=True, is_key=True, minimum="1"),
        column("product_id", is_required=True),
        column("quantity", "integer", is_required=True, minimum="0", is_negative_in_returns=True),
        column(
            "sales_value",
            "decimal",
            is_required=True,
            precision=18,
            scale=2,
            minimum="0",
            maximum="1000000000",
            is_negative_in_returns=True,
        ),
        column(
            "sold_at",
            "timestamp",
            is_required=True,
            minimum="2000-01-01T00:00:00Z",
            time_format="yyyy-MM-dd'T'HH:mm:ssXXX",
            has_offset=True,
            time_zone="Asia/Shanghai",
            sentinel_values=("1970-01-01T00:00:00Z",),
        ),
        column("note", is_optional_in_file=True, max_length=10_000_000),
        column("returned_basket_id", is_optional_in_file=True),
    ),
    file=FileFormat(
        pattern="lines_*",
        format="csv",
        time_zone="Asia/Shanghai",
        maximum_refused_rate=0.7,
        business_date_column="sold_at",
        return_column="returned_basket_id",
    ),
)


def contract(columns: dict[str, dict[str, Any]] | None = None, **file: Any) -> Contract:
    """Return the tills' contract with other facts of some columns or of the file."""
    changes = columns or {}
    changed = tuple(replace(c, **changes.get(c.name, {})) for c in LINES.columns)
    assert LINES.file is not None
    return replace(LINES, columns=changed, file=replace(LINES.file, **file))


def line(number: int, **values: str) -> str:
    """Return one sound line as CSV; any value may be given as it shall stand there."""
    sound = {
        "basket_id": "31198570044",
        "line_number": str(number),
        "product_id": f"9{number:05}",
        "quantity": "1",
        "sales_value": "1.50",
        "sold_at": "2017-01-02T18:30:00+08:00",
        "note": "",
        "returned_basket_id": "",
    }
    return ",".join((sound | values).values())


def lines(*numbers: int) -> list[str]:
    return [line(number) for number in numbers]


def csv_text(rows: Sequence[str], header: str = HEADER, newline: str = "\n") -> str:
    return "".join(text + newline for text in [header, *rows])


@dataclass
class Shop:
    """One home whose tills send files."""

    home: Home
    parsers: Sequence[Parser]
    contracts: tuple[Contract, ...] = (LINES,)

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.contracts, (), (), ())

    def drop(self, name: str, content: str | bytes, system: str = "pos") -> Path:
        path = self.home.inbox / system / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, **arguments: Any) -> LandingReport:
        return land(self.home, self.catalog, **{"parsers": self.parsers, **arguments})

    def take(self, content: str | bytes, name: str = "lines_1.csv") -> LandedFile:
        """Drop one file, land it and return what became of it."""
        self.drop(name, content)
        (landed,) = self.land().files
        return landed

    def raw(self, table: str = "lines") -> list[dict[str, Any]]:
        """Return the raw rows of all batches, in order of landing."""
        receipts = sorted(read_receipts(self.home), key=lambda receipt: receipt.landed_sequence)
        rows: list[dict[str, Any]] = []
        for receipt in receipts:
            if receipt.table == table:
                path = self.home.raw / receipt.system / table / f"{receipt.batch_id}.parquet"
                rows += pq.read_table(path).to_pylist()
        return rows

    def numbers(self) -> list[int]:
        """Return the line numbers of the tills that went to raw."""
        return [int(row["line_number"]) for row in self.raw()]

    def quarantined(self) -> list[dict[str, Any]]:
        """Return the refused rows of all batches."""
        rows: list[dict[str, Any]] = []
        for path in sorted(self.home.quarantined_rows.rglob("*.parquet")):
            rows += pq.read_table(path).to_pylist()
        return rows

    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.quarantined()]

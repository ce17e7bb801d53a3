"""A web shop with orders in Postgres and returns in a bucket, and the home that receives them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopkeeper import landing, warehouse
from shopkeeper.connectors import Pulled, Source, pull
from shopkeeper.contracts import catalog
from shopkeeper.landing import Parser
from shopkeeper.paths import Home

RETAILER = """\
name: web_shop
title: {en: Web shop}
business_time_zone: Europe/Berlin
currency_code: EUR
systems: {}
pulls:
  web.orders:
    connection: shop_database
    query: select order_id, amount, changed_at, note from orders;
    watermark: changed_at
  depot: {connection: shop_bucket, bucket: shop-exports, prefix: returns/}
"""
ORDERS = """\
name: Orders of the web shop
version: 1.0.0
servers: [{server: inbox, type: custom, path: inbox/web/orders_*.parquet, format: parquet}]
schema:
  - name: orders
    description: One row per order.
    customProperties:
      - {property: descriptionZh, value: 每个订单一行。}
      - {property: timeZone, value: Europe/Berlin}
      - {property: businessDateColumn, value: changed_at}
    properties:
      - {name: order_id, description: Order., logicalType: integer, required: true, classification: internal, customProperties: [{property: descriptionZh, value: 订单编号。}]}
      - {name: amount, description: Amount., logicalType: number, physicalType: "DECIMAL(18,2)", classification: internal, customProperties: [{property: descriptionZh, value: 金额。}]}
      - {name: changed_at, description: Last change., logicalType: timestamp, logicalTypeOptions: {format: "yyyy-MM-dd'T'HH:mm:ssXXX", minimum: "2020-01-01T00:00:00Z", timezone: true}, classification: internal, customProperties: [{property: descriptionZh, value: 最后更改时间。}, {property: sentinelValues, value: ["1970-01-01T00:00:00Z"]}]}
      - {name: note, description: Note., logicalType: string, classification: personal, customProperties: [{property: descriptionZh, value: 备注。}]}
"""


def write_retailer(folder: Path) -> None:
    (folder / "contracts" / "web").mkdir(parents=True)
    (folder / "retailer.yml").write_text(RETAILER)
    (folder / "contracts" / "web" / "orders.odcs.yaml").write_text(ORDERS)


@dataclass(frozen=True)
class WebShop:
    """The shop's home, and how its database and its bucket are opened."""

    home: Home
    database: Source
    bucket: Source
    parser: Parser

    def pulls_orders(self) -> Pulled:
        return pull(self.home, "web.orders", self.database)

    def pulls_returns(self) -> Pulled:
        return pull(self.home, "depot", self.bucket)

    def waiting(self) -> list[int]:
        """Return the orders in the inbox, in the order of their numbers."""
        files = [str(path) for path in sorted((self.home.inbox / "web").glob("*.parquet"))]
        if not files:
            return []
        return [
            row[0]
            for row in duckdb.sql(f"select order_id from read_parquet({files}) order by all").fetchall()
        ]

    def landed(self) -> list[int]:
        """Land what waits, and return the orders of all batches that count."""
        landing.land(self.home, catalog(), parsers=[self.parser])
        counting = [each for each in warehouse.batches(self.home) if each.status == "new"]
        files = [str(self.home.batch("web", "orders", each.batch_id).rows) for each in counting]
        return [
            row[0]
            for row in duckdb.sql(f"select order_id from read_parquet({files}) order by all").fetchall()
        ]

"""The corner grocer of `files` once his tills have landed, with a dbt that needs milliseconds."""

import json
from dataclasses import asdict, dataclass, replace

import duckdb
from tests.shop.batches import put_batch
from tests.shop.files import LINES

from shopkeeper.contracts.contract import GATES
from shopkeeper.landing.receipts import Arrival, read_receipt
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.warehouse import builds, describe, publish
from shopkeeper.warehouse.verdicts import SELECTORS

COLUMNS = ("basket_id", "product_id", "sales_value")
TILL_LINES = replace(LINES, columns=tuple(column for column in LINES.columns if column.name in COLUMNS))

SHOPKEEPER = retailer().model_copy(update={"complete_by": ("pos.lines",)})


@dataclass
class Shop:
    """One data home and the two things that happen to it before `publish`."""

    home: Home
    landed: int = 0

    def land(
        self,
        file_name: str,
        lines: list[tuple[str, str, str]],
        day: str | None = "2017-01-07",
        replay_of: str | None = None,
    ) -> str:
        """Let one till file arrive in raw with its receipt."""
        self.landed += 1
        columns = {name: [line[place] for line in lines] for place, name in enumerate(COLUMNS)}
        days = [day] if day else []
        return put_batch(self.home, "lines", file_name, columns, days, self.landed, replay_of)

    def send_again(self, batch_id: str, file_name: str) -> None:
        """Let the content of a batch arrive once more, under this name."""
        self.landed += 1
        path = self.home.batch("pos", "lines", batch_id).receipt
        again = read_receipt(path).named(file_name, Arrival(self.landed, self.landed))
        path.write_text(json.dumps(asdict(again)))

    def transform(self, build_id: str) -> None:
        """Do what dbt and the gates do: new rows in, withdrawn ones out, verdicts written."""
        build = self.home.build(build_id)
        with duckdb.connect(str(build.warehouse)) as connection:
            connection.execute(f"set file_search_path = '{build.root}'")
            connection.execute("create schema if not exists input; create schema if not exists meta")
            connection.execute(
                "create table if not exists input.transaction_lines "
                "(basket_id varchar, product_id varchar, sales_value decimal(18, 2), batch_id varchar)"
            )
            connection.execute(
                "delete from input.transaction_lines where batch_id in "
                "(select batch_id from 'batches.parquet' where status in ('new', 'withdrawn'))"
            )
            connection.execute(
                "insert into input.transaction_lines select basket_id, product_id, sales_value::decimal(18, 2), "
                "parse_filename(filename, true) "
                "from read_parquet('landed/pos/lines/*.parquet', filename = true)"
            )
            connection.execute(
                "create or replace table meta.batches as select batch_id, file_name, row_count "
                "from 'batches.parquet' where status != 'withdrawn'"
            )
        results = {"metadata": {"env": {"BUILD_ID": build_id}}, "results": []}
        for selector in SELECTORS:
            folder = build.dbt / selector
            folder.mkdir(parents=True, exist_ok=True)
            node = {"unique_id": f"model.shop.{selector}", "status": "success"}
            (folder / "run_results.json").write_text(json.dumps({**results, "results": [node]}))
        nodes = {f"model.shop.{selector}": {"config": {"materialized": "table"}} for selector in SELECTORS}
        (build.dbt / SELECTORS[-1] / "manifest.json").write_text(json.dumps({"nodes": nodes}))
        for gate in GATES:
            self.judge(build_id, gate, has_passed=True)

    def judge(self, build_id: str, gate: str, has_passed: bool) -> None:
        """Write one gate's verdict."""
        verdict = {"gate": gate, "build_id": build_id, "has_passed": has_passed, "rules": []}
        (self.home.build(build_id).gates / f"{gate}.json").write_text(json.dumps(verdict))

    def refresh(self, full: bool = False) -> str | None:
        """Go from landed files to a published version; None if nothing is new."""
        build_id = builds.begin(self.home, full)
        if build_id is not None:
            self.transform(build_id)
            publish(self.home, build_id)
        return build_id

    def as_of_date(self, build_id: str) -> str | None:
        """Return the as-of date that a build was begun with."""
        return describe(self.home, build_id).as_of_date


MONDAY = [("R1", "4006381333931", "1.20"), ("R1", "5000112637922", "0.85")]
TUESDAY = [("R2", "4006381333931", "1.20")]

"""Raw that landed before its contract knew a column: a full rebuild reads it beside raw that has the column."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.dbt.test_arrivals import BREAD, MILK, WEEK_2
from tests.shop.builds import Build, File, Grocer, file, run_dbt, write_scores

PLAIN = {"manufacturer_id": "69", "department": "GROCERY", "brand": "Private"}
JANUARY = file("products", "products_2017-01.csv", [{"product_id": MILK, **PLAIN, "package_size": "1 GAL"}])
APRIL = file("products", "products_2017-04.csv", [{"product_id": BREAD, **PLAIN, "package_size": "20 OZ"}])


@pytest.mark.slow
@pytest.mark.parametrize("older", [JANUARY, APRIL], ids=["last by its hash", "first by its hash"])
def test_raw_without_a_new_column_is_rebuilt_beside_newer_raw(tmp_path: Path, older: File) -> None:
    files = (WEEK_2, JANUARY, APRIL)
    build = Build(tmp_path / "v000001", files, date(2017, 1, 2))
    grocer = Grocer(tmp_path, list(files))
    grocer._lay_out(build.folder, files, None, build.as_of)
    write_scores(build.folder / "scores", files, None)
    raw = build.folder / "landed" / "pos" / "products" / f"{older.batch_id}.parquet"
    pq.write_table(pq.read_table(raw).drop_columns("package_size"), raw)
    result = run_dbt(build.folder, "run")
    assert result.success, result.exception or [each.message for each in result.result]
    sizes = {
        dict(row)["product_id"]: dict(row)["package_size"] for each in (JANUARY, APRIL) for row in each.rows
    }
    (product_id,) = (dict(row)["product_id"] for row in older.rows)
    found = build.query(
        "select product_id, package_size from core.dim_products where not is_inferred order by all"
    )
    assert found == sorted((sizes | {product_id: None}).items())

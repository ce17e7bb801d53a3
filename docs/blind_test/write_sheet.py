"""Write `sheet.md` and `key.md` of the blind test of segment names.

Run it from the project:
`PYTHONPATH=plugins:. .venv/bin/python docs/blind_test/write_sheet.py [ONLINE_RETAIL]`.
The grocer is the real year of Complete Journey; the gift shop, Online Retail II, is left out where its file
is not given.
"""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from docs.grocer import HABITS, REFRESH, ask

from shopkeeper.science.segments import cluster

HERE = Path(__file__).parent
SEED = 20170101

GIFTS = """
    select
        "Customer ID" as customer_id,
        date_diff('day', max(InvoiceDate) filter (Quantity > 0), timestamp '2010-12-10') as recency_days,
        count(distinct Invoice) filter (Quantity > 0) as purchase_count,
        sum(Quantity * Price)::decimal(18, 2) as net_amount,
        (
            sum(Quantity * Price) filter (Quantity > 0) / count(distinct Invoice) filter (Quantity > 0)
        )::decimal(18, 2) as mean_basket_amount,
        count(distinct Invoice) filter (Quantity < 0) as return_count,
        count(distinct StockCode) as product_count,
        avg(Quantity) filter (Quantity > 0) as mean_unit_quantity,
        date_diff('day', min(InvoiceDate), timestamp '2010-12-10') as tenure_days,
    from lines
    where "Customer ID" is not null
    group by customer_id
    having count(*) filter (Quantity > 0) > 0
"""


def main() -> None:
    """Cluster every shop, shuffle its names and numbers, and write the two files."""
    shops = {
        "A grocer's households: habits of a year": ask(HABITS),
        "A grocer's households: what the nightly refresh looks at": ask(REFRESH),
    }
    for path in sys.argv[1:]:
        shops["A gift shop's customers"] = duckdb.from_parquet(path).query("lines", GIFTS).to_arrow_table()
    random = np.random.default_rng(SEED)
    sheet, key = [read(HERE / "asked.md")], ["# Key of the blind test\n"]
    for shop, features in shops.items():
        shown, answers = one_shop(features, random)
        sheet.append(f"## {shop}\n\n{shown}")
        key.append(f"## {shop}\n\n{answers}")
    (HERE / "sheet.md").write_text("\n".join(sheet))
    (HERE / "key.md").write_text("\n".join(key))


def read(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text()


def one_shop(features: pa.Table, random: np.random.Generator) -> tuple[str, str]:
    """Return what the reader sees of a shop, and the answers."""
    portraits = cluster(features, k=range(3, 9), seed=SEED).portraits.to_pandas()
    names = portraits.groupby("segment_id").segment_name.first()
    numbers = dict(zip(random.permutation(names.index), range(1, len(names) + 1), strict=True))
    means = portraits.pivot(index="segment_id", columns="feature_name", values="centroid")[
        features.column_names[1:]
    ]
    means.index = means.index.map(numbers)
    means = means.sort_index()
    means.loc["all"] = portraits.groupby("feature_name").overall_mean.first()
    letters = dict(zip(random.permutation(names.index), "ABCDEFGHIJ", strict=False))
    listed = [f"- {letter}: {names[segment_id]}" for segment_id, letter in letters.items()]
    told = [f"- {letter} = {numbers[segment_id]}" for segment_id, letter in letters.items()]
    return f"{as_markdown(means)}\n\n" + "\n".join(listed) + "\n", "\n".join(told) + "\n"


def as_markdown(means: pd.DataFrame) -> str:
    """Return the portraits as a table: one row a segment, the mean of each feature in its own unit."""
    rows = [["segment", *(name.replace("_", " ") for name in means.columns)], ["---"] * (1 + means.shape[1])]
    rows += [
        [str(number), *(f"{value:,.3g}" if value < 1 else f"{value:,.1f}" for value in row)]
        for number, row in zip(means.index, means.to_numpy(), strict=True)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()

"""The content hash: what changes it and what does not."""

import random
from itertools import pairwise

import duckdb
import pytest

from shopkeeper.warehouse import contents

BASKET = [
    ("R1", "milk", 2, None),
    ("R1", "bread", 1, "0.20"),
    ("R2", "milk", 1, "0.20"),
    ("R3", None, 4, "1.00"),
]


def content(rows, columns="receipt varchar, product varchar, quantity integer, discount decimal(18, 2)"):
    with duckdb.connect() as connection:
        connection.execute(f"create table basket ({columns})")
        if rows:
            order = "receipt, product, quantity, discount"
            values = ", ".join("(?, ?, ?, ?)" for _ in rows)
            flat = [value for row in rows for value in row]
            connection.execute(
                f"insert into basket ({order}) select * from (values {values}) as v({order})", flat
            )
        return contents(connection)["main.basket"]


def test_the_order_of_rows_and_columns_does_not_matter():
    shuffled = random.Random(7).sample(BASKET, len(BASKET))
    other_order = "discount decimal(18, 2), quantity integer, receipt varchar, product varchar"
    assert content(BASKET) == content(shuffled) == content(shuffled, other_order)


@pytest.mark.parametrize(
    "changed",
    [
        BASKET[:-1],
        [*BASKET, BASKET[0]],
        [*BASKET[:-1], ("R3", "", 4, "1.00")],
        [*BASKET[:-1], ("R3", None, 4, "1.01")],
        [("R1", "bread", 2, None), ("R1", "milk", 1, "0.20"), *BASKET[2:]],
        [],
    ],
    ids=[
        "row lost",
        "row twice",
        "null became empty",
        "one cent more",
        "values swapped between rows",
        "empty",
    ],
)
def test_any_other_change_does(changed):
    assert content(changed).content_hash != content(BASKET).content_hash


def test_a_pair_of_equal_rows_does_not_cancel_out():
    once, thrice = content([BASKET[0]]), content([BASKET[0]] * 3)
    assert once.content_hash != thrice.content_hash


def test_storage_and_threads_do_not_matter(tmp_path):
    found = []
    for threads, chunk in ((1, 30_000), (2, 7_000)):
        with duckdb.connect(str(tmp_path / f"{threads}.duckdb"), config={"threads": threads}) as connection:
            connection.execute("create table lines (line bigint, store varchar, amount decimal(18, 2))")
            for start, end in pairwise([*range(0, 60_000, chunk), 60_000]):
                connection.execute(
                    "insert into lines select i, 'store ' || i % 7, (i % 991) / 100 "
                    "from range(?, ?) r(i) order by i desc",
                    [start, end],
                )
            connection.execute("checkpoint")
            found.append(contents(connection)["main.lines"])
    assert found[0] == found[1]
    assert found[0].row_count == 60_000

"""The search for leaks finds what is planted, in every format and writing, and nothing else."""

import gzip
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shop.leaks import Planted, leaks

VALUES = ("+44 7911 123456", "zoe.quintana@mail.example", "王小芳", "Zoë Quintana", "12 Mill Lane, Leeds")
PLANTED = Planted(VALUES)
WRITTEN = (
    "ring 07911123456 please",
    "7911-123456",
    "ZOE.QUINTANA@mail.example",
    "收件人王小芳收",
    "wangxiaofang",
    "signed, zoë quintana.",
    "Wang Xiaofang",
    r"Zo\u00eb Quintana",
    "&#39;12 Mill Lane, Leeds&#39;",
    hashlib.sha1(b"+447911123456").hexdigest(),
    hashlib.md5(b"zoe.quintana@mail.example").hexdigest(),
    hashlib.sha256(b"447911123456").hexdigest(),
    "/checkout?email=zoe.quintana@mail.example&utm_source=x",
    "/checkout?email=zoe.quintana%40mail.example",
    "/checkout?email=zoe.quintana%2540mail.example",
    "/checkout?tel=%2B44%207911%20123456",
    "/checkout?name=Zo%C3%AB+Quintana",
    "/checkout?name=Zo%25C3%25AB%2520Quintana",
    f"/u/{quote('王小芳')}/orders",
)
CLEAN = (
    *(
        "order 79111234560001",
        "zoe@mail.example",
        "王小明",
        "Zoë bought a quintana melon",
        "12345678",
        "100%+zoe%40",
    ),
    *("a1b2c3d4e5f611123456a7b8c9d0e1f2", "0.11123456", "1735689611123456789"),
)
"""The last ones are a hash, a fraction and a moment that hold the end of the phone."""


def as_parquet(path: Path, text: str) -> None:
    pq.write_table(pa.table({"note": [text, "bread"], "count": [1, 2]}), path, compression="zstd")


def as_duckdb(path: Path, text: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema planted")  # as the file is called
        connection.execute("create table planted.planted.notes as select $1 as note", [text])


def as_sqlite(path: Path, text: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table xcom (value blob)")
        connection.execute("insert into xcom values (?)", (text.encode(),))
    connection.close()


def as_gzip(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(f"first\n{text}\n".encode()))


def as_text(path: Path, text: str) -> None:
    path.write_text(f'{{"event": "landed", "detail": "{text}"}}\n')


FORMATS = (as_parquet, as_duckdb, as_sqlite, as_gzip, as_text)


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("write", FORMATS)
def test_a_planted_value_is_found(tmp_path: Path, write: Callable[[Path, str], None], text: str) -> None:
    (tmp_path / "raw").mkdir()
    write(tmp_path / "raw" / "planted", text)
    assert list(leaks(tmp_path, PLANTED)) == ["raw/planted"]


@pytest.mark.parametrize("text", CLEAN)
def test_other_values_are_no_leak(tmp_path: Path, text: str) -> None:
    (tmp_path / "raw").mkdir()
    as_text(tmp_path / "raw" / "clean", text)
    assert leaks(tmp_path, PLANTED) == {}


@pytest.mark.parametrize("name", ["of_07911123456.csv.gz", "of_zoe.quintana@mail.example.csv"])
def test_a_value_in_a_files_name_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "quarantine").mkdir()
    as_text(tmp_path / "quarantine" / name, "nothing")
    as_text(tmp_path / "receipt.json", name)
    assert list(leaks(tmp_path, PLANTED)) == [f"quarantine/{name}", "receipt.json"]


def test_vault_and_inbox_may_hold_them(tmp_path: Path) -> None:
    for place in ("vault", "inbox"):
        (tmp_path / place).mkdir()
        as_text(tmp_path / place / "customers", VALUES[0])
    assert leaks(tmp_path, PLANTED) == {}

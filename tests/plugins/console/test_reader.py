"""Queries of the pages take little: few at once, not for long, on the version that was asked for."""

import re
import shutil
import threading
from pathlib import Path

import duckdb
import pytest
from tests.shop.published import Grocer

from shopkeeper.console import profiles
from shopkeeper.console.reader import Busy, Reader
from shopkeeper.errors import UserError
from shopkeeper.settings import settings

ENDLESS = "select sum(range % 7) from range(100000000000)"


def test_a_question_that_takes_too_long_is_ended(published: Grocer) -> None:
    with pytest.raises(Busy, match="took longer"):
        Reader(published.home, seconds=0.2).rows("v000002", ENDLESS)


def test_only_so_many_ask_at_once(published: Grocer) -> None:
    reader = Reader(published.home, seconds=0.5, at_once=1)
    refused: list[Busy] = []

    def ask() -> None:
        with pytest.raises(Busy) as error:
            reader.rows("v000002", ENDLESS)
        refused.append(error.value)

    other = threading.Thread(target=ask)
    with reader._turn():
        other.start()
        other.join()
    assert "too many pages" in str(refused[0])
    assert reader.rows("v000002", "select 1 as one").rows == [{"one": 1}]


def test_a_page_takes_one_thread_and_little_memory(published: Grocer) -> None:
    found = Reader(published.home).rows(
        "v000002", "select current_setting('threads') as threads, current_setting('memory_limit') as memory"
    )
    assert settings().console_memory_limit == "64MB"
    assert found.rows == [{"threads": 1, "memory": "61.0 MiB"}]


def test_a_page_reads_no_other_file(published: Grocer) -> None:
    with pytest.raises(Exception, match="disabled"):
        Reader(published.home).rows("v000002", f"from read_text('{published.home.roles}')")
    with pytest.raises(Exception, match="disabled"):
        Reader(published.home).rows("v000002", f"from read_text('{published.home.version('v000002').begun}')")


def test_a_page_reads_what_steps_computed_for_its_version(published: Grocer) -> None:
    rows = Reader(published.home).rows("v000001", "select count(*) as credits from scores.touch_credits").rows
    assert rows == [{"credits": 48}]
    with pytest.raises(UserError, match="v000001 does not have what this page reads"):
        Reader(published.home).rows("v000001", "from scores.nothing")


def test_a_version_that_was_pruned_is_let_go(grocer: Grocer) -> None:
    reader = Reader(grocer.home)
    reader.rows("v000001", "select 1")
    shutil.rmtree(grocer.home.version("v000001").root)
    reader.rows("v000002", "select 1")
    held = {each.readlink().name for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}
    assert not [name for name in held if "deleted" in name and "warehouse" in name]
    with pytest.raises(UserError, match="there is no version v000001"):
        reader.rows("v000001", "select 1")


@pytest.mark.parametrize("is_sampled", [True, False])
def test_a_profile_reads_a_table_twice(
    published: Grocer, monkeypatch: pytest.MonkeyPatch, is_sampled: bool
) -> None:
    asked: list[str] = []
    rows = Reader.rows
    monkeypatch.setattr(Reader, "rows", lambda *given: asked.append(given[2]) or rows(*given))
    if is_sampled:
        monkeypatch.setattr(profiles, "SAMPLED_ROWS", 66)
    found = profiles.profile(Reader(published.home), "v000002", "marts.customer_360")
    assert found is not None
    assert len(found.columns) > 10
    of_rows = [sql for sql in asked if "count(*) as n from" not in sql and "marts" in sql]
    exact = [sql for sql in of_rows if "count(distinct" in sql]
    assert len(of_rows) - len(exact) == 2
    counted = [column for sql in exact for column in re.findall(r'count\(distinct "(\w+)"\)', sql)]
    assert counted == ([] if is_sampled else list(found.columns)), "each column is read once more"


def test_a_profile_spreads_every_number_that_can_be_spread(grocer: Grocer) -> None:
    with duckdb.connect(str(grocer.home.version("v000002").warehouse)) as connection:
        connection.execute(
            "create table marts.scales as select i::decimal(18, 2) as net_amount, 7 as unit_quantity, "
            "if(i = 0, 'nan'::double, i) as weight, if(i = 0, null, 'USD') as currency_code from range(24) as t(i)"
        )
    found = profiles.profile(Reader(grocer.home), "v000002", "marts.scales")
    assert found is not None
    columns = found.columns
    assert columns["net_amount"].bars == (2,) * 12
    assert (columns["unit_quantity"].bars, columns["weight"].bars) == ((), ())
    assert columns["currency_code"].commonest == (("USD", 23),)

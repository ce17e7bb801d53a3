"""Rows of a real Postgres reach the inbox exactly once, in spite of kills and changes."""

from dataclasses import replace

import pytest
from tests.plugins.connectors.postgres_server import PASSWORD, Server
from tests.plugins.connectors.web_shop import WebShop

from shopkeeper.connectors import PullFailed, arrivals, postgres
from shopkeeper.errors import Fenced, UserError
from shopkeeper.files import sync

NOON = "'2026-03-01 12:00:00+01'"


def order(number: int, at: str = NOON, amount: str = "9.90", note: str = "null") -> str:
    return f"insert into orders values ({number}, {amount}, {at}, {note}); "


def test_a_first_pull_brings_every_order_with_its_types(database: Server, shop: WebShop) -> None:
    database.runs(order(1, note="'à la carte, \"\"'") + order(2, amount="12345678901234.56"))
    pulled = shop.pulls_orders()
    assert (pulled.files, pulled.row_count) == (("orders_000001.parquet",), 2)
    assert shop.landed() == [1, 2]


def test_a_pull_of_nothing_new_adds_no_file(database: Server, shop: WebShop) -> None:
    database.runs(order(1) + order(2))
    shop.pulls_orders()
    assert shop.pulls_orders().files == ()
    assert len(list((shop.home.inbox / "web").iterdir())) == 1


def test_a_late_order_with_the_last_watermark_is_not_lost(database: Server, shop: WebShop) -> None:
    database.runs(order(1))
    shop.pulls_orders()
    database.runs(order(2))
    assert shop.pulls_orders().row_count == 1
    assert shop.pulls_orders().files == ()
    assert shop.waiting() == [1, 2]


def test_the_second_of_two_equal_rows_counts_too(database: Server, shop: WebShop) -> None:
    database.runs(order(1))
    shop.pulls_orders()
    database.runs(order(1))
    assert shop.pulls_orders().row_count == 1
    assert shop.pulls_orders().files == ()
    assert shop.landed() == [1, 1]


def test_an_order_without_a_watermark_comes_once(database: Server, shop: WebShop) -> None:
    database.runs(order(1, "null"))
    assert shop.pulls_orders().row_count == 1
    database.runs(order(2) + order(3, "null"))
    assert shop.pulls_orders().row_count == 2
    assert shop.pulls_orders().files == ()
    assert shop.waiting() == [1, 2, 3]


def test_a_changed_order_comes_again_with_its_new_state(database: Server, shop: WebShop) -> None:
    database.runs(order(1) + order(2, "'2026-03-02 12:00:00+01'"))
    shop.pulls_orders()
    database.runs("update orders set amount = 5, changed_at = '2026-03-03 09:00:00+01' where order_id = 1")
    assert shop.pulls_orders().row_count == 1
    assert shop.waiting() == [1, 1, 2]


def test_a_crash_before_the_file_is_whole_leaves_no_file(
    database: Server, shop: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.runs(order(1))

    def cut(path: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(arrivals, "sync", cut)
        shop.pulls_orders()
    assert shop.waiting() == []
    shop.pulls_orders()
    assert shop.landed() == [1]


def test_a_crash_before_the_watermark_lands_nothing_twice(
    database: Server, shop: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.runs(order(1))

    def cut(path: object) -> None:
        if "state" in str(path):
            raise KeyboardInterrupt
        sync(path)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(arrivals, "sync", cut)
        shop.pulls_orders()
    assert shop.landed() == [1]
    database.runs(order(2))
    shop.pulls_orders()
    assert shop.landed() == [1, 2]


def test_two_pulls_of_one_feed_keep_apart(database: Server, shop: WebShop) -> None:
    with arrivals.alone(shop.home, "web.orders"), pytest.raises(Fenced, match=r"another pull of web.orders"):
        shop.pulls_orders()


def test_a_wrong_password_is_one_line_without_it(database: Server, shop: WebShop) -> None:
    wrong = replace(shop, database=replace(shop.database, password=PASSWORD + "x"))
    with pytest.raises(PullFailed, match=r"shop_database does not open: FATAL: +password") as failed:
        wrong.pulls_orders()
    assert PASSWORD not in str(failed.value) and "\n" not in str(failed.value)
    assert PASSWORD not in repr(shop.database)


def test_a_query_that_does_not_run_is_one_line(database: Server, shop: WebShop) -> None:
    database.runs("alter table orders rename column note to remark")
    with pytest.raises(UserError, match=r"query of web.orders does not run .* does not exist.*; correct it"):
        shop.pulls_orders()


def test_a_text_is_no_watermark(database: Server, shop: WebShop) -> None:
    database.runs("alter table orders alter changed_at type text")
    with pytest.raises(UserError, match=r"changed_at is no watermark of web.orders"):
        shop.pulls_orders()


def test_another_watermark_than_before_is_refused(database: Server, shop: WebShop) -> None:
    database.runs(order(1))
    shop.pulls_orders()
    with (
        postgres.connect() as connection,
        pytest.raises(UserError, match=r"the watermark was changed_at and is order_id now"),
    ):
        postgres._remember(connection, shop.home.pull("web.orders").rows, "order_id")


def test_an_extension_of_duckdbs_version_is_installed() -> None:
    assert postgres.extension().is_file()

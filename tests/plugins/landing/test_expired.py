"""What was removed after its retention does not land again, and receipts tell from when it counts."""

from dataclasses import replace

from tests.shop.files import LINES, Shop, csv_text, line, lines

from shopkeeper.contracts.retention import Retention
from shopkeeper.landing import expire, read_receipts, waiting_files
from shopkeeper.landing.quarantine import listing


def test_the_same_file_sent_again_does_not_land(shop: Shop) -> None:
    content = csv_text([*lines(1), line(2, quantity="x")])
    shop.take(content)
    assert len(listing.refusals(shop.home)) == 1
    expire(shop.home, list(read_receipts(shop.home)), "2 years")
    again = shop.take(content, "lines_2.csv")
    assert (again.result, again.accepted_count) == ("duplicate", 0)
    assert "was removed after its retention" in str(again.detail)
    (receipt,) = read_receipts(shop.home)
    assert receipt.expired_at and list(receipt.names) == ["lines_1.csv"]
    assert not list(shop.home.raw.rglob("*.parquet"))
    assert listing.refusals(shop.home) == []
    assert waiting_files(shop.home) == []


def test_a_receipt_tells_the_days_from_which_retention_counts(shop: Shop) -> None:
    assert LINES.file is not None
    undated = replace(LINES.file, business_date_column=None)
    shop.contracts = (replace(LINES, file=undated, retention=Retention(2, "y", "sold_at")),)
    shop.drop("lines_1.csv", csv_text([line(1), line(2, sold_at="2017-01-05T23:30:00+00:00")]))
    shop.drop("lines_2.csv", csv_text([line(3), line(4, quantity="x")]))
    shop.land()
    found = {receipt.file_name: receipt for receipt in read_receipts(shop.home)}
    assert found["lines_1.csv"].dated == ("2017-01-02", "2017-01-06")
    assert found["lines_2.csv"].dated == ("2017-01-02", "2017-01-02")
    assert found["lines_1.csv"].business_date_max is None

"""Objects of a bucket come into the inbox whole, each version once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import IncompleteReadError
from botocore.response import StreamingBody
from moto import mock_aws
from tests.plugins.connectors.web_shop import WebShop

from shopkeeper.connectors import PullFailed
from shopkeeper.errors import UserError

BUCKET = "shop-exports"


@pytest.fixture
def bucket() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client(
            "s3", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client


def upload(client: Any, key: str, content: str) -> None:
    client.put_object(Bucket=BUCKET, Key=key, Body=content.encode())


def inbox(shop: WebShop) -> dict[str, str]:
    folder = shop.home.inbox / "depot"
    return {path.name: path.read_text() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


def test_objects_come_as_they_are_and_once(bucket: Any, shop: WebShop) -> None:
    upload(bucket, "returns/returns_1.csv", "order_id\n7\n")
    upload(bucket, "invoices/invoice_1.csv", "none of ours\n")
    assert shop.pulls_returns().files == ("returns_1.csv",)
    assert inbox(shop) == {"returns_1.csv": "order_id\n7\n"}
    (shop.home.inbox / "depot" / "returns_1.csv").unlink()
    assert shop.pulls_returns().files == ()
    assert inbox(shop) == {}


def test_an_object_that_changed_comes_again_under_its_name(bucket: Any, shop: WebShop) -> None:
    upload(bucket, "returns/returns_1.csv", "order_id\n7\n")
    shop.pulls_returns()
    upload(bucket, "returns/returns_1.csv", "order_id\n8\n")
    assert shop.pulls_returns().files == ("returns_1.csv",)
    assert inbox(shop) == {"returns_1.csv": "order_id\n8\n"}


def test_objects_of_two_folders_keep_two_names(bucket: Any, shop: WebShop) -> None:
    for key in ("2026/returns.csv", "2027/returns.csv", "2026%2Freturns.csv", ".hidden", "2026/"):
        upload(bucket, f"returns/{key}", key)
    shop.pulls_returns()
    assert inbox(shop) == {
        "2026%2Freturns.csv": "2026/returns.csv",
        "2027%2Freturns.csv": "2027/returns.csv",
        "2026%252Freturns.csv": "2026%2Freturns.csv",
    }


def test_an_interrupted_pull_leaves_no_half_file(
    bucket: Any, shop: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(bucket, "returns/returns_1.csv", "order_id\n7\n")
    upload(bucket, "returns/returns_2.csv", "order_id\n8\n")
    whole = StreamingBody.iter_chunks
    bodies = iter((whole, broken))
    with (
        monkeypatch.context() as patch,
        pytest.raises(PullFailed, match="shop_bucket failed: IncompleteRead"),
    ):
        patch.setattr(StreamingBody, "iter_chunks", lambda body, size: next(bodies)(body, size))
        shop.pulls_returns()
    assert inbox(shop) == {"returns_1.csv": "order_id\n7\n"}
    assert shop.pulls_returns().files == ("returns_2.csv",)


def broken(body: Any, size: int) -> Iterator[bytes]:
    yield b"order_"
    raise IncompleteReadError(actual_bytes=6, expected_bytes=11)


def test_a_log_cut_by_a_kill_costs_one_object(bucket: Any, shop: WebShop) -> None:
    upload(bucket, "returns/returns_1.csv", "order_id\n7\n")
    upload(bucket, "returns/returns_2.csv", "order_id\n8\n")
    shop.pulls_returns()
    log: Path = shop.home.pull("depot").objects
    log.write_text(log.read_text()[:-10])
    assert shop.pulls_returns().files == ("returns_2.csv",)
    assert shop.pulls_returns().files == ()


def test_a_bucket_that_is_not_there_is_one_line(bucket: Any, shop: WebShop) -> None:
    bucket.delete_bucket(Bucket=BUCKET)
    with pytest.raises(
        UserError, match="bucket shop-exports of connection shop_bucket: NoSuchBucket; correct"
    ):
        shop.pulls_returns()

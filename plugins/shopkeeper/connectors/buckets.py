"""Copies objects of an S3 bucket unchanged, each version of each key once.

`state/pulls/<system>.jsonl` records which version (ETag) of each key was pulled, one object per line.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopkeeper.connectors.arrivals import replacing
from shopkeeper.connectors.sources import Pulled, PullFailed, Source
from shopkeeper.errors import UserError
from shopkeeper.paths import Home

if TYPE_CHECKING:
    from shopkeeper.retailers import BucketPull

CHUNK_BYTES = 1 << 20
CHANGED = ("PreconditionFailed", "NoSuchKey")
"""The object has changed since it was listed: the next pull takes it."""


def pull_objects(home: Home, system: str, declared: "BucketPull", source: Source) -> Pulled:
    """Copy every object below the prefix whose version was not copied before, and return the file names.

    A file is named by the key below the prefix, `/` as `%2F`. Hidden objects and folders are skipped.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    log = home.pull(system).objects
    known = _read_log(log)
    files = []
    try:
        client = _client(source)
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=declared.bucket, Prefix=declared.prefix
        )
        for found in (each for page in pages for each in page.get("Contents", ())):
            key, version = found["Key"], found["ETag"]
            below = key.removeprefix(declared.prefix)
            if not below or below.startswith(".") or key.endswith("/") or known.get(key) == version:
                continue
            name = below.replace("%", "%25").replace("/", "%2F")
            try:
                body = client.get_object(Bucket=declared.bucket, Key=key, IfMatch=version)["Body"]
            except ClientError as error:
                if error.response["Error"]["Code"] in CHANGED:
                    continue
                raise
            with replacing(home.inbox / system / name) as part, part.open("wb") as writer:
                for chunk in body.iter_chunks(CHUNK_BYTES):
                    writer.write(chunk)
            _note(log, {"key": key, "version": version})
            files.append(name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = f"bucket {declared.bucket} of connection {source.name}: {code}"
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (401, 403, 404):
            raise UserError(f"{said}; correct the connection or retailer.yml's pulls") from None
        raise PullFailed(said) from None
    except BotoCoreError as error:
        raise PullFailed(f"connection {source.name} failed: {type(error).__name__}") from None
    return Pulled(tuple(files))


def _client(source: Source) -> Any:
    """Return a client for the connection; without a login, boto3 finds the machine's own role."""
    import boto3

    return boto3.client(
        "s3",
        aws_access_key_id=source.login,
        aws_secret_access_key=source.password,
        aws_session_token=source.extra.get("aws_session_token"),
        region_name=source.extra.get("region_name"),
        endpoint_url=source.extra.get("endpoint_url"),
    )


def _read_log(log: Path) -> dict[str, str]:
    """Return the pulled version of each key; skips a line that a kill cut short."""
    known = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        try:
            noted = json.loads(line)
            known[noted["key"]] = noted["version"]
        except ValueError:
            continue
    return known


def _note(log: Path, pulled: dict[str, str]) -> None:
    """Append a line; starts with a newline, in case a kill cut the last line short."""
    with log.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(pulled))
        file.flush()
        os.fsync(file.fileno())

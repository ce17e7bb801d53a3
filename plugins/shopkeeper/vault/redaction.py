"""Free text and URLs as they may be read outside the vault, and a token that leads to what was written."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper import standardize
from shopkeeper.vault.standard_texts import Texts
from shopkeeper.vault.tokens import TokenKey, tokenize


def redact(values: Texts, region: str, key: TokenKey) -> pa.Table:
    """Return `text`, with a mark for each identifier of a person, and `token` of texts that had one.

    `region`: the ISO 3166 country of phone numbers without a country code. The token is null where nothing
    was taken out.
    """
    return _with_tokens(values, standardize.redact_texts(values, region)["text"], key)


def redact_urls(values: Texts, parameters: Collection[str], region: str, key: TokenKey) -> pa.Table:
    """Return the same of URLs, of whose parameters only those named keep their value."""
    return _with_tokens(values, standardize.redact_urls(values, parameters, region)["text"], key)


def _with_tokens(values: Texts, text: Texts, key: TokenKey) -> pa.Table:
    is_altered = pc.not_equal(pc.coalesce(text, pa.scalar("")), pc.coalesce(values, pa.scalar("")))
    token = tokenize(values, "text", None, key)["token"]
    return pa.table({"text": text, "token": pc.if_else(is_altered, token, pa.scalar(None, pa.string()))})

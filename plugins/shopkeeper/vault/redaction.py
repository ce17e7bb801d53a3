"""Free text as it may be read outside the vault, and a token that leads to what was written."""

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
    text = standardize.redact_texts(values, region)["text"]
    is_altered = pc.not_equal(pc.coalesce(text, pa.scalar("")), pc.coalesce(values, pa.scalar("")))
    token = tokenize(values, "text", None, key)["token"]
    return pa.table({"text": text, "token": pc.if_else(is_altered, token, pa.scalar(None, pa.string()))})


def redact_name(name: str) -> str:
    """Return the name of a file or a place, whose words `_` may part, with a mark for each identifier."""
    words = name.replace("_", " ")
    (found,) = standardize.redact_texts(pa.array([words]))["found"].to_pylist()
    pieces, end = list[str](), 0
    for each in found or ():
        start = words.index(each["value"], end)
        pieces += [name[end:start], f"[{each['kind']}]"]
        end = start + len(each["value"])
    return "".join([*pieces, name[end:]])

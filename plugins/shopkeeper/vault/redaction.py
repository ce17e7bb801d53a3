"""Free text and URLs as they may be read outside the vault, and a token that leads to what was written."""

from collections.abc import Callable, Collection

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper import standardize
from shopkeeper.vault.standard_texts import Texts
from shopkeeper.vault.tokens import TokenKey, tokenize

MARK_DIGITS = 16


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


def names_person(values: Texts, region: str) -> list[bool]:
    """Return which texts have an identifier of a person."""
    return [bool(found) for found in standardize.redact_texts(values, region)["found"].to_pylist()]


def redact_name(name: str, key: Callable[[], TokenKey]) -> str:
    """Return the name of a file, whose words `_` may part, with marks like `[phone-…]` for persons.

    A mark has a keyed hash of the value, since two names must stay two; `key` is called where it is needed.
    The words are looked at one by one too: a number after `orders_` may be a phone.
    """
    redacted = _marked(name, name.replace("_", " "), key)
    return "_".join(_marked(word, word, key) for word in redacted.split("_"))


def _marked(name: str, text: str, key: Callable[[], TokenKey]) -> str:
    """Return a name with marks for what a text of the same length has."""
    (found,) = standardize.redact_texts(pa.array([text]))["found"].to_pylist()
    pieces, end = list[str](), 0
    for each in found or ():
        start = text.index(each["value"], end)
        mark = key().hash("name of a file", each["value"])[:MARK_DIGITS]
        pieces += [name[end:start], f"[{each['kind']}-{mark}]"]
        end = start + len(each["value"])
    return "".join([*pieces, name[end:]])

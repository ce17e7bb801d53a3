"""Tokens in place of identifiers: keyed HMAC-SHA-256 of standard values, the same for the same value.

Pure functions of a column and a key; the key itself is in the keyring.
"""

import hmac
import re
from concurrent.futures import Executor
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.vault.standard_texts import Texts, standard_texts

_TOKEN = re.compile(r"t\d+_[0-9a-f]{32}")
_HASH_BYTES = 16
_PERSON = "person"


@dataclass(frozen=True)
class TokenKey:
    """The secret of tokens and its id; small, and may be handed to other processes."""

    id: str
    secret: bytes = field(repr=False)

    def hash(self, *texts: str) -> str:
        """Return 128 bits of the keyed hash of some texts, as 32 hexadecimal digits."""
        content = "\0".join(texts).encode()
        return hmac.digest(self.secret, content, "sha256")[:_HASH_BYTES].hex()

    @property
    def of_erasures(self) -> "TokenKey":
        """The key of anonymous ids and of who must not come back; every backup has it with this one."""
        return TokenKey("e1", hmac.digest(self.secret, b"shopkeeper: erasures", "sha256"))

    def token(self, kind: str, standard_text: str) -> str:
        """Return the token of a value in its standard form: `t1_` and 32 hexadecimal digits."""
        return f"{self.id}_{self.hash(kind, standard_text)}"


def is_token(text: str) -> bool:
    """Return whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def tokenize(
    values: Texts, kind: str, country: str | None, key: TokenKey, pool: Executor | None = None
) -> pa.Table:
    """Return `token` and `reason` of each value, in its order; null gives null.

    `kind`: one of `KINDS`. `country`: ISO 3166, where the values were written down; None is what
    `shopkeeper.standardize` assumes. `reason`: why a value has no standard form (null if it has one); it is
    hashed as it is, without spaces around it. Each distinct value is read once, by `pool` if there is one.
    Raises `ValueError` on an unknown kind or country, `TypeError` if `values` is no column of text.
    """
    distinct, indices = _encode(values)
    found = standard_texts(distinct, kind, country, pool)
    tokens = [key.token(kind, text) for text in found["text"].to_pylist()]
    table = pa.table({"token": pa.array(tokens, pa.string()), "reason": found["reason"]})
    return table.combine_chunks().take(indices)


def persons_of(system: str, values: Texts, key: TokenKey) -> pa.Array:
    """Return the name of the person whose key seals a row's identifiers: 32 hexadecimal digits, or null.

    `values`: what identifies a person in `system`, such as the customer's id, taken as it is.
    """
    distinct, indices = _encode(values)
    return pa.array([key.hash(_PERSON, system, text) for text in distinct.to_pylist()], pa.string()).take(
        indices
    )


def _encode(values: Texts) -> tuple[pa.Array, pa.Array]:
    """Return the distinct values and where each is."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise TypeError(f"the column is {values.type}; cast it to text first")
    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    encoded = pc.dictionary_encode(column.cast(pa.large_string())).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # a column without chunks
        encoded = pa.array([], pa.large_string()).dictionary_encode()
    return encoded.dictionary, encoded.indices

"""The secret from which tokens of persons are made, one for each home."""

import secrets
from functools import lru_cache

from shopkeeper.files import exclusive, write_text
from shopkeeper.paths import Home

BUSY = "the key of tokens is being made; try again"


@lru_cache(maxsize=8)
def token_key(home: Home) -> bytes:
    """Return the home's secret, made when it is first needed; `OSError` where nothing may be written."""
    if not home.token_key.exists():
        with exclusive(home.actions_lock, 10, BUSY):
            if not home.token_key.exists():
                write_text(home.token_key, secrets.token_hex(32) + "\n")
    return bytes.fromhex(home.token_key.read_text().strip())

"""The secret from which the console makes tokens of persons, one for each home.

Not the vault's: a web server that shows tokens needs no key that opens anything.
"""

import secrets
from functools import lru_cache

from shopkeeper.files import exclusive, write_text
from shopkeeper.paths import Home
from shopkeeper.vault import TokenKey

BUSY = "the key of tokens is being made; try again"


@lru_cache(maxsize=8)
def token_key(home: Home) -> TokenKey:
    """Return the home's secret, made when it is first needed; `OSError` where nothing may be written."""
    if not home.token_key.exists():
        with exclusive(home.actions_lock, 10, BUSY):
            if not home.token_key.exists():
                write_text(home.token_key, secrets.token_hex(32) + "\n")
    return TokenKey("console", bytes.fromhex(home.token_key.read_text().strip()))

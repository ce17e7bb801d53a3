"""Settles refusals without a replay, and takes that back."""

from shopkeeper.errors import UserError
from shopkeeper.landing.quarantine.listing import find_key, open_refusal, open_rows
from shopkeeper.landing.quarantine.settlements import Settlement, remove_settlement, write_settlement
from shopkeeper.landing.receipts import find_receipt
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence


def settle(home: Home, start: str, why: str) -> str:
    """Settle what is open of a refusal without a replay, and return its key; `UserError` if nothing is."""
    key = find_key(home, start)
    if open_refusal(home, key) is not None:
        write_settlement(home, key, Settlement(why))
        return key
    receipt = find_receipt(home, key)
    lines = open_rows(home, receipt)["line_number"].to_pylist() if receipt else []
    if not lines:
        raise UserError(Sentence("nothing of {key} is open", key=key[:12]))
    write_settlement(home, key, Settlement(why, tuple(lines)))
    return key


def reopen(home: Home, start: str) -> None:
    """Take a person's settlement back: what it settled is open again."""
    key = find_key(home, start)
    if not remove_settlement(home, key):
        raise UserError(Sentence("nothing of {key} was settled by a person", key=key[:12]))

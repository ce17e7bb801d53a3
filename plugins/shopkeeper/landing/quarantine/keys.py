"""Finds what is in quarantine by its key, or by how the key begins."""

from shopkeeper.errors import UserError
from shopkeeper.landing.receipts import Receipt, find_receipt, read_receipt
from shopkeeper.landing.refused_files import read_refusal, refusal_ids
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence


def find_key(home: Home, start: str) -> str:
    """Return the one key in quarantine with this prefix; `UserError` unless exactly one matches.

    For a file refused whole the batch id works too, if its content was refused under only one name.
    """
    found = {key for key in refusal_ids(home) if key.startswith(start)}
    for path in home.raw.glob("*/*/*.json"):
        if path.name.startswith(start) and has_rows(read_receipt(path)):
            found.add(path.stem)
    if not found:
        found = {key for key in refusal_ids(home) if read_refusal(home, key)["batch_id"].startswith(start)}
    if len(found) != 1:
        keys = ", ".join(key[:12] for key in sorted(found))
        many = "more than one refusal ({keys}) starts with {start}; `shopkeeper quarantine list` shows them"
        none = "nothing in quarantine starts with {start}; `shopkeeper quarantine list` shows what is"
        raise UserError(Sentence(many if found else none, start=start, keys=keys))
    return found.pop()


def receipt_of(home: Home, batch_id: str) -> Receipt:
    """Return a batch's receipt; `UserError` if it has none."""
    receipt = find_receipt(home, batch_id)
    if receipt is None:
        raise UserError(f"batch {batch_id} is not in {home.raw}; `shopkeeper batches list` shows what is")
    return receipt


def has_rows(receipt: Receipt) -> bool:
    """Whether refused rows of a batch are kept."""
    return bool(receipt.quarantined_count) and receipt.expired_at is None

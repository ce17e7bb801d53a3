"""Settles refusals without a replay, takes replays back, and undoes both."""

from shopkeeper.errors import UserError
from shopkeeper.landing.quarantine.keys import find_key, receipt_of
from shopkeeper.landing.quarantine.listing import open_refusal, open_rows, replayed_lines
from shopkeeper.landing.quarantine.settlements import (
    Settlement,
    read_taken_back,
    remove_settlement,
    remove_taken_back,
    write_settlement,
    write_taken_back,
)
from shopkeeper.landing.receipts import Receipt, batch_with, find_receipt, id_apart
from shopkeeper.landing.refused_files import read_refusal, refusal_ids
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


def take_back(home: Home, start: str, why: str) -> str:
    """Take a replay back: its batch counts no more, and what it settled is open again; return its batch id.

    `UserError` unless it is a replay, or the batch of a file that was refused before.
    """
    receipt = receipt_of(home, batch_with(home, start))
    if receipt.replay_of is None and not _was_refused(home, receipt):
        raise UserError(Sentence("{file} is no replay; hold its batch instead", file=receipt.file_name))
    write_taken_back(home, receipt.batch_id, why)
    return receipt.batch_id


def put_back(home: Home, batch_id: str) -> None:
    """Let a replay that was taken back count again.

    `UserError` if it was not taken back, or if something else has settled its lines since.
    """
    receipt = receipt_of(home, batch_id)
    if batch_id not in read_taken_back(home):
        raise UserError(Sentence("{file} was not taken back", file=receipt.file_name))
    if receipt.replay_of is not None:
        still = set(open_rows(home, receipt_of(home, receipt.replay_of))["line_number"].to_pylist())
        if settled := replayed_lines(home, receipt) - still:
            facts = {"line": min(settled), "file": receipt.file_name}
            why = "line {line} of {file} was corrected or settled again; take that back first"
            raise UserError(Sentence(why, **facts))
    remove_taken_back(home, batch_id)


def _was_refused(home: Home, receipt: Receipt) -> bool:
    for key in refusal_ids(home):
        content = read_refusal(home, key)["batch_id"]
        if receipt.batch_id in (content, id_apart(receipt.system, receipt.table, content)):
            return True
    return False

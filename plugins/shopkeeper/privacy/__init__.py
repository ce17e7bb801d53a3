"""What is held of a person, handed out or erased; and requests for that, each honoured once.

Ask here to take somebody out of a home for good. What identifies a person, contracts and the vault know; who
may ask, the caller decides.
"""

from shopkeeper.privacy.erasing import Named, erase, finish, replay
from shopkeeper.privacy.erasures import Erasure, read_erasures
from shopkeeper.privacy.exporting import export
from shopkeeper.privacy.honouring import Outcome, Request, honour, waiting

__all__ = [
    "Erasure",
    "Named",
    "Outcome",
    "Request",
    "erase",
    "export",
    "finish",
    "honour",
    "read_erasures",
    "replay",
    "waiting",
]

"""What was planted, in a folder outside the data home: nothing that is scored may read it."""

from shopkeeper.demo.omnichannel.truth.folder import Identity, TruthFolder
from shopkeeper.demo.omnichannel.truth.ledger import Ledger

__all__ = ["Identity", "Ledger", "TruthFolder"]

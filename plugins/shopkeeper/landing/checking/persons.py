"""Removes personal data from an accepted file; imports the libraries for it only if there is any.

The imports cost a second, and most tables have no personal data.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.contracts import Contract
from shopkeeper.landing.jobs import AcceptedFile

if TYPE_CHECKING:
    from shopkeeper.landing.suppression import Suppression
    from shopkeeper.vault import TokenKey


def without_persons(
    accepted: AcceptedFile,
    contract: Contract,
    folder: Path,
    key: "TokenKey | None",
    suppression: "Suppression | None",
) -> AcceptedFile:
    """Return an accepted file as raw may hold it: tokens for identifiers, suppressed persons anonymous.

    `key`: of tokens; None leaves identifiers as they are, where nothing is kept.
    """
    if key is not None and contract.sealed_columns:
        from shopkeeper.landing.checking.identifiers import replace_identifiers

        return replace_identifiers(accepted, contract, key, folder, suppression)
    if suppression is not None and contract.name in suppression.columns:
        from shopkeeper.landing.checking.identifiers import suppress

        return suppress(accepted, contract, folder, suppression)
    return accepted

"""What a person should know of a vault: where its key is, how much it holds, whether its log is whole."""

from dataclasses import dataclass

from shopkeeper.paths import Home, VaultPaths
from shopkeeper.vault import access_log
from shopkeeper.vault.access_log import Access
from shopkeeper.vault.master import key_source
from shopkeeper.vault.opened import has_vault, open_vault

_SHOWN = 5


@dataclass(frozen=True)
class Status:
    """The state of a vault; `faults`: what is wrong with the access log, a sentence each."""

    key_source: str
    person_count: int
    sealed_batch_count: int
    last_accesses: list[Access]
    faults: list[str]


def read_status(home: Home) -> Status | None:
    """Return the state of a home's vault; None if it has none. Raises `UserError` as `open_vault` does."""
    if not has_vault(home):
        return None
    opened, paths = open_vault(home), VaultPaths(home.vault)
    return Status(
        key_source(paths),
        opened.person_count(),
        len(paths.sealed_batches()),
        access_log.last(paths, _SHOWN),
        opened.verify_log(),
    )

"""The paths of one home's vault: keys, what they seal, and who looked."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class VaultPaths:
    """The paths of the vault, below `<home>/vault`."""

    root: Path

    own_key = Below("key")
    """The master key as base64 text, unless the settings name another file or hold the key itself."""

    lock = Below("lock")
    """Locked while the vault is made."""

    keyring = Below("keyring.sqlite")
    """Every other key, wrapped by the master key."""

    new_keyring = Below("keyring.sqlite.new")
    """A keyring until it is whole."""

    access_log = Below("access.jsonl")
    new_access_log = Below("access.jsonl.new")
    """The log written anew by an erasure, until the keyring knows how it ends."""

    sealed = Below("sealed")
    """Identifiers: `sealed/<system>/<table>/<batch_id>.parquet`."""

    def sealed_batch(self, system: str, table: str, batch_id: str) -> Path:
        """Return the file of the identifiers that left a batch."""
        return self.sealed / system / table / f"{batch_id}.parquet"

    def sealed_batches(self) -> list[Path]:
        """Return the files of all identifiers."""
        return sorted(self.sealed.glob("*/*/*.parquet"))

    @staticmethod
    def next_key(key: Path) -> Path:
        """Return where the next master key is while it takes the place of `key`."""
        return key.with_name(f"{key.name}.next")

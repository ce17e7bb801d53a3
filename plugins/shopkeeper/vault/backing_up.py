"""What of a vault is kept apart from a backup of its home: the master key, the keyring and the access log."""

import base64

from shopkeeper.paths import Home, VaultPaths
from shopkeeper.vault import keyring, master
from shopkeeper.vault.opened import has_vault, open_vault


def vault_id(home: Home) -> str | None:
    """Return a name of a home's vault that stays the same when its keys rotate; None without a vault.

    Raises `UserError` as `open_vault` does, such as for another master key.
    """
    return open_vault(home).token_key.hash("vault", "id") if has_vault(home) else None


def copied_keys(home: Home) -> dict[str, bytes]:
    """Return the contents of a vault's files but for what it seals, by their paths in the home.

    They belong together, whoever reveals or rotates meanwhile. The master key is there too, wherever it is
    configured.
    """
    paths = VaultPaths(home.vault)
    if not has_vault(home):
        return {}
    with keyring.opened(paths, to_write=True) as keys:
        contents = {paths.own_key: base64.b64encode(keys.master.secret) + b"\n"}
        for file in (paths.keyring, paths.access_log):
            if file.exists():
                contents[file] = file.read_bytes()
    return {file.relative_to(home.root).as_posix(): content for file, content in contents.items()}


def is_key_configured() -> bool:
    """Return whether the settings name a place of the master key outside the home."""
    return master.is_in_environment() or master.is_file_configured()

"""The vault of a home: what others may ask of it. Every opening of plain values is logged first.

How bytes are encrypted, kept and logged belongs to the modules beside this one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopkeeper.errors import UserError
from shopkeeper.files import exclusive
from shopkeeper.paths import Home, VaultPaths
from shopkeeper.vault import access_log, keyring, master, sealed_batches, whole_files, wrapping
from shopkeeper.vault.keyring import FILE, PERSON
from shopkeeper.vault.tokens import TokenKey, is_token
from shopkeeper.vault.wrapping import Altered
from shopkeeper.vault.writing import private_file

_BUSY = "process {holder} makes the vault and does not end; wait for it or end it, run again"


@dataclass(frozen=True)
class Vault:
    """The vault of one home. Holds no key but that of the tokens; any process may open its own."""

    paths: VaultPaths
    token_key: TokenKey = field(repr=False)

    def seal(self, identifiers: Path, target: Path) -> None:
        """Seal the identifiers that leave a batch, each person's with the key of that person.

        `identifiers`: Parquet, distinct rows of `person` (`persons_of`), `token` (`tokenize`), `kind` and
        `value`, all text. `target`: a place of `VaultPaths.sealed_batch`; one row a person. Persons who have
        no key get one.
        """
        sealed_batches.seal_identifiers(identifiers, target, self._keys_made)

    def reveal(self, tokens: Sequence[str], who: str, why: str) -> dict[str, list[str]]:
        """Return the values of tokens as they were delivered, after logging who asked and why.

        A token without a value, or whose persons were forgotten, is left out. Raises `UserError` if a text is
        no token: it is not logged, since it may be a value.
        """
        if not all(map(is_token, tokens)):
            raise UserError("that is no token; a token is t1_ and 32 digits or letters from a to f")
        self._log(who, why, "reveal", tokens)
        wanted = pa.array(sorted(set(tokens)), pa.string())
        found: dict[str, set[str]] = {}
        for file in self.paths.sealed_batches():
            for token, value in sealed_batches.revealed(file, wanted, self._keys):
                found.setdefault(token, set()).add(value)
        return {token: sorted(values) for token, values in found.items()}

    def forget(self, persons: Sequence[str], who: str, why: str) -> int:
        """Delete the keys of persons, so that nobody can open what they sealed; return how many had one."""
        with keyring.opened(self.paths, to_write=True) as keys:
            access_log.append(self.paths, keys, who, why, "forget", [], len(persons))
            count = keys.delete_keys(PERSON, persons)
        keyring.vacuum(self.paths)
        return count

    def without(self, sealed: Path, target: Path, persons: Sequence[str]) -> int:
        """Write a sealed batch without what is of some persons; return how many of them it held.

        Writes nothing if it holds nothing of them.
        """
        return sealed_batches.write_without(sealed, target, persons)

    def replace_in_log(self, replaced: Mapping[str, str]) -> int:
        """Replace tokens in the access log, and chain it anew; return in how many lines."""
        with keyring.opened(self.paths, to_write=True) as keys:
            count = access_log.rewrite(self.paths, keys, replaced)
        access_log.settle(self.paths)
        return count

    def seal_file(self, source: Path, target: Path, name: str) -> None:
        """Write a file encrypted, with the key of `name`, which is made when it is first named."""
        whole_files.seal_file(source, target, self._cipher_made(name), name)

    def open_file(self, source: Path, target: Path, name: str, who: str, why: str) -> None:
        """Write a sealed file in plain to `target`, which only its owner may read; logged first.

        Raises `UserError` if it was altered; then there is no target.
        """
        with private_file(target) as file:
            file.writelines(self._unsealed(source, name, who, why))

    def read_file(self, source: Path, name: str, who: str, why: str) -> bytes:
        """Return the content of a sealed file, which fits into memory; logged first."""
        return b"".join(self._unsealed(source, name, who, why))

    def read_start(self, source: Path, name: str, who: str, why: str) -> bytes:
        """Return the first MiB of a sealed file; logged first."""
        return next(self._unsealed(source, name, who, why), b"")

    def seal_bytes(self, contents: Sequence[bytes], name: str) -> list[bytes]:
        """Return contents encrypted, with the key of `name`, which is made when it is first named."""
        cipher = self._cipher_made(name)
        return [wrapping.seal(cipher, content, name) for content in contents]

    def open_bytes(self, sealed: Sequence[bytes], name: str, who: str, why: str) -> list[bytes]:
        """Return the contents that `seal_bytes` was given; logged first."""
        cipher = self._cipher(name, who, why)
        try:
            return [wrapping.unseal(cipher, content, name) for content in sealed]
        except Altered:
            raise UserError(f"what was sealed as {name} was altered; {_PUT_BACK}") from None

    def rotate(self, who: str, why: str, new_key_file: Path | None = None) -> int:
        """Give the vault a new master key and wrap every key anew; tokens stay. Return how many keys.

        `new_key_file`: where the new key is, or is written if there is no such file; needed if the key comes
        from the environment, and then the key to set there afterwards.
        """
        is_in_environment = master.is_in_environment()
        if is_in_environment and new_key_file is None:
            raise UserError(
                f"the key comes from {master.VARIABLE}; name a file for the new one: --new-key-file FILE"
            )
        if new_key_file is not None and not is_in_environment:
            raise UserError(
                f"{master.key_file(self.paths)} holds the key and is replaced; leave --new-key-file out"
            )
        with keyring.opened(self.paths, to_write=True) as keys:
            access_log.append(self.paths, keys, who, why, "rotate", [], 0)
        with keyring.opened(self.paths, to_write=True) as keys:
            file = new_key_file or VaultPaths.next_key(master.key_file(self.paths))
            new = master.read_key_file(file) if new_key_file else None
            if new is None:
                new = master.new_master()
                master.write_key_file(file, new)
            if new.id == keys.master_id:
                raise UserError(f"{file} holds the key that is in use; name a file for a new one")
            count = keys.rewrap(new)
        if new_key_file is None:
            keyring.put_in_place(master.key_file(self.paths))
        return count

    def verify_log(self) -> list[str]:
        """Return what was altered in the access log, a sentence each."""
        with keyring.opened(self.paths) as keys:
            return access_log.verify(self.paths, keys)

    def person_count(self) -> int:
        """Return how many persons have a key."""
        with keyring.opened(self.paths) as keys:
            return keys.count(PERSON)

    def _keys(self, persons: Sequence[str]) -> dict[str, bytes]:
        with keyring.opened(self.paths) as keys:
            return keys.keys(PERSON, persons)

    def _keys_made(self, persons: Sequence[str]) -> dict[str, bytes]:
        with keyring.opened(self.paths, to_write=True) as keys:
            found = keys.keys(PERSON, persons)
            return found | keys.make_keys(PERSON, (each for each in persons if each not in found))

    def _cipher_made(self, name: str) -> AESGCM:
        with keyring.opened(self.paths, to_write=True) as keys:
            found = keys.keys(FILE, [name]) or keys.make_keys(FILE, [name])
        return AESGCM(found[name])

    def _cipher(self, name: str, who: str, why: str) -> AESGCM:
        self._log(who, why, "open", [name])
        with keyring.opened(self.paths) as keys:
            found = keys.keys(FILE, [name])
        if name not in found:
            raise UserError(f"the vault has no key for {name}; {_PUT_BACK}")
        return AESGCM(found[name])

    def _unsealed(self, source: Path, name: str, who: str, why: str) -> Iterator[bytes]:
        try:
            yield from whole_files.unsealed_chunks(source, self._cipher(name, who, why), name)
        except Altered:
            raise UserError(f"{source} was altered; {_PUT_BACK}") from None

    def _log(self, who: str, why: str, done: str, of: Sequence[str]) -> None:
        with keyring.opened(self.paths, to_write=True) as keys:
            access_log.append(self.paths, keys, who, why, done, of, len(of))


_PUT_BACK = "put it back from the backup of the home"


def has_vault(home: Home) -> bool:
    """Return whether a home has a vault, be it a damaged one."""
    paths = VaultPaths(home.vault)
    return paths.keyring.exists() or _is_used(paths)


def _is_used(paths: VaultPaths) -> bool:
    return paths.access_log.exists() or bool(paths.sealed_batches())


def open_vault(home: Home) -> Vault:
    """Open the vault of a home, which is made at first use.

    Raises `UserError` in one line if the master key is missing, is another one or may be read by others, or
    if the keyring is damaged or lost; then nothing was changed.
    """
    paths = VaultPaths(home.vault)
    if not paths.keyring.exists():
        _make(paths)
    with keyring.opened(paths) as keys:
        return Vault(paths, keys.token_key())


def _make(paths: VaultPaths) -> None:
    paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(paths.lock, 60, _BUSY):
        if paths.keyring.exists():
            return
        if _is_used(paths):
            raise UserError(f"{paths.keyring} is missing, and what is sealed needs it; {_PUT_BACK}")
        key = master.read_master(paths)
        if key is None:
            file = master.key_file(paths)
            if file != paths.own_key:
                raise UserError(f"{file} is missing, where SHOPKEEPER_VAULT_KEY_FILE expects the vault's key")
            key = master.new_master()
            master.write_key_file(file, key)
        keyring.make_keyring(paths, key, lambda tokens: {access_log.HEAD: access_log.first_head(tokens)})

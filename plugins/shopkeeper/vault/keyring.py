"""The keyring: every key of the vault, wrapped by the master key, in one SQLite file.

Each use is one transaction that finds its master key anew, so that a rotation elsewhere never mixes two.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.files import sync
from shopkeeper.paths import VaultPaths
from shopkeeper.vault import master
from shopkeeper.vault.master import MasterKey
from shopkeeper.vault.tokens import TokenKey
from shopkeeper.vault.wrapping import Altered, new_key, seal, unseal

PERSON, FILE, TOKEN = "person", "file", "token"
FIRST_TOKEN_KEY = "t1"

_TABLES = """
create table facts (name text primary key, value text not null) without rowid;
create table keys (kind text, holder text, wrapped blob not null, primary key (kind, holder)) without rowid;
"""
_BUSY_SECONDS = 120
_ASKED_AT_ONCE = 500
_REWRAPPED_AT_ONCE = 20_000
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


class Keyring:
    """The keyring in one transaction."""

    def __init__(self, connection: sqlite3.Connection, key: MasterKey) -> None:
        self._connection = connection
        self._master = key

    @property
    def master_id(self) -> str:
        """The id of the master key."""
        return self._master.id

    @property
    def master(self) -> MasterKey:
        """The master key, for a backup apart from the home."""
        return self._master

    def fact(self, name: str) -> str | None:
        """Return a fact that is no secret."""
        found = self._connection.execute("select value from facts where name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact that is no secret."""
        self._connection.execute("insert or replace into facts values (?, ?)", (name, value))

    def count(self, kind: str) -> int:
        """Return the number of keys of a kind."""
        rows = self._connection.execute("select count(*) from keys where kind = ?", (kind,))
        return int(rows.fetchone()[0])

    def keys(self, kind: str, holders: Iterable[str]) -> dict[str, bytes]:
        """Return the keys of holders; who has none is left out."""
        found: dict[str, bytes] = {}
        for some in _chunks(holders, _ASKED_AT_ONCE):
            marks = ", ".join("?" * len(some))
            rows = self._connection.execute(
                f"select holder, wrapped from keys where kind = ? and holder in ({marks})", (kind, *some)
            )
            found |= {holder: self._unwrap(kind, holder, wrapped) for holder, wrapped in rows}
        return found

    def make_keys(self, kind: str, holders: Iterable[str]) -> dict[str, bytes]:
        """Give each holder a new key, and return them."""
        made = {holder: new_key() for holder in holders}
        for holder, key in made.items():
            self.add_key(kind, holder, key)
        return made

    def add_key(self, kind: str, holder: str, key: bytes) -> None:
        """Keep the key of a holder who has none."""
        self._connection.execute(
            "insert into keys values (?, ?, ?)", (kind, holder, self._wrap(kind, holder, key))
        )

    def delete_keys(self, kind: str, holders: Iterable[str]) -> int:
        """Overwrite and delete the keys of holders; return how many there were."""
        before = self._connection.total_changes
        self._connection.executemany(
            "delete from keys where kind = ? and holder = ?", ((kind, holder) for holder in holders)
        )
        return self._connection.total_changes - before

    def token_key(self) -> TokenKey:
        """Return the key of tokens."""
        found = self.keys(TOKEN, [FIRST_TOKEN_KEY])
        if not found:
            raise Altered
        return TokenKey(FIRST_TOKEN_KEY, found[FIRST_TOKEN_KEY])

    def rewrap(self, new: MasterKey) -> int:
        """Wrap every key by another master key, and name that one; return how many keys."""
        last, count = ("", ""), 0
        while rows := self._connection.execute(
            "select kind, holder, wrapped from keys where (kind, holder) > (?, ?) "
            f"order by kind, holder limit {_REWRAPPED_AT_ONCE}",
            last,
        ).fetchall():
            keys = ((kind, holder, self._unwrap(kind, holder, wrapped)) for kind, holder, wrapped in rows)
            self._connection.executemany(
                "update keys set wrapped = ? where kind = ? and holder = ?",
                ((seal(new.cipher, key, f"{kind}\0{holder}"), kind, holder) for kind, holder, key in keys),
            )
            last, count = rows[-1][:2], count + len(rows)
        self.set_fact("master_id", new.id)
        self._master = new
        return count

    def _wrap(self, kind: str, holder: str, key: bytes) -> bytes:
        return seal(self._master.cipher, key, f"{kind}\0{holder}")

    def _unwrap(self, kind: str, holder: str, wrapped: bytes) -> bytes:
        return unseal(self._master.cipher, wrapped, f"{kind}\0{holder}")


def make_keyring(paths: VaultPaths, key: MasterKey, facts: Callable[[TokenKey], dict[str, str]]) -> None:
    """Write a keyring with a token key, and the facts that follow from it; whole or not at all."""
    paths.new_keyring.unlink(missing_ok=True)
    os.close(os.open(paths.new_keyring, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _faults_named(paths.new_keyring), closing(_connect(paths.new_keyring)) as connection:
        connection.executescript(f"begin; {_TABLES}")
        keyring = Keyring(connection, key)
        keyring.set_fact("master_id", key.id)
        keyring.add_key(TOKEN, FIRST_TOKEN_KEY, key.derived(FIRST_TOKEN_KEY))
        for name, value in facts(keyring.token_key()).items():
            keyring.set_fact(name, value)
        connection.execute("commit")
    paths.new_keyring.replace(paths.keyring)
    sync(paths.root)


@contextmanager
def opened(paths: VaultPaths, *, to_write: bool = False) -> Iterator[Keyring]:
    """Open the keyring for one transaction; what an exception ends leaves no trace.

    Raises `UserError` in one line if the master key is missing or another one, or if the keyring is damaged.
    """
    if not paths.keyring.exists():
        raise UserError(f"{paths.keyring} is missing; put it back from the backup of the home")
    with _faults_named(paths.keyring), closing(_connect(paths.keyring)) as connection:
        connection.execute("begin immediate" if to_write else "begin")
        try:
            named = connection.execute("select value from facts where name = 'master_id'").fetchone()
            if named is None:
                raise Altered
            key = _master_named(paths, str(named[0]))
            if to_write and not master.is_in_environment():
                VaultPaths.next_key(master.key_file(paths)).unlink(missing_ok=True)  # of a killed rotation
            yield Keyring(connection, key)
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def vacuum(paths: VaultPaths) -> None:
    """Write the keyring anew, without the places of deleted keys."""
    with _faults_named(paths.keyring), closing(_connect(paths.keyring)) as connection:
        connection.execute("vacuum")


def _master_named(paths: VaultPaths, named: str) -> MasterKey:
    """Return the master key of this id; where a rotation was killed before its last step, take that step."""
    for _ in range(2):  # a rotation elsewhere may move the new key between the two looks
        found = master.read_master(paths)
        if found is not None and found.id == named:
            return found
        if not master.is_in_environment():
            file = master.key_file(paths)
            following = master.read_key_file(VaultPaths.next_key(file))
            if following is not None and following.id == named:
                put_in_place(file)
                return following
    source = master.key_source(paths)
    if found is None:
        raise UserError(
            f"{source} is missing, and nobody can read {paths.keyring} without that key; "
            "put it back from its backup"
        )
    raise UserError(
        f"the key in {source} is not the key of {paths.keyring}; put back the right one from its backup"
    )


def put_in_place(file: Path) -> None:
    """Replace the master key's file by the next key, unless another process just did."""
    try:
        VaultPaths.next_key(file).replace(file)
    except FileNotFoundError:
        return
    sync(file.parent)


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None
    )
    for pragma in (
        "secure_delete = on",
        "journal_mode = delete",
        "synchronous = full",
        "temp_store = memory",
    ):
        connection.execute(f"pragma {pragma}")
    return connection


@contextmanager
def _faults_named(file: Path) -> Iterator[None]:
    """Raise what is wrong with the file as one line."""
    try:
        yield
    except Altered:
        raise UserError(f"{file} is damaged; put it back from the backup of the home") from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise UserError(f"another process uses {file} and does not end; try again later") from None
        if code in _DAMAGED:
            raise UserError(f"{file} is damaged; put it back from the backup of the home") from None
        raise UserError(f"{file} cannot be used ({error.sqlite_errorname}); see to its disk") from None


def _chunks(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(texts)
    while some := list(islice(remaining, size)):
        yield some

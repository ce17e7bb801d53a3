"""A real Postgres of this machine's own package, on a loopback port, started and stopped by its pid."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
from tests.shop.commands import free_port

from shopkeeper.connectors.postgres import extension
from shopkeeper.connectors.sources import Source

PASSWORD = "s3cret-Quintana"


@dataclass(frozen=True)
class Server:
    """One running server."""

    source: Source

    def runs(self, sql: str) -> None:
        """Run statements as the shop's own software would."""
        with duckdb.connect() as connection:
            connection.load_extension(str(extension()))
            where = f"host=127.0.0.1 port={self.source.port} user=shop password={PASSWORD} dbname=postgres"
            connection.execute(f"attach '{where}' as shop (type postgres)")
            connection.execute("call postgres_execute('shop', ?)", [sql])


def binary(name: str) -> str:
    """Return a program of Postgres; Debian keeps them off the path."""
    found = [shutil.which(name), *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)]
    assert any(found), "Postgres is missing: apt-get install postgresql"
    return str(next(each for each in found if each))


@contextmanager
def running() -> Iterator[Server]:
    """Start a server as a user without privileges, and stop it."""
    folder = Path(mkdtemp(prefix="shop-postgres-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data, word = folder / "data", folder / "word"
    word.write_text(PASSWORD)
    word.chmod(0o644)
    made = ["initdb", "--pgdata", str(data), "--username=shop", "--auth=scram-sha-256", "--no-sync"]
    subprocess.run(
        [binary(made[0]), *made[1:], f"--pwfile={word}", "--encoding=UTF8", "--locale=C"],
        check=True, capture_output=True, cwd=folder, **user,
    )  # fmt: skip
    port = free_port()
    told = ["-D", str(data), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([binary("postgres"), *told], stdout=log, stderr=log, cwd=folder, **user)
    try:
        source = Source("shop_database", "127.0.0.1", port, "shop", PASSWORD, "postgres")
        _await(port, process)
        yield Server(source)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    ready = [binary("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}"]
    for _ in range(600):
        assert process.poll() is None, "Postgres has ended while starting"
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("Postgres does not start")

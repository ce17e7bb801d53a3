"""Several processes at once, and processes that are killed, leave one vault that opens."""

import os
import random
import signal
import time
from collections.abc import Callable

from tests.plugins.vault.customers import identifiers, revealed, seal, values_of

from shopkeeper import vault
from shopkeeper.paths import Home, VaultPaths


def started(work: Callable[[], None]) -> int:
    """Do work in a child of this process; return its pid. The child ends with 1 if the work raised."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def ended_well(pids: list[int]) -> bool:
    return all(os.waitpid(pid, 0)[1] == 0 for pid in pids)


def test_processes_that_begin_together_make_one_vault(home: Home) -> None:
    found = home.root / "found"
    found.mkdir(parents=True)

    def work() -> None:
        (found / str(os.getpid())).write_bytes(vault.open_vault(home).token_key.secret)

    assert ended_well([started(work) for _ in range(6)])
    assert {file.read_bytes() for file in found.iterdir()} == {vault.open_vault(home).token_key.secret}


def test_work_goes_on_while_the_key_is_rotated(home: Home) -> None:
    opened = vault.open_vault(home)

    def rotate() -> None:
        for _ in range(10):
            opened.rotate("ada", "yearly")

    def work() -> None:
        for number in range(10):
            sealed = opened.seal_bytes([b"refused"], f"batch-{os.getpid()}-{number}")
            assert opened.open_bytes(sealed, f"batch-{os.getpid()}-{number}", "bob", "replay") == [b"refused"]

    assert ended_well([started(each) for each in (rotate, work, work)])
    assert opened.verify_log() == []


def test_a_vault_survives_kills_at_any_moment(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    chance = random.Random(7)

    def rotate() -> None:
        while True:
            opened.rotate("ada", "yearly")

    for _ in range(15):
        pid = started(rotate)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert opened.verify_log() == []
        assert revealed(opened, rows) == values_of(rows)
        assert not VaultPaths.next_key(opened.paths.own_key).exists()

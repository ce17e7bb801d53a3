"""Every opening is logged before it happens, and a log that was changed shows it."""

import json
import os
from collections.abc import Callable

import pytest
from tests.plugins.vault.customers import identifiers, seal

from shopkeeper import vault
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.vault import Vault, access_log, keyring, sealed_batches


def used(home: Home) -> Vault:
    """Return a vault with five lines in its log."""
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    opened.reveal([rows["token"][0].as_py()], "ada", "a customer asks")
    opened.reveal(rows["token"].to_pylist(), "bob", "a court asks")
    opened.open_bytes(opened.seal_bytes([b"x"], "batch-1"), "batch-1", "ada", "replay")
    opened.rotate("ada", "yearly")
    opened.forget([rows["person"][0].as_py()], "ada", "request 7")
    return opened


def lines(opened: Vault) -> list[bytes]:
    return opened.paths.access_log.read_bytes().splitlines(keepends=True)


def test_the_log_says_who_did_what_and_why(home: Home) -> None:
    opened = used(home)
    found = access_log.last(opened.paths, 10)
    assert [(each.number, each.who, each.done, each.count) for each in found] == [
        (1, "ada", "reveal", 1),
        (2, "bob", "reveal", 9),
        (3, "ada", "open", 1),
        (4, "ada", "rotate", 0),
        (5, "ada", "forget", 1),
    ]
    assert found[1].of == identifiers(opened)["token"].to_pylist()
    assert found[1].why == "a court asks"
    assert opened.verify_log() == []


def altered(found: list[bytes]) -> list[bytes]:
    return [found[0].replace(b"ada", b"eve"), *found[1:]]


def last_altered(found: list[bytes]) -> list[bytes]:
    return [*found[:-1], found[-1].replace(b"ada", b"eve")]


def removed(found: list[bytes]) -> list[bytes]:
    return [found[0], *found[2:]]


def reordered(found: list[bytes]) -> list[bytes]:
    return [found[0], found[2], found[1], *found[3:]]


def cut(found: list[bytes]) -> list[bytes]:
    return found[:-1]


def emptied(_: list[bytes]) -> list[bytes]:
    return []


def forged(found: list[bytes]) -> list[bytes]:
    return [*found, found[-1]]


def not_json(found: list[bytes]) -> list[bytes]:
    return [b"[]\n", *found[1:]]


@pytest.mark.parametrize(
    "change", [altered, last_altered, removed, reordered, cut, emptied, forged, not_json]
)
def test_a_changed_log_is_found(home: Home, change: Callable[[list[bytes]], list[bytes]]) -> None:
    opened = used(home)
    opened.paths.access_log.write_bytes(b"".join(change(lines(opened))))
    assert len(opened.verify_log()) == 1


def test_a_log_chained_anew_is_found(home: Home) -> None:
    opened = used(home)
    opened.paths.access_log.unlink()
    other = used(Home(home.root / "other"))
    opened.paths.access_log.write_bytes(b"".join(lines(other)))
    assert len(opened.verify_log()) == 1
    with keyring.opened(other.paths) as theirs, keyring.opened(opened.paths, to_write=True) as keys:
        keys.set_fact(access_log.HEAD, theirs.fact(access_log.HEAD) or "")
    assert opened.verify_log() == [f"{opened.paths.keyring} does not say any more how the access log ends"]


def test_nothing_is_opened_while_the_log_is_cut(home: Home) -> None:
    opened = used(home)
    opened.paths.access_log.write_bytes(b"".join(cut(lines(opened))))
    with pytest.raises(UserError, match=r"shorter than the 5 lines .* put .* back"):
        opened.reveal([f"t1_{0:032}"], "ada", "a customer asks")
    assert len(lines(opened)) == 4


@pytest.mark.parametrize(("who", "why"), [("", "a customer asks"), ("ada", " ")])
def test_nobody_looks_without_name_and_reason(home: Home, who: str, why: str) -> None:
    opened = used(home)
    with pytest.raises(UserError, match="say who looks into the vault and why"):
        opened.reveal([f"t1_{0:032}"], who, why)


def test_a_value_in_place_of_a_token_is_not_logged(home: Home) -> None:
    opened = used(home)
    with pytest.raises(UserError, match="is no token") as error:
        opened.reveal(["13812345678"], "ada", "a customer asks")
    assert "138" not in str(error.value)
    assert len(lines(opened)) == 5


def test_a_look_is_logged_before_anything_is_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = used(home)
    token = identifiers(opened)["token"][0].as_py()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sealed_batches, "revealed", killed)
    with pytest.raises(KeyboardInterrupt):
        opened.reveal([token], "eve", "curious")
    assert access_log.last(opened.paths, 1)[0].who == "eve"
    assert opened.verify_log() == []


@pytest.mark.parametrize("step", ["write", "sync", "head"])
def test_a_writer_that_is_killed_harms_no_line(
    home: Home, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = used(home)
    write = os.pwrite

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def half(descriptor: int, line: bytes, offset: int) -> None:
        write(descriptor, line[:20], offset)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        match step:
            case "write":
                patch.setattr(os, "pwrite", half)
            case "sync":
                patch.setattr(os, "fsync", killed)
            case "head":
                patch.setattr(keyring.Keyring, "set_fact", killed)
        with pytest.raises(KeyboardInterrupt):
            opened.reveal([f"t1_{0:032}"], "eve", "curious")
    assert opened.verify_log() == []
    opened.reveal([f"t1_{0:032}"], "ada", "a customer asks")
    assert opened.verify_log() == []
    written = [json.loads(line)["who"] for line in lines(opened)]
    assert written[5:] == (["ada"] if step == "write" else ["eve", "ada"])

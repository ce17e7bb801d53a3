"""A deployment's files are private to their owner: folders closed, the inbox left to its producers."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.permissions import keep_private
from shopkeeper.settings import settings

ROOMS = ("raw", "quarantine", "state", "build", "published", "airflow")


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)
    settings.cache_clear()


@pytest.fixture
def lax(tmp_path: Path) -> Home:
    """A home as it was made before: everybody may enter it, and tills drop files into its inbox."""
    home = Home(tmp_path / "grocer")
    for room in (*ROOMS, "inbox"):
        (home.root / room / "pos").mkdir(parents=True)
        (home.root / room / "pos" / "receipt.json").write_text("{}")
    home.inbox.chmod(0o777)
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_from_now_on_is_its_owners_alone(tmp_path: Path) -> None:
    keep_private(Home(tmp_path / "grocer"))
    (tmp_path / "grocer" / "raw").mkdir(parents=True)
    (tmp_path / "grocer" / "raw" / "receipt.json").write_text("{}")
    assert mode(tmp_path / "grocer") == mode(tmp_path / "grocer" / "raw") == 0o700
    assert mode(tmp_path / "grocer" / "raw" / "receipt.json") == 0o600


def test_an_older_home_is_closed_except_its_inbox(lax: Home) -> None:
    keep_private(lax)
    for room in ROOMS:
        assert mode(lax.root / room) == mode(lax.root / room / "pos") == mode(lax.root) == 0o700
        assert mode(lax.root / room / "pos" / "receipt.json") == 0o600
    assert mode(lax.inbox) == 0o777
    assert mode(lax.inbox / "pos" / "receipt.json") == 0o644


def test_links_out_of_a_home_are_left_alone(lax: Home, tmp_path: Path) -> None:
    manual = tmp_path / "manual.pdf"
    manual.touch()
    (lax.versions / "manual.pdf").symlink_to(manual)
    (lax.versions / "lost").symlink_to(tmp_path / "nowhere")
    keep_private(lax)
    assert mode(manual) == 0o644


def test_a_room_on_another_disk_is_closed_too(lax: Home, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    lax.raw.rename(disk)
    lax.raw.symlink_to(disk)
    keep_private(lax)
    assert mode(disk) == 0o700
    assert mode(disk / "pos" / "receipt.json") == 0o600


def test_producers_who_are_shut_out_are_told_of(lax: Home, caplog: pytest.LogCaptureFixture) -> None:
    keep_private(lax)
    assert "SHOPKEEPER_INBOX" in caplog.text
    caplog.clear()
    keep_private(lax)
    assert not caplog.text


def test_an_inbox_elsewhere_is_used_and_keeps_its_permissions(
    lax: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    drops.chmod(0o1777)
    monkeypatch.setenv("SHOPKEEPER_INBOX", str(drops))
    settings.cache_clear()
    keep_private(lax)
    assert lax.inbox == drops
    assert mode(drops) == 0o1777


@pytest.mark.parametrize("shared", ["temporary files", "somebody's notes"])
def test_a_folder_that_others_use_is_refused_and_stays_open(tmp_path: Path, shared: str) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "notes.txt").write_text("ask the baker")
    folder.chmod(0o1777 if shared == "temporary files" else 0o755)
    before = mode(folder)
    with pytest.raises(UserError, match="SHOPKEEPER_HOME to a folder of its own"):
        keep_private(Home(folder))
    assert mode(folder) == before


def test_another_users_home_is_one_line_with_the_cure(lax: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(UserError, match=r"chmod --recursive go= .*grocer"):
        keep_private(lax)


@pytest.mark.parametrize(
    "name", ["what?", "back\\slash", "Brot, Käse", "$HOME", "two\nlines", "tab\t", "\x1b[31m"]
)
def test_a_path_that_an_engine_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="rename that folder") as refused:
        keep_private(Home(tmp_path / name))
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "name", ["a [b]*c", "k=v", "#1", "50% off", "it's", "{a}", "~", "Käse 奶酪", 'the "shop"']
)
def test_any_other_name_of_a_home_is_taken(tmp_path: Path, name: str) -> None:
    keep_private(Home(tmp_path / name))

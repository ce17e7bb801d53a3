"""The same seed is the same world, byte for byte, in one call or in several."""

import gzip
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.demo.omnichannel import simulation
from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.files import draft
from shopkeeper.demo.omnichannel.files.export import has_integer_key
from shopkeeper.demo.omnichannel.files.exports import EXPORTS
from shopkeeper.demo.omnichannel.parameters import Parameters, read
from shopkeeper.demo.omnichannel.people import blocks
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.tables import TABLES
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.errors import UserError
from shopkeeper.paths import Home

PERSONS, DAYS = 250, 22


def digests(home: Home) -> dict[str, str]:
    files = [path for path in home.inbox.rglob("*") if path.is_file()]
    return {str(path.relative_to(home.inbox)): sha256(path.read_bytes()).hexdigest() for path in files}


def lived(root: Path, seed: int, *last_days: int) -> Home:
    for last in last_days:
        drop(Home(root), read(), seed, PERSONS, date_of(last))
    return Home(root)


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lived(tmp_path_factory.mktemp("once") / "home", 3, DAYS - 1)


@pytest.fixture(scope="module")
def in_parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, str]]:
    root = tmp_path_factory.mktemp("parts") / "home"
    first = digests(lived(root, 3, 12))
    return lived(root, 3, DAYS - 1), first


@pytest.fixture(scope="module")
def nine_days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digests(lived(tmp_path_factory.mktemp("nine") / "home", 3, 8))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(nine_days: dict[str, str], tmp_path: Path) -> None:
    assert nine_days == digests(lived(tmp_path / "home", 3, 8))


def test_files_written_in_slices_are_the_whole_ones(
    nine_days: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "SLICE", 60)
    assert digests(lived(tmp_path / "home", 3, 8)) == nine_days


def test_people_are_the_same_in_smaller_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulation.start(read("twins"), 6, 500)
    monkeypatch.setattr(blocks, "BLOCK", 70)
    parts = simulation.start(read("twins"), 6, 500)
    assert (whole.people.twin_of >= 0).sum() > 5
    for kind in ("people", "state"):
        told, again = vars(getattr(whole, kind)), vars(getattr(parts, kind))
        assert [name for name in told if not np.array_equal(told[name], again[name])] == []


def numbered_records(home: Home) -> dict[str, list[bytes]]:
    """Return the ordered lines of text files of tables whose rows have a number of their own."""
    kinds = [e.place.partition("{")[0] for e in EXPORTS if e.format != "parquet" and has_integer_key(e.table)]
    found = {}
    for path in (path for kind in kinds for path in home.inbox.glob(f"{kind}*")):
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
        found[str(path.relative_to(home.inbox))] = sorted(lines)
    return found


def test_shards_of_persons_are_the_same_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 90)
    whole = lived(tmp_path / "whole", 3, 4)
    monkeypatch.setattr(blocks, "SHARD", 90)
    at_once, in_parts = lived(tmp_path / "home", 3, 4), lived(tmp_path / "parts", 3, 1, 4)
    assert len(numbered_records(whole)) > 70
    assert numbered_records(at_once) == numbered_records(whole)
    told, again = digests(at_once), digests(in_parts)
    assert {place: again.get(place) for place in told} == told


def test_another_seed_gives_another_world(at_once: Home, tmp_path: Path) -> None:
    other, usual = digests(lived(tmp_path / "home", 4, 5)), digests(at_once)
    sold = {place for place in other if place.startswith(("pos/", "web_shop/", "crm/"))}
    assert sold
    assert all(other[place] != usual.get(place) for place in sold)


@pytest.mark.slow
def test_more_days_leave_dropped_files_as_they_are(in_parts: tuple[Home, dict[str, str]]) -> None:
    home, first = in_parts
    after = digests(home)
    assert first
    assert {place: after[place] for place in first} == first


def test_a_continued_world_is_the_world_lived_at_once(
    at_once: Home, in_parts: tuple[Home, dict[str, str]]
) -> None:
    whole, continued = TruthFolder(at_once.root), TruthFolder(in_parts[0].root)
    for table in [name for name in TABLES if (whole.root / "tables" / name).is_dir()]:
        assert whole.read(table).to_pydict() == continued.read(table).to_pydict(), table


def test_a_continued_world_drops_the_same_files(at_once: Home, in_parts: tuple[Home, dict[str, str]]) -> None:
    whole, continued = digests(at_once), digests(in_parts[0])
    by_day = {place for place in whole if not place.startswith("clickstream/")}
    assert len(by_day) > 400
    assert {place: continued.get(place) for place in by_day} == {place: whole[place] for place in by_day}


def test_a_day_lived_before_drops_nothing(at_once: Home) -> None:
    assert drop(at_once, read(), 3, PERSONS, date_of(DAYS - 1)).file_count == 0


def test_a_home_holds_one_world(at_once: Home) -> None:
    with pytest.raises(UserError, match="another world"):
        drop(at_once, read(), 4, PERSONS, date_of(DAYS))


@pytest.mark.slow
def test_a_run_cut_short_is_finished_first(
    nine_days: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "cut"
    lived(root, 3, 2)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shopkeeper.demo.omnichannel.command.lay_down", dies)
        with pytest.raises(KeyboardInterrupt):
            lived(root, 3, 5)
    lived(root, 3, 8)
    by_day = {place for place in nine_days if not place.startswith("clickstream/")}
    assert set(digests(Home(root))) >= by_day


def test_the_world_begins_on_its_first_day(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="begins on"):
        drop(Home(tmp_path), Parameters(), 1, 10, date(2024, 12, 31))


def test_hourly_files_hold_what_the_daily_one_would(
    at_once: Home, in_parts: tuple[Home, dict[str, str]]
) -> None:
    day = f"{date_of(5):%Y%m%d}"
    whole = (at_once.inbox / "clickstream" / f"events_{day}.jsonl").read_bytes().splitlines()
    hours = sorted((in_parts[0].inbox / "clickstream").glob(f"events_{day}T*.jsonl"))
    assert len(hours) > 3
    assert sorted(line for file in hours for line in file.read_bytes().splitlines()) == sorted(whole)

"""Faults around a refresh: `kill -9`, a full disk, a home that is not ours, two at once, one that slept, a bad batch."""

import gzip
import os
import shutil
import signal
from pathlib import Path

import pytest
from tests.plugins.pipeline.killing import Lane, kill_until
from tests.shop.weeks import Scene, hashes

from shopkeeper import warehouse
from shopkeeper.paths import Home

pytestmark = pytest.mark.slow

NOBODY = 65534


@pytest.fixture
def refreshed(scene, tmp_path):
    """A copy of the scene's home after an undisturbed refresh, to be disturbed."""
    copied = tmp_path / "refreshed"
    shutil.copytree(scene.undisturbed, copied, symlinks=True)
    return copied


def week_14(home: Path) -> Path:
    """Return where the till file of the week in the inbox is, or was."""
    return home / "inbox" / "pos" / "transaction_lines_2017_week_14.csv.gz"


def send_week_14(home: Path, scene: Scene, left_out: int) -> None:
    """Send the week again without so many of its lines."""
    lines = gzip.decompress(week_14(scene.home).read_bytes()).splitlines(keepends=True)
    week_14(home).parent.mkdir(parents=True, exist_ok=True)
    week_14(home).write_bytes(gzip.compress(b"".join([lines[0], *lines[1 + left_out :]]), mtime=0))


def served(tables: dict[str, str]) -> dict[str, str]:
    """Leave out the intermediate layer: it remembers a withdrawn batch until the next refresh."""
    return {name: content for name, content in tables.items() if not name.startswith("intermediate.")}


def test_case_29_a_renamed_duplicate_file_is_no_news(refreshed, nursery, scene):
    version = warehouse.current(Home(refreshed))
    again = week_14(refreshed).with_name("transaction_lines_2017_week_14_again.csv.gz")
    again.parent.mkdir(parents=True, exist_ok=True)
    again.write_bytes(week_14(scene.home).read_bytes())
    child = nursery.refresh(refreshed)
    assert child.end() == 0
    assert "standardize" not in child.seen
    assert (warehouse.current(Home(refreshed)), hashes(refreshed)) == (version, scene.hashes)


def test_case_30_a_corrected_file_equals_a_full_rebuild(refreshed, nursery, scene):
    send_week_14(refreshed, scene, left_out=1)
    corrected = nursery.refresh(refreshed)
    assert corrected.end() == 0, corrected.message
    incremental = hashes(refreshed)
    assert incremental["input.transaction_lines"] != scene.hashes["input.transaction_lines"]
    rebuilt = nursery.refresh(refreshed, full=True)
    assert rebuilt.end() == 0, rebuilt.message
    assert served(hashes(refreshed)) == served(incremental)


def test_case_38_a_full_disk_leaves_the_published_version_alone(home, nursery, scene):
    published = warehouse.current(Home(home))
    size = (home / "published" / published / "warehouse.duckdb").stat().st_size
    before = hashes(home)
    # No room while files land, when the build begins, and after that.
    for limit, reached in ((1_000, []), (size // 2, ["land"]), (size + 200_000, ["land", "begin"])):
        refused = nursery.refresh(home, file_size_limit=limit)
        assert refused.end() == 2, refused.message
        assert "no room" in refused.message
        assert "\n" not in refused.message
        assert list(refused.seconds)[:2] == reached
        assert (warehouse.current(Home(home)), hashes(home)) == (published, before)
    assert nursery.refresh(home).end() == 0
    # A landing that was cut off has used up its numbers: the order of the batches is the same, not their numbers.
    differing = {name for name, content in hashes(home).items() if content != scene.hashes[name]}
    assert differing <= {"meta.batches"}


def hand_over(home: Path, owner: int, mode: int) -> None:
    """Give a home to a user, with this mode on its folders."""
    for folder, _, names in os.walk(home):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            os.chown(path, owner, -1, follow_symlinks=False)
        Path(folder).chmod(mode)


def test_a_home_that_may_not_be_written_is_one_line(home, nursery, scene, tmp_path):
    request = {}
    owner = os.geteuid()
    if owner == 0:
        for folder in home.parents:
            if not folder.stat().st_mode & 0o005:
                folder.chmod(0o755)
        request["user"] = NOBODY
    hand_over(home, request.get("user", owner), 0o500)
    refused = nursery.refresh(home, **request)
    try:
        assert refused.end() == 2, refused.message
        assert "cannot write" in refused.message
        assert "\n" not in refused.message
    finally:
        hand_over(home, owner, 0o700)
    assert nursery.refresh(home).end() == 0
    assert hashes(home) == scene.hashes


def test_a_file_where_a_folder_should_be_is_one_line(home, nursery):
    shutil.rmtree(home / "build")
    (home / "build").write_text("not a folder")
    refused = nursery.refresh(home)
    assert refused.end() == 2, refused.message
    assert "cannot write" in refused.message


def test_case_39_of_two_refreshes_one_publishes_one_exits_75(home, nursery, scene):
    both = [nursery.refresh(home), nursery.refresh(home)]
    assert sorted(child.end() for child in both) == [0, 75], [child.message for child in both]
    assert hashes(home) == scene.hashes


def test_case_39_a_second_refresh_overtakes_the_first(home, nursery, scene):
    first = nursery.refresh(home)
    first.wait_for("standardize")
    second = nursery.refresh(home)
    assert second.end() == 0, second.message
    assert first.end() == 75, first.message
    assert hashes(home) == scene.hashes


def test_case_39_a_refresh_that_slept_too_long_is_fenced(home, nursery, scene):
    sleeper = nursery.refresh(home)
    sleeper.wait_for("gate_marts")
    sleeper.signal(signal.SIGSTOP)
    other = nursery.refresh(home)
    assert other.end() == 0, other.message
    published = warehouse.current(Home(home))
    sleeper.signal(signal.SIGCONT)
    assert sleeper.end() == 75, sleeper.message
    assert "gives way" in sleeper.message
    assert (warehouse.current(Home(home)), hashes(home)) == (published, scene.hashes)


def test_a_rolled_back_week_stays_out_until_it_is_released(refreshed, nursery, scene):
    home, good = refreshed, warehouse.current(Home(scene.home))
    (bad,) = (
        batch.batch_id
        for batch in warehouse.batches(Home(home))
        if batch.table == "transaction_lines" and "week_14" in batch.file_name
    )
    warehouse.roll_back(Home(home), good)
    assert nursery.refresh(home).end() == 0
    assert warehouse.current(Home(home)) == good
    warehouse.release(
        Home(home), *(batch.batch_id for batch in warehouse.batches(Home(home)) if batch.is_held)
    )
    assert nursery.refresh(home).end() == 0
    assert bad in warehouse.manifest(Home(home))["batches"]["contained"]
    assert hashes(home) == scene.hashes


def test_a_home_with_signs_in_its_path_is_refreshed(scene, nursery, tmp_path):
    home = tmp_path / "x [ho]*me {a}" / '50% #1; it\'s "our" 店&铺 @~!+=()^`'
    shutil.copytree(scene.home, home, symlinks=True)
    for options in ({}, {"full": True}):
        child = nursery.refresh(home, **options)
        assert child.end() == 0, child.message
        assert served(hashes(home)) == served(scene.hashes)


def test_a_flipped_bit_in_the_published_warehouse_goes_no_further(home, nursery, scene):
    published = warehouse.current(Home(home))
    file = home / "published" / published / "warehouse.duckdb"
    content = bytearray(file.read_bytes())
    for place in range(20_000, len(content), 262_144):
        content[place] ^= 1
    file.write_bytes(content)
    refused = nursery.refresh(home)
    assert refused.end() == 2, refused.message
    assert "is damaged; " in refused.message and "`shopkeeper refresh --full`" in refused.message
    assert "\n" not in refused.message
    assert warehouse.current(Home(home)) == published
    rebuilt = nursery.refresh(home, full=True)
    assert rebuilt.end() == 0, rebuilt.message
    assert served(hashes(home)) == served(scene.hashes)


def test_a_bit_that_flipped_in_raw_stops_a_full_rebuild(home, nursery):
    published = warehouse.current(Home(home))
    (raw,) = (home / "raw" / "pos" / "products").glob("*.parquet")
    content = bytearray(raw.read_bytes())
    content[len(content) // 3] ^= 16
    raw.write_bytes(content)
    refused = nursery.refresh(home, full=True)
    assert refused.end() == 2, refused.message
    assert f"{raw} is not what was written; restore it" in refused.message
    assert warehouse.current(Home(home)) == published


def test_of_a_week_restated_twice_a_rollback_leaves_the_first(refreshed, nursery, scene):
    home = refreshed
    versions = [(warehouse.current(Home(home)), scene.hashes)]
    for left_out in (1, 2):
        send_week_14(home, scene, left_out)
        child = nursery.refresh(home)
        assert child.end() == 0, child.message
        versions.append((warehouse.current(Home(home)), hashes(home)))
    assert len({content["input.transaction_lines"] for _, content in versions}) == 3
    first, content = versions[0]
    warehouse.roll_back(Home(home), first)
    again = nursery.refresh(home)
    assert again.end() == 0 and "standardize" not in again.seen
    assert (warehouse.current(Home(home)), hashes(home)) == (first, content)


@pytest.fixture
def lanes(scene, nursery, tmp_path):
    return [Lane(scene, tmp_path / f"lane{number}", nursery) for number in range(2)]


def test_case_37_kills_are_never_seen_and_are_mended(lanes):
    kills = kill_until(20, lanes)
    assert kills.total() >= 20


@pytest.mark.soak
def test_case_37_many_kills_are_never_seen_and_are_mended(lanes):
    kills = kill_until(500, lanes)
    assert kills.total() >= 500

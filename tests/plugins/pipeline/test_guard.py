"""What all steps share: giving way, storing their facts, and one-line disk errors."""

import errno
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest

from shopkeeper.errors import Fenced, GateFailed, UserError
from shopkeeper.landing import require_one_inbox
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import step, writing
from shopkeeper.settings import settings


@pytest.fixture
def build(tmp_path):
    home = Home(tmp_path)
    home.build("v000001").root.mkdir(parents=True)
    return home


def test_a_step_leaves_its_facts_in_the_build(build):
    @step
    def count_customers(home, build_id):
        return {"customers": 2469}

    assert count_customers(build, "v000001") == {"customers": 2469}
    kept = build.build("v000001").steps / "count_customers.json"
    assert json.loads(kept.read_text()) == {"customers": 2469}


def test_a_step_of_an_overtaken_build_does_not_begin(build):
    build.build("v000002").root.mkdir()

    @step
    def count_customers(home, build_id):
        raise AssertionError("it began")

    with pytest.raises(Fenced, match="v000001 gives way to v000002"):
        count_customers(build, "v000001")


def test_a_step_that_breaks_because_it_was_overtaken_says_so(build):
    @step
    def count_customers(home, build_id):
        home.build("v000002").root.mkdir()
        raise FileNotFoundError(errno.ENOENT, "No such file", "warehouse.duckdb")

    with pytest.raises(Fenced, match="v000001 gives way to v000002"):
        count_customers(build, "v000001")


def test_a_failed_gate_stays_a_failed_gate(build):
    @step
    def gate_marts(home, build_id):
        raise GateFailed("gate marts: customer_360: no_customer_twice")

    with pytest.raises(GateFailed, match="no_customer_twice"):
        gate_marts(build, "v000001")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), r"no room below .* free some and run again"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), r"no room below .* free some and run again"),
        (OSError(errno.EROFS, "Read-only file system", "/data/raw"), r"cannot write /data/raw: Read-only"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/data/raw"),
            r"cannot write /data/raw: Permission",
        ),
        (RuntimeError("IO Error: Could not write: No space left on device\nstack"), r"no room below [^\n]*$"),
        (
            UserError(
                "dbt integrate: fct_transactions ended as error: IO Error: Corrupt database file: computed"
            ),
            r"the version that this build began from is damaged; [^\n]*`shopkeeper refresh --full`[^\n]*$",
        ),
    ],
)
def test_disk_errors_are_one_line_with_the_cure(tmp_path, error, line):
    with pytest.raises(UserError, match=line) as refusal, writing(Home(tmp_path)):
        raise error
    assert refusal.value.exit_status == 2


def test_a_bug_keeps_its_traceback(tmp_path):
    with pytest.raises(KeyError), writing(Home(tmp_path)):
        raise KeyError("customer_id")


def test_a_step_keeps_its_temporary_files_in_its_build(build):
    before = tempfile.gettempdir()

    @step
    def count_customers(home, build_id):
        with tempfile.TemporaryDirectory() as folder:
            return {"folder": folder}

    folder = Path(count_customers(build, "v000001")["folder"])
    assert folder.parent == build.build("v000001").temp
    assert tempfile.gettempdir() == before


def test_a_step_writes_for_the_homes_owner_alone(build):
    before = os.umask(0o022)
    build.root.chmod(0o755)

    @step
    def count_customers(home, build_id):
        (home.build(build_id).root / "customers.csv").touch()
        return {}

    try:
        count_customers(build, "v000001")
    finally:
        os.umask(before)
    assert stat.S_IMODE(build.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((build.build("v000001").root / "customers.csv").stat().st_mode) == 0o600


def test_files_in_the_inbox_of_before_are_not_forgotten(build, tmp_path, monkeypatch):
    drops = tmp_path / "drops"
    monkeypatch.setenv("SHOPKEEPER_INBOX", str(drops))
    settings.cache_clear()
    try:
        drops.mkdir()
        require_one_inbox(build)
        (build.own_inbox / "pos").mkdir(parents=True)
        (build.own_inbox / "pos" / "transaction_lines_week_01.csv").touch()
        with pytest.raises(UserError, match=r"week_01\.csv waits.*move what is in") as refused:
            require_one_inbox(build)
        assert str(drops) in str(refused.value)
        drops.rmdir()
        drops.symlink_to(build.own_inbox)
        require_one_inbox(build)
    finally:
        settings.cache_clear()


def test_an_inbox_that_is_not_mounted_is_told(build, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOPKEEPER_INBOX", str(tmp_path / "drops"))
    settings.cache_clear()
    try:
        with pytest.raises(UserError, match="which is no folder; mount or correct it"):
            require_one_inbox(build)
    finally:
        settings.cache_clear()

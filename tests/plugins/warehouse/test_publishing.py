"""What readers see while builds are published, fenced, killed and rolled back."""

import fcntl
import json
import shutil
import threading

import duckdb
import pytest
from tests.shop.versions import MONDAY, TUESDAY

from shopkeeper import warehouse
from shopkeeper.errors import Fenced, UserError
from shopkeeper.warehouse import published, publishing


def line_count(shop, version=None):
    return warehouse.query(shop.home, "select count(*) as n from input.transaction_lines", version)["n"][
        0
    ].as_py()


def ready(shop):
    """A build that has passed everything and waits to be published."""
    build_id = warehouse.begin(shop.home)
    shop.transform(build_id)
    return build_id


def hashes(shop):
    return {name: table["content_hash"] for name, table in warehouse.manifest(shop.home)["tables"].items()}


def test_readers_see_nothing_before_publish_and_everything_after(shop):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    with pytest.raises(UserError, match="no published version yet"):
        line_count(shop)
    warehouse.publish(shop.home, build_id)
    assert line_count(shop) == 2
    assert not list(shop.home.builds.iterdir())


def test_the_manifest_tells_what_the_version_contains(shop):
    batch = shop.land("till_1.csv", MONDAY, day="2017-01-07")
    told = warehouse.manifest(shop.home, shop.refresh())
    assert told["batches"] == {"new": [batch], "withdrawn": [], "contained": [batch]}
    assert told["rows"] == {"accepted": 2, "quarantined": 0}
    assert told["tables"]["input.transaction_lines"]["row_count"] == 2
    assert (told["version"], told["base_version"], told["as_of_date"]) == ("v000001", None, "2017-01-07")


def test_publishing_twice_is_publishing_once(shop):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    first = warehouse.publish(shop.home, build_id)
    assert warehouse.publish(shop.home, build_id) == first


def test_a_build_begun_before_another_is_fenced(shop):
    shop.land("till_1.csv", MONDAY)
    older = ready(shop)
    newer = ready(shop)
    with pytest.raises(Fenced, match=f"{older} gives way to {newer}") as refusal:
        warehouse.publish(shop.home, older)
    assert refusal.value.exit_status == 75
    warehouse.publish(shop.home, newer)
    assert warehouse.current(shop.home) == newer


def test_a_publisher_overtaken_while_it_seals_is_fenced(shop, monkeypatch):
    shop.land("till_1.csv", MONDAY)
    older = ready(shop)
    sealed = publishing.seal

    def slow_seal(home, build):
        sealed(home, build)
        warehouse.begin(home)

    monkeypatch.setattr(publishing, "seal", slow_seal)
    with pytest.raises(Fenced):
        warehouse.publish(shop.home, older)
    assert warehouse.current(shop.home) is None


def test_publishing_again_finds_the_first_attempts_result(shop, monkeypatch):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    sealed = publishing.seal

    def overtaken_seal(home, build):
        monkeypatch.setattr(publishing, "seal", sealed)
        warehouse.publish(home, build.root.name)
        sealed(home, build)

    monkeypatch.setattr(publishing, "seal", overtaken_seal)
    assert warehouse.publish(shop.home, build_id)["version"] == build_id
    assert line_count(shop) == 2


def test_a_rollback_fences_the_build_that_is_under_way(shop):
    shop.land("till_1.csv", MONDAY)
    first = shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    shop.land("till_3.csv", [("R3", "1", "1.00")])
    under_way = ready(shop)
    warehouse.roll_back(shop.home, first)
    with pytest.raises(Fenced):
        warehouse.publish(shop.home, under_way)
    assert warehouse.current(shop.home) == first


@pytest.mark.parametrize(
    "left", [None, b"", b"\xff\x00", "²".encode()], ids=["lost", "empty", "no text", "no number"]
)
def test_a_lost_token_file_never_hands_a_token_out_twice(shop, left):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    (shop.home.state / "token").unlink()
    if left is not None:
        (shop.home.state / "token").write_bytes(left)
    shop.land("till_3.csv", [("R3", "1", "1.00")])
    assert shop.refresh() == "v000003"


def test_waiting_for_a_stuck_publisher_names_its_process(shop, monkeypatch):
    monkeypatch.setattr("shopkeeper.warehouse.builds.LOCK_SECONDS", 0.05)
    shop.land("till_1.csv", MONDAY)
    shop.home.state.mkdir(parents=True)
    with (shop.home.state / "publish.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Fenced, match="process 4711 is publishing"):
            warehouse.begin(shop.home)


@pytest.mark.parametrize("gate", ["sources", "features", "scores", "marts"])
def test_a_failed_gate_leaves_the_published_version_untouched(shop, gate):
    shop.land("till_1.csv", MONDAY)
    version = shop.refresh()
    before = hashes(shop)
    shop.land("till_2.csv", TUESDAY)
    build_id = ready(shop)
    shop.judge(build_id, gate, has_passed=False)
    with pytest.raises(UserError, match=f"gate {gate} has failed"):
        warehouse.publish(shop.home, build_id)
    assert (warehouse.current(shop.home), hashes(shop)) == (version, before)


def damage_dbt(build, change):
    file = build.dbt / "integrate" / "run_results.json"
    results = json.loads(file.read_text())
    change(results)
    file.write_text(json.dumps(results))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda results: results["results"][0].update(status="fail"), "ended as fail"),
        (lambda results: results["results"][0].update(status="skipped"), "ended as skipped"),
        (lambda results: results["results"].clear(), "1 dbt nodes did not run, first model.shop.integrate"),
        (lambda results: results["metadata"]["env"].update(BUILD_ID="v000009"), "belong to v000009"),
        (lambda results: results["metadata"].pop("env"), "belong to None"),
    ],
)
def test_publish_believes_only_what_the_build_contains(shop, change, message):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    damage_dbt(shop.home.build(build_id), change)
    with pytest.raises(UserError, match=message):
        warehouse.publish(shop.home, build_id)
    assert warehouse.current(shop.home) is None


@pytest.mark.parametrize("missing", ["dbt/serve/run_results.json", "gates/marts.json"])
def test_a_missing_verdict_is_a_refusal(shop, missing):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    (shop.home.build(build_id).root / missing).unlink()
    with pytest.raises(UserError, match="has left no result"):
        warehouse.publish(shop.home, build_id)


def test_rows_that_do_not_add_up_are_not_published(shop):
    batch = shop.land("till_1.csv", MONDAY)
    receipt = shop.home.raw / "pos" / "lines" / f"{batch}.json"
    told = receipt.read_text().replace('"record_count": 2', '"record_count": 3')
    receipt.write_text(told.replace('"accepted_count": 2', '"accepted_count": 3'))
    with pytest.raises(UserError, match=r"till_1\.csv: 3 records, but 2 accepted and 0 quarantined"):
        shop.refresh()


def test_a_warehouse_that_lists_other_batches_is_not_published(shop):
    shop.land("till_1.csv", MONDAY)
    build_id = ready(shop)
    with duckdb.connect(str(shop.home.build(build_id).warehouse)) as connection:
        connection.execute("update meta.batches set row_count = 7")
    with pytest.raises(UserError, match="does not hold the batches of its build"):
        warehouse.publish(shop.home, build_id)


class Killed(BaseException):
    """Simulates `kill -9`: our code never catches it."""


def killed_at(shop, monkeypatch, name):
    """Publish a build with a publisher that dies where it would call `published.<name>`."""
    build_id = ready(shop)

    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(published, name, die)
        with pytest.raises(Killed):
            warehouse.publish(shop.home, build_id)
    return build_id


def test_case_37_a_publisher_killed_before_the_swap_is_unseen(shop, monkeypatch):
    shop.land("till_1.csv", MONDAY)
    first = shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    orphan = killed_at(shop, monkeypatch, "point")
    assert (shop.home.versions / orphan).exists()
    assert [version.name for version in warehouse.versions(shop.home)] == [first]
    with pytest.raises(UserError, match=f"there is no version {orphan}"):
        warehouse.query(shop.home, "select 1", orphan)
    assert line_count(shop) == 2
    recovered = shop.refresh()
    assert not (shop.home.versions / orphan).exists()
    assert [version.name for version in warehouse.versions(shop.home)] == [first, recovered]
    assert line_count(shop) == 3


def test_a_publisher_killed_before_the_swap_may_run_again(shop, monkeypatch):
    shop.land("till_1.csv", MONDAY)
    killed = killed_at(shop, monkeypatch, "point")
    warehouse.publish(shop.home, killed)
    assert warehouse.current(shop.home) == killed
    assert line_count(shop) == 2


def test_a_publisher_killed_before_pruning_has_published(shop, monkeypatch):
    shop.land("till_1.csv", MONDAY)
    killed = killed_at(shop, monkeypatch, "prune")
    assert warehouse.current(shop.home) == killed
    assert shop.refresh() is None


def test_a_dead_build_is_removed_by_the_next_one(shop):
    shop.land("till_1.csv", MONDAY)
    dead = warehouse.begin(shop.home)
    alive = warehouse.begin(shop.home)
    assert [path.name for path in shop.home.builds.iterdir()] == [alive]
    assert dead != alive


def test_the_last_five_versions_stay(shop):
    for day in range(1, 8):
        shop.land(f"till_{day}.csv", [(f"R{day}", "4006381333931", "1.20")])
        shop.refresh()
    assert [version.name for version in warehouse.versions(shop.home)] == [f"v00000{n}" for n in range(3, 8)]
    assert sorted(path.name for path in shop.home.versions.iterdir()) == [
        "current",
        *(f"v00000{n}" for n in range(3, 8)),
    ]


def test_the_version_that_readers_see_is_never_pruned(shop):
    shop.land("till_1.csv", MONDAY)
    first = shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    warehouse.roll_back(shop.home, first)
    published.prune(shop.home, 1)
    assert line_count(shop) == 2


def test_an_open_reader_keeps_its_version_through_publish_and_prune(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    with warehouse.connect_published(shop.home) as reader:
        for day in range(2, 9):
            shop.land(f"till_{day}.csv", [*TUESDAY, (f"R{day}", "1", "1.00")])
            shop.refresh()
        assert reader.sql("select count(*) from input.transaction_lines").fetchone() == (2,)


def test_a_rolled_back_batch_stays_out_until_released(shop):
    shop.land("till_1.csv", MONDAY)
    good = shop.refresh()
    before = hashes(shop)
    bad = shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    warehouse.roll_back(shop.home, good)
    assert (warehouse.current(shop.home), hashes(shop)) == (good, before)
    assert shop.refresh() is None
    shop.land("till_3.csv", [("R3", "1", "1.00")])
    shop.refresh()
    assert line_count(shop) == 3
    assert bad not in warehouse.manifest(shop.home)["batches"]["contained"]
    warehouse.release(shop.home, bad)
    shop.refresh()
    assert line_count(shop) == 4


def test_rolling_forward_again_releases_what_that_version_contains(shop):
    shop.land("till_1.csv", MONDAY)
    first = shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    second = shop.refresh()
    warehouse.roll_back(shop.home, first)
    warehouse.roll_back(shop.home, second)
    assert not any(batch.is_held for batch in warehouse.batches(shop.home))
    assert shop.refresh() is None


def test_rollback_refuses_a_version_changed_since_publishing(shop):
    shop.land("till_1.csv", MONDAY)
    first = shop.refresh()
    shop.land("till_2.csv", TUESDAY)
    second = shop.refresh()
    with duckdb.connect(str(shop.home.versions / first / "warehouse.duckdb")) as connection:
        connection.execute(
            "update input.transaction_lines set sales_value = sales_value + 0.01 where product_id like '4%'"
        )
    with pytest.raises(UserError, match=r"v000001 is not what was published \(input.transaction_lines\)"):
        warehouse.roll_back(shop.home, first)
    assert warehouse.current(shop.home) == second


def test_rolling_back_to_nowhere_lists_the_versions(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    with pytest.raises(UserError, match="there is no version v000007; there are: v000001"):
        warehouse.roll_back(shop.home, "v000007")
    with pytest.raises(UserError, match="v000001 is already the version that readers see"):
        warehouse.roll_back(shop.home, "v000001")


def test_a_mistake_in_a_query_is_one_line(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    with pytest.raises(UserError) as mistake:
        warehouse.query(shop.home, "select nothing from input.transaction_lines")
    assert "\n" not in str(mistake.value)


@pytest.mark.slow
def test_readers_see_every_version_whole_while_builds_are_published(shop):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    counts, failures, done = [], [], threading.Event()

    def read():
        while not done.is_set():
            try:
                with warehouse.connect_published(shop.home) as connection:
                    counts.append(
                        connection.sql(
                            "select (select count(*) from input.transaction_lines), "
                            "(select sum(row_count) from meta.batches)"
                        ).fetchone()
                    )
            except Exception as failure:
                failures.append(failure)

    reader = threading.Thread(target=read)
    reader.start()
    for day in range(2, 9):
        shop.land(f"till_{day}.csv", [(f"R{day}", "4006381333931", "1.20")])
        shop.refresh()
    done.set()
    reader.join()
    assert not failures
    assert all(rows == listed for rows, listed in counts)
    assert counts == sorted(counts)
    assert counts[-1][0] > counts[0][0]


def test_two_homes_never_touch_each_other(shop, tmp_path):
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shutil.copytree(shop.home.root, tmp_path / "other", symlinks=True)
    shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    other = type(shop)(type(shop.home)(tmp_path / "other"))
    assert line_count(other) == 2

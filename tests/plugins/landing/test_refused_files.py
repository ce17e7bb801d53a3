"""Each file refused whole is kept under a key of its own, for any name and any other refusals."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.shop.files import HEADER, LINES, Shop, contract, csv_text, lines

from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.landing.quarantine.replay import replay

EMPTY = ("lines_monday.csv", "lines_tuesday.csv", "lines_wednesday.csv")


def entries(shop: Shop) -> dict[str, str]:
    """Return file name → key of what is open."""
    return {entry.file_name: entry.key for entry in quarantine.refusals(shop.home)}


def again(shop: Shop, start: str) -> int:
    return replay(shop.home, start, None, shop.catalog).accepted_count


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [True, False])
def test_every_empty_file_is_replayed_under_its_own_name(shop: Shop, at_once: bool) -> None:
    results = []
    for name in EMPTY:
        shop.drop(name, "")
        results += [] if at_once else [file.result for file in shop.land().files]
    results += [file.result for file in shop.land().files]
    assert results == ["refused"] * 3
    assert sorted(entries(shop)) == sorted(EMPTY) and len(set(entries(shop).values())) == 3
    for key in entries(shop).values():
        assert quarantine.show(shop.home, key[:12]).to_pylist()[0]["reason"] == "EMPTY_FILE"
        assert replay(shop.home, key[:12], None, shop.catalog).still_refused == {"EMPTY_FILE": 1}


def test_content_refused_for_two_tables_is_settled_for_each(shop: Shop) -> None:
    bad = csv_text(lines(1), header=HEADER.replace("note", "remark"))
    for name in ("lines_a.csv", "lines_b.csv"):
        shop.take(bad, name)
    shop.contracts = (_with_remark(),)
    assert again(shop, entries(shop)["lines_a.csv"]) == 1
    assert list(entries(shop)) == ["lines_b.csv"]
    last = replay(shop.home, entries(shop)["lines_b.csv"], None, shop.catalog)
    assert (last.accepted_count, last.still_refused) == (0, {}) and "landed before" in last.detail
    assert entries(shop) == {} and len(shop.raw()) == 1


def _with_remark() -> Contract:
    renamed = [
        replace(column, name="remark") if column.name == "note" else column for column in LINES.columns
    ]
    return replace(LINES, columns=tuple(renamed))


def test_an_ambiguous_refused_hash_is_one_line_with_keys(shop: Shop) -> None:
    for name in EMPTY:
        batch_id = shop.take("", name).batch_id
    with pytest.raises(UserError, match="more than one refusal") as error:
        again(shop, str(batch_id)[:8])
    assert "\n" not in str(error.value)
    assert all(key[:12] in str(error.value) for key in entries(shop).values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        b"lines_" + b"\xff" * 200 + b".csv",
        b"lines_" + b"x" * 240 + b".csv",
        "lines_牛奶.csv".encode("gb18030"),
        b"lines_a\nb.csv",
        b"lines_[*]?.csv",
    ],
)
def test_a_refused_file_of_any_name_stops_no_landing(shop: Shop, name: bytes) -> None:
    good = shop.drop("lines_good.csv", csv_text(lines(1)))
    bad = good.with_name(os.fsdecode(name))
    bad.write_bytes(b"nonsense\n1\n")
    assert sorted(file.result for file in shop.land().files) == ["accepted", "refused"]
    ((spelt, key),) = entries(shop).items()
    assert replay(shop.home, key, None, shop.catalog).still_refused == {"HEADER_MISMATCH": 1}
    assert spelt == name.decode("utf-8", "backslashreplace")
    bad.write_bytes(csv_text(lines(2)).encode())
    assert [file.result for file in shop.land().files] == ["accepted"]
    assert entries(shop) == {} and shop.numbers() == [1, 2]


def test_a_refused_file_may_be_named_like_its_reason(shop: Shop) -> None:
    shop.contracts = (contract(pattern="*.json"),)
    shop.take("nonsense\n1\n", "refusal.json")
    ((_, key),) = entries(shop).items()
    assert replay(shop.home, key, None, shop.catalog).still_refused == {"HEADER_MISMATCH": 1}


def test_a_system_folder_with_any_bytes_is_reported(shop: Shop) -> None:
    folder = shop.home.inbox / os.fsdecode(b"\xff\xfe")
    folder.mkdir(parents=True)
    (folder / "lines_1.csv").write_text(csv_text(lines(1)))
    (told,) = shop.land().files
    assert (told.system, told.result) == ("\\xff\\xfe", "unknown")


def test_a_file_that_an_older_version_refused_can_be_replayed(shop: Shop) -> None:
    content = csv_text(lines(1), header=HEADER.replace("note", "remark"))
    batch_id = str(shop.take(content, "lines_b.csv").batch_id)
    (kept,) = shop.home.quarantined_files.iterdir()
    (kept / "lines_b.csv").write_text(content)
    _make_older(kept, batch_id, "lines_b.csv")
    (shop.home.quarantined_files / batch_id / "lines_a.csv").write_text(content)
    assert entries(shop) == {"lines_b.csv": batch_id}
    assert replay(shop.home, batch_id[:8], None, shop.catalog).still_refused == {"UNKNOWN_COLUMN": 1}
    shop.contracts = (_with_remark(),)
    assert again(shop, batch_id) == 1
    assert entries(shop) == {}


def _make_older(kept: Path, batch_id: str, file_name: str) -> None:
    """Lay a refusal out as the version before this one did: by content alone, the file under its name."""
    stored = json.loads((kept / "refusal.json").read_text())
    for name in ("landed_sequence", "arrival_number", "sealed_sha256"):
        stored.pop(name, None)
    older = kept.with_name(batch_id)
    older.mkdir(exist_ok=True)
    (kept / "lines_b.csv").replace(older / file_name)
    (older / "refusal.json").write_text(json.dumps(stored))
    (kept / "refusal.json").unlink()
    kept.rmdir()


def test_a_refused_file_that_was_altered_is_not_replayed(shop: Shop) -> None:
    shop.take("nonsense\n1\n")
    ((_, key),) = entries(shop).items()
    (shop.home.quarantined_files / key / "lines_1.csv").write_text(csv_text(lines(1)))
    with pytest.raises(UserError, match="was altered") as error:
        again(shop, key)
    assert "\n" not in str(error.value) and shop.raw() == []


@pytest.mark.parametrize("name", ["lines_1.csv", "refusal.json"])
def test_a_refusal_of_which_half_is_lost_is_one_line(shop: Shop, name: str) -> None:
    shop.take("nonsense\n1\n")
    ((_, key),) = entries(shop).items()
    path = shop.home.quarantined_files / key / name
    path.unlink() if name == "lines_1.csv" else path.write_text("")
    with pytest.raises(UserError, match="lost") as error:
        again(shop, key)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("told", ["", "[]", "null", "{}", '{"system": "pos"}'])
def test_a_damaged_reason_is_one_line_with_its_cure(shop: Shop, told: str) -> None:
    shop.take("nonsense\n1\n")
    ((_, key),) = entries(shop).items()
    (shop.home.quarantined_files / key / "refusal.json").write_text(told)
    with pytest.raises(UserError, match=r"refusal\.json is lost or damaged; restore it"):
        entries(shop)

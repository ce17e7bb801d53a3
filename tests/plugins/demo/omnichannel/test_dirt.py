"""What the stories of dirt do to files, read as a stranger would; SCENARIOS.md tells each with its rate."""

import gzip
import json
import re
from datetime import UTC, date, datetime
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.plugins.demo.omnichannel.conftest import PARAMETERS, Shop

from shopkeeper.demo.omnichannel.files import described, spelling
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.exports import EXPORTS
from shopkeeper.demo.omnichannel.files.post import broken
from shopkeeper.demo.omnichannel.files.stories import BIT, STORIES, told
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.surroundings.days import date_of

ROOT = spelling.WORDS.parents[5]
SCENARIOS = spelling.WORDS.parents[1] / "SCENARIOS.md"


@pytest.fixture(scope="module")
def words() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    spelling.teach(connection)
    return connection


def lines(shop: Shop, pattern: str) -> list[dict]:
    """Return the JSON lines that can be read of some files."""
    found = []
    for file in sorted(shop.home.inbox.glob(pattern)):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.endswith("}"):
                found.append(json.loads(line))
    return found


def is_of_a_merger(export: Export) -> bool:
    return export.is_second or export.inputs == ("second_numbers",)


def test_every_story_stands_in_the_scenarios_with_its_rate() -> None:
    rows = {
        match[1]: match[0] for match in re.finditer(r"^\| `(\w+)` \|.*$", SCENARIOS.read_text("utf-8"), re.M)
    }
    assert set(rows) == set(STORIES)
    dirt = read().dirt
    for story in STORIES:
        if story in type(dirt).model_fields:
            assert f"`dirt.{story}` {getattr(dirt, story):g}" in rows[story], story


@pytest.mark.slow
def test_the_document_describes_every_dropped_file(shop: Shop) -> None:
    text = (ROOT / "docs/demo_world.md").read_text("utf-8")
    found = described.described(shop.home.inbox, shop.truth.root / "records")
    assert set(found) == {export.place for export in EXPORTS if not is_of_a_merger(export)}
    for place, (columns, dirt) in found.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{place}` |"))
        assert f"| {', '.join(columns)} |" in row, place
        seen = set(row.rsplit("|", 2)[1].replace(" ", "").split(","))
        assert set(dirt) - {"broken_row", "late_file"} <= seen, place


def test_a_mistyped_name_is_another_name(words: duckdb.DuckDBPyConnection) -> None:
    heard = words.execute(
        "select mistyped_name('Sarah', 'Smith', 'Sara', 'Smyth', 'Sarah', 'GB', luck) from range(5) t(luck)"
    ).fetchall()
    assert {"Sara Smyth", "Smith Sarah", "S. Smith"} <= {name for (name,) in heard}
    assert words.execute("select traditional('张伟'), full_width('138')").fetchone() == ("張偉", "１３８")


def test_a_masked_phone_keeps_its_ends(words: duckdb.DuckDBPyConnection) -> None:
    bits = [0, BIT["masked_phone"], BIT["one_phone"], BIT["typing_error_in_phone"]]
    phones = [
        words.execute("select spelled_phone('13812340000', 'CN', 0, ?)", [told]).fetchone()[0]
        for told in bits
    ]
    assert phones[:3] == ["13812340000", "138****0000", "13800138000"]
    assert phones[3] != "13812340000"


def test_broken_lines_are_cut_and_the_others_stay() -> None:
    assert broken(b"head\nfirst,1\nsecond,2\n", np.array([1])) == b"head\nfir\nsecond,2\n"


def test_stories_of_a_record_are_told_together() -> None:
    bits = np.array([0, BIT["bot"], BIT["duplicate"] | BIT["late_file"]], np.uint64)
    assert told(bits).to_pylist() == [None, ["bot"], ["duplicate", "late_file"]]


def test_british_tills_tell_chinese_time_for_a_week(shop: Shop) -> None:
    receipts = (
        shop.truth.read("receipts").to_pandas().query("market == 'GB'").set_index("receipt_id")["paid_at"]
    )
    first = PARAMETERS.dirt.wrong_zone_from_day
    for day, hours in ((first - 1, 0), (first + 3, 8)):
        for file in shop.home.inbox.glob(f"pos/receipts_{date_of(day):%Y%m%d}*"):
            for line in gzip.decompress(file.read_bytes()).decode().splitlines()[1:]:
                number, _, _, sold_at = line.split(",")[:4]
                if int(number) in receipts.index and len(sold_at) == 21:
                    late = (
                        np.datetime64(sold_at.strip('"')) - receipts[int(number)].tz_localize(None).to_numpy()
                    )
                    assert late.astype("timedelta64[h]").astype(int) in (hours, hours - 1), line


def test_a_late_file_is_dated_by_the_day_it_comes(shop: Shop) -> None:
    records = shop.truth.root / "records" / "*.parquet"
    with duckdb.connect() as connection:
        places = connection.execute(
            f"select distinct place::varchar from '{records}' where list_contains(dirt, 'late_file')"
        ).fetchall()
    assert len(places) > 10
    for (place,) in places:
        named = re.search(r"_(\d{8})", place)
        arrived = datetime.fromtimestamp((shop.home.inbox / place).stat().st_mtime, UTC).date()
        if named:
            assert 1 <= (arrived - date.fromisoformat(named[1])).days <= 6, place


def test_customers_have_new_numbers_after_the_migration(shop: Shop) -> None:
    numbers = {}
    for file in shop.home.inbox.glob("consents/consents_*.csv"):
        day = file.stem[-8:]
        for line in file.read_text().splitlines()[1:]:
            if len(line) > 3:
                numbers.setdefault(line[1], set()).add(day)
    first = f"{date_of(PARAMETERS.dirt.migration_day):%Y%m%d}"
    assert max(numbers["C"]) < first <= min(numbers["K"])
    listed = next(shop.home.inbox.glob("crm/customer_numbers_*.csv")).read_text("gb18030").splitlines()
    assert len(listed) > 100


def test_a_cut_snapshot_comes_again_whole(shop: Shop) -> None:
    day = f"{date_of(PARAMETERS.dirt.truncated_day):%Y%m%d}"
    cut, whole = (
        pq.read_metadata(shop.home.inbox / "erp" / f"stock_{day}{tail}.parquet").num_rows
        for tail in ("", "_r2")
    )
    assert cut == int(0.6 * whole)


def test_texts_speak_both_languages_and_hold_contacts(shop: Shop) -> None:
    said = (
        lines(shop, "social/comments_*.jsonl") + lines(shop, "reviews/*.jsonl") + lines(shop, "service/mess*")
    )
    bodies = {line["language"]: [] for line in said}
    for line in said:
        bodies[line["language"]].append(line["body"])
    assert all(re.search("[一-鿿]", body) for body in bodies["zh-Hans"])
    assert not any(re.search("[一-鿿]", body) for body in bodies["en"])
    every = list(chain.from_iterable(bodies.values()))
    kinds = (r"1\d{10}|07\d{9}", r"\.example", "我叫|My name is|It is under", "地址是|Deliver to ")
    for kind in kinds:
        assert any(re.search(kind, body) for body in every), kind
    assert not any("{" in body for body in every)


def test_address_lines_hold_contacts_of_four_kinds(shop: Shop) -> None:
    kinds = {
        "tel": r"1\d{10}|07\d{9}",
        "mail": r"\S+@\S+\.example",
        "name": r"[一-鿿]{2,5}|[A-Z][\w'-]* [A-Z][\w' -]*",
        "address": r"[一-鿿]+\d+号.+\d室|.*\d+ [A-Z].*, .+ \d[A-Z]{2}",
    }
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for line in lines(shop, "clickstream/events_*.jsonl"):
        url = line.get("url") or ""
        assert url.isascii()
        for name, value in parse_qsl(urlsplit(url).query):
            if name in kinds:
                found[name].append(value)
    for kind, shape in kinds.items():
        assert found[kind], kind
        assert all(re.fullmatch(shape, value) for value in found[kind]), kind
    for kind in ("name", "address"):
        assert {bool(re.search("[一-鿿]", value)) for value in found[kind]} == {False, True}, kind


def test_a_persons_records_share_a_name_and_differ_in_habit(shop: Shop) -> None:
    file = shop.home.inbox / "crm" / f"customers_{date(2025, 1, 1):%Y%m%d}.csv"
    crm = file.read_text("gb18030", errors="replace").splitlines()[1:]
    upper = [line for line in crm if re.match(r'^"C\d+","[A-Z\'-]+, [A-Z]', line)]
    chinese = [line for line in crm if re.match(r'^"C\d+","[一-鿿]{2,5}"', line)]
    assert len(upper) > 20
    assert len(chinese) > 20


def test_tills_files_are_compressed_text(shop: Shop) -> None:
    file = next(iter(sorted(shop.home.inbox.glob("pos/receipt_lines_*.csv.gz"))))
    assert gzip.decompress(file.read_bytes()).startswith(b'"receipt_no"')

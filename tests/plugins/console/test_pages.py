"""What the pages show: numbers with units, persons masked, hostile text as text, in two languages."""

import csv
import html
import io
import json
import re
import shlex
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import duckdb
import pyarrow as pa
import pytest
from altair import Chart
from fastapi.testclient import TestClient
from tests.plugins.console.conftest import Console
from tests.shop.gated import week_of_lines
from tests.shop.published import CHANNELS, HOSTILE, HOSTILE_FILE, MODELS, Grocer, drop_week

from shopkeeper import warehouse
from shopkeeper.console import health, profiles, rendering
from shopkeeper.console.exports import csv_parts
from shopkeeper.console.reader import Reader
from shopkeeper.landing import land
from shopkeeper.landing.inbox import dropped_files
from shopkeeper.local_airflow.runs import Run
from shopkeeper.notices import sources_behind
from shopkeeper.pages import folders
from shopkeeper.warehouse import SELECTORS
from shopkeeper.warehouse.published import write_manifest

PAGES = (
    "/",
    "/pages/segments",
    "/pages/channels",
    "/pages/segments/customers?segment_id=3",
    "/tables",
    "/tables/marts.customer_segments",
    "/tables/marts.customer_segments/profile",
    "/tables/marts.channel_attribution/profile",
    "/docs",
)


class Tags(HTMLParser):
    """The tags of a page and their attributes, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def text_of(page: TestClient, path: str) -> str:
    answer = page.get(f"/shopkeeper{path}")
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("path", PAGES)
def test_hostile_text_in_the_data_is_text(published: Grocer, console: Console, path: str) -> None:
    seen, page = Tags(), console(published.home)
    seen.feed(text_of(page, path))
    assert "img" not in seen.names
    assert "\u202e" not in text_of(page, path)
    assert not [name for name in seen.attributes if name.startswith("on")]


def test_hostile_text_is_shown_whole(published: Grocer, console: Console) -> None:
    page = console(published.home)
    for path in ("/", "/pages/segments", "/tables/marts.customer_segments"):
        assert html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;") in text_of(page, path)


@pytest.mark.parametrize(
    ("role", "shown"), [("viewer", "•••"), ("operator", "•••"), ("analyst", "~"), ("admin", "~")]
)
def test_persons_are_masked_or_tokens(published: Grocer, console: Console, role: str, shown: str) -> None:
    page = console(published.home, role)
    for path in ("/tables/marts.customer_360", "/pages/segments/customers?segment_id=1"):
        text = text_of(page, path)
        assert f"<td>{shown}" in text
        assert not re.search(r"<td>1\d{4}</td>", text)
        assert "45-54" not in text


def test_a_token_is_the_same_on_every_page(published: Grocer, console: Console) -> None:
    page = console(published.home, "analyst")
    first, second = (
        set(re.findall(r"~[0-9a-f]{10}", text_of(page, path)))
        for path in ("/tables/marts.customer_segments", "/pages/segments/customers?segment_id=1")
    )
    assert first & second


def test_a_number_opens_the_rows_behind_it(published: Grocer, console: Console) -> None:
    page = console(published.home)
    assert '/pages/segments/customers?segment_id=1&amp;version=v000002">31</a>' in text_of(
        page, "/pages/segments"
    )
    behind = text_of(page, "/pages/segments/customers?segment_id=1")
    assert behind.count("<tr>") == 1 + 31


def test_every_number_of_channels_opens_the_sales_behind_it(published: Grocer, console: Console) -> None:
    page = console(published.home)
    text = text_of(page, "/pages/channels").split("<tbody>", 1)[1]
    numbers = re.findall(r'<td class="number".*?</td>', text)
    assert len(numbers) == 4 * len(CHANNELS) + 2 * len(CHANNELS) * len(MODELS)
    for number in numbers:
        links = re.findall(r'href="/shopkeeper(/pages/channels/credits\?[^"]+)"', number)
        assert links, number
    amounts = re.findall(r'Credited net sales">\s*<a href="/shopkeeper(\S+)">([\d,]+) USD</a>', text)
    assert len(amounts) == len(CHANNELS) * len(MODELS)
    for link, amount in amounts:
        address = html.unescape(link).replace("/credits?", "/credits.csv?")
        rows = csv.DictReader(io.StringIO(text_of(page, address)))
        total = sum(Decimal(row["credited_amount"]) for row in rows)
        assert f"{total:,.0f}" == amount, link


def test_credited_sales_name_their_persons_to_nobody(published: Grocer, console: Console) -> None:
    path = "/pages/channels/credits?channel=mailer&attribution_model=markov"
    text = text_of(console(published.home, "viewer"), path)
    assert "<td>T1</td>" in text
    assert "10001" not in text


def test_the_version_before_is_beside_the_number(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/pages/segments")
    assert '31</a><span class="moved">+1</span>' in text
    older = text_of(console(published.home), "/pages/segments?version=v000001")
    assert '<span class="moved">' not in older


def test_a_file_says_version_day_and_filter(published: Grocer, console: Console) -> None:
    answer = console(published.home, "viewer").get("/shopkeeper/pages/segments/customers.csv?segment_id=2")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 19
    assert {(row["version"], row["as_of_date"], row["segment_id"]) for row in rows} == {
        ("v000002", warehouse.manifest(published.home)["as_of_date"], "2")
    }
    assert {row["customer_id"] for row in rows} == {"•••"}
    assert (
        "segments" not in answer.headers["content-disposition"]
        or "v000002" in (answer.headers["content-disposition"])
    )


def test_a_file_has_its_pages_rows_in_order(published: Grocer, console: Console) -> None:
    page = console(published.home, "analyst")
    address = "/pages/channels/credits{}?channel=mailer&attribution_model=markov"
    rows = list(csv.DictReader(io.StringIO(text_of(page, address.format(".csv")), newline="")))
    shown = re.findall(r"<tr>(.*?)</tr>", text_of(page, address.format("")))[1:]
    cells = [re.findall(r"<td[^>]*>([^<]*)</td>", row)[1:3] for row in shown]
    assert cells == [[row["transaction_id"], row["customer_id"]] for row in rows]
    assert {row["channel"] for row in rows} == {"mailer"}


def test_no_text_of_a_file_runs_as_a_formula() -> None:
    names = ["=1+1", "milk\n@SUM(1)", "\tmilk", "oat-milk", '2" tin', None]
    at = [datetime(2017, 1, 1, 10, tzinfo=UTC)] * len(names)
    parts = b"".join(csv_parts(pa.table({"name": names, "sold_at": at, "net_amount": [-1.5] * len(names)})))
    rows = list(csv.reader(io.StringIO(parts.decode(), newline="")))
    texts = ["'=1+1", "milk\n'@SUM(1)", "'\tmilk", "oat-milk", '2" tin', ""]
    assert rows == [["name", "sold_at", "net_amount"]] + [
        [one, "2017-01-01 10:00:00Z", "-1.5"] for one in texts
    ]


def test_a_file_in_parts_is_one_file() -> None:
    parts = list(csv_parts(pa.table({"unit_quantity": range(25_000)})))
    assert len(parts) == 3
    assert b"".join(parts).split() == [b'"unit_quantity"', *(b"%d" % each for each in range(25_000))]
    assert b"".join(csv_parts(pa.table({"unit_quantity": []}))) == b'"unit_quantity"\r\n'


def test_a_page_joins_no_more_rows_than_it_shows(published: Grocer) -> None:
    credits = folders()["channels"].statements["credits"]
    assert credits.parameters == ("channel", "attribution_model")
    given = {"channel": "mailer", "attribution_model": "markov", "most": 2}
    assert len(Reader(published.home).rows("v000002", credits.sql, given)) == 2


@pytest.mark.parametrize("name", folders())
def test_limits_come_first_and_a_table_beside_each_chart(
    published: Grocer, console: Console, name: str
) -> None:
    text = text_of(console(published.home), f"/pages/{name}")
    places = [text.index(part) for part in ("What this cannot say", "<figure", "<table")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", folders())
def test_a_chart_is_valid_and_reads_its_pages_table(name: str) -> None:
    folder = folders()[name]
    Chart.from_dict({**folder.chart, "datasets": {}})
    assert folder.chart["data"]["name"] in {statement.name for statement in folder.shown}


@pytest.mark.parametrize("path", [*PAGES, "/quarantine/{rows}", "/quarantine/{file}"])
def test_every_page_speaks_chinese(published: Grocer, console: Console, path: str) -> None:
    page = console(published.home)
    page.cookies.set("shopkeeper_language", "zh")
    text = text_of(page, path.format(rows=published.refused_rows, file=published.refused_file))
    headings = re.findall(r"<(?:h2|th|dt|caption)[^>]*>([^<]+)<", text)
    spoken = [each for each in headings if re.search(r"[\u4e00-\u9fff]", each)]
    names = [each for each in headings if re.fullmatch(r"[a-z0-9_ ]+|SQL", each)]
    assert len(spoken) + len(names) == len(headings), set(headings) - {*spoken, *names}


def test_a_feature_has_its_unit(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/pages/segments")
    assert {"21.28 USD", "21.3 days"} <= set(re.findall(r'In the segment">\s*<a[^>]*>([^<]+)<', text))


def test_money_keeps_its_cents(published: Grocer, console: Console) -> None:
    assert (rendering.value(Decimal("198.00")), rendering.value(Decimal("2"))) == ("198.00", "2")


@pytest.mark.parametrize("has_dictionary", [True, False])
def test_english_on_a_chinese_page_is_marked(grocer: Grocer, console: Console, has_dictionary: bool) -> None:
    places, page = grocer.home.version("v000002"), console(grocer.home)
    name, meaning = "fct_cash_drawers", "One row per count of a cash drawer."
    compiled, manifest = places.compiled, places.dbt_run(SELECTORS[-1]).manifest
    models, docs = (json.loads(file.read_text()) for file in (compiled, manifest))
    models[name] = {"table": f"core.{name}", "key": [], "parents": [], "sql": "select 1"}
    docs["nodes"][name] = {"resource_type": "model", "name": name, "description": meaning}
    for file, content in ((compiled, models), (manifest, docs)):
        file.write_text(json.dumps(content))
    if has_dictionary:
        told = json.loads(places.dictionary_json.read_text())
        (table,) = (each for each in told["tables"] if each["name"] == "marts.customer_segments")
        own = {"name": f"core.{name}", "description": {"en": meaning, "zh": meaning}, "columns": []}
        told["tables"].append({**table, **own})
        places.dictionary_json.write_text(json.dumps(told))
    page.cookies.set("shopkeeper_language", "zh")
    for path in ("/tables", f"/tables/core.{name}"):
        assert f'<span lang="en">{meaning}</span>' in text_of(page, path)


def test_tables_are_found_by_column_and_by_chinese(published: Grocer, console: Console) -> None:
    page = console(published.home)
    assert "marts.customer_360" in text_of(page, "/tables?q=recency_day_count")
    assert "marts.customer_360" in text_of(page, "/tables?q=顾客")
    assert "Nothing is called like that" in text_of(page, "/tables?q=zeppelin")


def test_a_table_links_what_it_is_made_of(published: Grocer, console: Console) -> None:
    page = console(published.home)
    assert "/tables/marts.customer_segments?version=v000002" in text_of(page, "/tables/marts.customer_360")
    assert "/tables/marts.customer_360?version=v000002" in text_of(page, "/tables/marts.customer_segments")


def test_a_source_says_how_fresh_it_is(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/tables/pos.transaction_lines")
    (batch,) = [b for b in warehouse.batches(published.home) if b.file_name == HOSTILE_FILE]
    assert f'data-label="Last landed">{batch.landed_at[:16].replace("T", " ")}' in text
    assert "on time" in text


def test_a_table_is_as_fresh_as_its_sources() -> None:
    parents = {"marts.customer_360": ("core.sales",), "core.sales": ("pos.lines", "core.sales")}
    assert "pos.lines" in sources_behind("marts.customer_360", parents)
    assert "pos.lines" not in sources_behind("crm.households", parents)


def test_a_profile_counts_and_hides_persons(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/tables/marts.customer_360/profile")
    (row,) = re.findall(r"<code>age_<wbr>band</code>.*?</tr>", text, re.DOTALL)
    assert "45-54" not in row
    (row,) = re.findall(r"<code>transaction_<wbr>count</code>.*?</tr>", text, re.DOTALL)
    assert "<svg" in row


def distinct_of(text: str, column: str) -> str:
    name = column.replace("_", "_<wbr>")
    (cell,) = re.findall(rf'<code>{name}</code>.*?"Distinct">(.*?)</td>', text, re.DOTALL)
    return re.sub("<[^>]+>", "", cell).strip()


def test_a_profile_counts_a_key_exactly(grocer: Grocer, console: Console) -> None:
    with duckdb.connect(str(grocer.home.version("v000002").warehouse)) as connection:
        few = "select customer_id || '-' || n as customer_id, * exclude (customer_id) from marts.customer_360"
        connection.execute(
            f"create or replace table marts.customer_360 as {few} cross join range(1000) as more (n)"
        )
    text = text_of(console(grocer.home), "/tables/marts.customer_360/profile")
    assert distinct_of(text, "customer_id") == "67,000 +66,936"
    assert "about" not in text


def test_a_sample_gives_estimates_and_no_changes(
    published: Grocer, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "SAMPLED_ROWS", 66)
    profiles.profile.cache_clear()
    page = console(published.home)
    try:
        text = text_of(page, "/tables/marts.customer_360/profile")
    finally:
        profiles.profile.cache_clear()
    assert distinct_of(text, "customer_id").startswith("about ")
    table = text.split("<table", 1)[1]
    assert 'class="moved"' not in table
    assert "two samples differ by chance" in text


@pytest.mark.parametrize(
    "path", ["../manifest.json", "..%2fmanifest.json", "%2e%2e/manifest.json", "gates/../../manifest.json"]
)
def test_only_documents_of_a_version_are_served(published: Grocer, console: Console, path: str) -> None:
    answer = console(published.home).get(f"/shopkeeper/docs/v000002/{path}")
    assert answer.status_code != 200
    assert "checksum" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/pages/segments",
        "/pages/segments/customers?segment_id=1",
        "/tables/marts.customer_360",
        "/tables",
        "/docs",
    ],
)
def test_a_page_of_an_older_version_names_no_other(published: Grocer, console: Console, path: str) -> None:
    text = text_of(console(published.home), f"{path}{'&' if '?' in path else '?'}version=v000001")
    older, current = (
        warehouse.manifest(published.home, each)["as_of_date"] for each in ("v000001", "v000002")
    )
    told = re.sub(r"<option.*?</option>", "", text)
    assert f"v000001 · as of {older}" in told.partition("</header>")[0]
    assert "v000002" not in told.partition('id="rules"')[0]
    assert older == current or current not in re.sub(r"<tbody.*?</tbody>", "", told, flags=re.DOTALL)


def test_arabic_leaves_the_digits_beside_it_in_place() -> None:
    assert rendering.isolated("330,مرحبا 7,12<b>") == "330,<bdi>مرحبا 7</bdi>,12&lt;b&gt;"
    assert rendering.isolated("milk,12") == "milk,12"


def test_a_long_record_is_folded(grocer: Grocer, console: Console) -> None:
    lines = week_of_lines(3)
    lines[3] |= {"quantity": "many", "product_id": "عربي" * 300}
    drop_week(grocer.home, 3, "transaction_lines_2017_week_04.csv.gz", lines)
    land(grocer.home)
    (batch,) = (b for b in warehouse.batches(grocer.home) if b.file_name.endswith("week_04.csv.gz"))
    address = f"/shopkeeper/quarantine/{batch.batch_id}/reveal"
    text = console(grocer.home, "steward").post(address, data={"why": "a long record"}).text
    (start, record) = re.findall('<code class="record">(.*?)</code>', text, re.DOTALL)
    assert "<details><summary>" in text
    assert start.endswith(" …")
    assert "<bdi>" + "عربي" * 300 + "</bdi>" in record


def test_the_documents_are_those_of_the_pages_language(grocer: Grocer, console: Console) -> None:
    version = grocer.home.version("v000002")
    told = json.loads(version.manifest.read_text())
    told["files"] |= {f"docs/gates/{name}.html": "0" for name in ("pos.lines", "pos.lines.zh", "index.zh")}
    write_manifest(version, {k: v for k, v in told.items() if k != "checksum"})
    page = console(grocer.home)
    for language, name in (("en", "pos.lines.html"), ("zh", "pos.lines.zh.html")):
        page.cookies.set("shopkeeper_language", language)
        listed = re.findall(
            r'<li><a href="[^"]*/gates/(?!index)([^"]+)"[^>]*>([^<]+)<', text_of(page, "/docs")
        )
        assert listed == [(name, "pos.lines")]


def test_a_document_runs_apart_from_the_console(published: Grocer, console: Console) -> None:
    policy = console(published.home).get("/shopkeeper/docs/v000002/gates/index.html").headers
    assert policy["content-security-policy"].startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in policy["content-security-policy"]


def test_a_home_without_a_version_has_a_page(
    console: Console, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from shopkeeper.console.access import give_role
    from shopkeeper.paths import Home

    home = Home(tmp_path_factory.mktemp("empty"))
    give_role(home, "admin-ada", "admin")
    assert "Nothing is published yet" in text_of(console(home), "/")
    assert console(home).get("/shopkeeper/pages/segments").status_code == 422


def test_a_column_leads_to_where_its_values_come_from(published: Grocer, console: Console) -> None:
    page = console(published.home)
    up = text_of(page, "/tables/marts.customer_360").split("Column by column")[1]
    assert re.search(r"<code>segment_name</code>.*?marts\.customer_segments</a>: segment_name", up, re.DOTALL)
    down = text_of(page, "/tables/marts.customer_segments").split("Column by column")[1]
    assert re.search(r"<code>segment_name</code>.*?marts\.customer_360</a>: segment_name", down, re.DOTALL)


def test_a_file_without_a_contract_does_not_wait(grocer: Grocer, console: Console) -> None:
    for name in ("products_2018.csv", "who knows.xlsx"):
        file = grocer.home.inbox / "pos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("?")
    text = html.unescape(text_of(console(grocer.home), "/"))
    waiting = re.search(r"<b>(\d+)</b><span>waiting for the next refresh", text)
    assert waiting is not None
    assert waiting[1] == "1"
    place = grocer.home.inbox / "pos" / "who knows.xlsx"
    assert f"shopkeeper source draft '{place}' --system pos --table TABLE" in text


def test_the_documents_of_a_version_follow_the_theme(grocer: Grocer, console: Console) -> None:
    page, dbt = console(grocer.home), "dbt/index.html"
    file = grocer.home.version("v000002").document(dbt)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("<html><head></head><body>models</body></html>")
    told = json.loads(grocer.home.version("v000002").manifest.read_text())
    told["files"][f"docs/{dbt}"] = "0"
    write_manifest(grocer.home.version("v000002"), {k: v for k, v in told.items() if k != "checksum"})
    shown = text_of(page, f"/docs/v000002/{dbt}")
    assert "prefers-color-scheme:dark" in shown.partition("</head>")[0]


def test_health_lists_the_inbox_once(
    grocer: Grocer, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    identify = dropped_files.identify
    monkeypatch.setattr(dropped_files, "identify", lambda path: listed.append(path.name) or identify(path))
    (grocer.home.inbox / "pos").mkdir(parents=True, exist_ok=True)
    (grocer.home.inbox / "pos" / "who knows.xlsx").write_text("?")
    text_of(console(grocer.home), "/")
    assert listed == ["who knows.xlsx"]


def test_the_last_refreshs_rows_stand_beside_the_versions(published: Grocer, console: Console) -> None:
    text = text_of(console(published.home), "/")
    (new,) = warehouse.manifest(published.home)["batches"]["new"]
    taken = next(each for each in warehouse.batches(published.home) if each.batch_id == new)
    rows = warehouse.manifest(published.home)["rows"]
    assert rows["accepted"] > taken.accepted_count > 0 and taken.quarantined_count == 1
    said = re.findall(r"<dt>(Rows[^<]*)</dt><dd>([\d,]+) accepted, ([\d,]+) refused", text)
    assert said == [
        ("Rows", f"{taken.accepted_count:,}", "1"),
        ("Rows of the whole version", f"{rows['accepted']:,}", f"{rows['quarantined']:,}"),
    ]


def test_only_a_command_that_can_be_pasted_is_shown(grocer: Grocer, console: Console) -> None:
    place = grocer.home.inbox / "pos"
    for name in ("who \u202e am I.txt", "it's mine.txt"):
        (place / name).write_text("?")
    (place / "a folder").mkdir()
    text = html.unescape(
        text_of(console(grocer.home), "/").split('id="unknown"', 1)[1].split("</section>", 1)[0]
    )
    (command,) = re.findall(r"<code>(shopkeeper source draft .*?)</code>", text)
    assert shlex.split(command)[3] == str(place / "it's mine.txt")
    assert health.A_FOLDER in text and health.UNTYPABLE in text


@pytest.mark.parametrize(("language", "said"), [("en", "By arrived files"), ("zh-CN", "由新文件触发")])
def test_a_run_says_in_words_what_began_it(
    published: Grocer, console: Console, language: str, said: str
) -> None:
    page = console(published.home)
    page.headers["Accept-Language"] = language
    run = Run("asset_triggered__2017", "queued", "asset_triggered", None, None, behind="manual__2017")
    page.app.routes[-1].app.dependency_overrides[health.recent_runs] = lambda: [run]  # type: ignore[attr-defined]
    text = text_of(page, "/")
    assert f"data-airflow>{said}</a>" in text and "data-airflow>manual__2017</a>" in text

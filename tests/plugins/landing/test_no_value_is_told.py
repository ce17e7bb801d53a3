"""No message contains a value from the file: refusals, receipts, details of rows, logs, facts, output.

A person is planted in every position of a file; then that name is looked for in all that landing says.
"""

import gzip
import io
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.landing.mutants import TEXT_MUTATIONS
from tests.plugins.landing.test_parquet import PROMOTIONS, TYPES, placements
from tests.shop.files import HEADER, Shop, contract, csv_text, line, lines

from shopkeeper.cli import printing
from shopkeeper.contracts import Contract
from shopkeeper.landing import quarantine
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job
from shopkeeper.landing.worker import parsing_process

PERSON = "quintana"
PERSONS = [
    "Zoë Quintana",
    "quintana@example.org",
    '"Quintana, Zoë"',
    "O'Quintana",
    "QUINTANA\u00a0",
    "quintana",
]
PERSONS += [
    '"Quintana',
    'Quintana"',
    "Quintana\r",
    "Quintana\0",
    "\ufeffQuintana",
    "Quintana = Permission denied",
]
NAMES = HEADER.split(",")
OF_PERSONS = contract(
    {name: {"classification": "direct_identifier"} for name in NAMES}, maximum_refused_rate=1.0
)


def assert_untold(*said: object) -> None:
    for each in said:
        assert PERSON not in str(each).casefold(), each


def outcome(
    content: bytes, declared: Contract, folder: Path, name: str = "lines_1"
) -> AcceptedFile | FileRefusal:
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(content)
    job = Job(source, folder, name, "b" * 64, declared, datetime.now(UTC), 1500, 60)
    kind, told = parsing_process._answer([job])
    assert kind in ("parsed", "refused"), told
    return FileRefusal(*told) if kind == "refused" else told[0]


def assert_outcome_is_untold(told: AcceptedFile | FileRefusal) -> None:
    if isinstance(told, FileRefusal):
        assert told.reason != "PARSER_FAILED", told
        assert_untold(told.reason, told.detail)
        return
    assert_untold(told.reasons, told.warnings)
    if told.quarantine:
        kept = pq.read_table(told.quarantine)
        assert_untold(*(kept[name].to_pylist() for name in ("detail", "reason", "column_name")))


persons = st.sampled_from(PERSONS)
headers = st.one_of(
    st.just(NAMES),
    st.lists(st.one_of(persons, st.sampled_from(NAMES)), min_size=1, max_size=10),
    st.permutations(NAMES).map(lambda names: [*names, "quintana"]),
    st.just(line(1, note="Zoë Quintana").split(",")),
)
rows = st.tuples(st.sampled_from(NAMES), persons, st.integers(1, 9)).map(
    lambda drawn: line(drawn[2], **{drawn[0]: drawn[1]})
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """A delimited file with persons in its header, its rows, or as the whole of a line."""
    body = draw(st.lists(st.one_of(rows, persons, st.just(line(3))), max_size=6))
    delimiter, newline = (
        draw(st.sampled_from([",", ";", "\t"])),
        draw(st.sampled_from(["\n", "\r\n", "\r", ""])),
    )
    text = csv_text(body, delimiter.join(draw(headers)), newline)
    content = text.encode(draw(st.sampled_from(["utf-8", "gb18030", "utf-16", "latin-1"])), "replace")
    chance = random.Random(draw(st.integers(0, 10**6)))
    for _ in range(draw(st.integers(0, 2))):
        content = chance.choice(TEXT_MUTATIONS)(content, chance)
    return gzip.compress(content, mtime=0) if draw(st.booleans()) else content


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(texts(), st.sampled_from(["utf-8", "gb18030", "utf-16"]), st.sampled_from([0.0, 1.0]), st.booleans())
def test_a_delimited_file_is_told_without_its_values(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, encoding: Any, rate: float, spans: bool
) -> None:
    declared = contract({"note": {"allows_newline": spans}}, encoding=encoding, maximum_refused_rate=rate)
    assert_outcome_is_untold(outcome(content, declared, tmp_path_factory.mktemp("text") / "job"))


keys = st.one_of(st.sampled_from(NAMES), persons, st.just("\ud800quintana"))
values = st.recursive(
    st.one_of(persons, st.none(), st.integers(), st.just("quintana\udfff")),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(persons, inner, max_size=2)),
    max_leaves=4,
)
sound = dict(zip(NAMES, line(1).split(","), strict=True))
objects = st.one_of(
    st.dictionaries(keys, values, max_size=9).map(lambda found: json.dumps({**sound, **found})),
    st.dictionaries(keys, values, max_size=3).map(json.dumps),
    st.sampled_from(['{"quintana": NaN}', '{"quintana": Infinity}', '{"a": "\\quintana"}', '"quintana"']),
    st.sampled_from(
        ["quintana", '["quintana"]', '{"quintana": 1, "quintana": 2}', '{"quintana', "{quintana}"]
    ),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(
    st.lists(objects, min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
    st.integers(0, 10**6),
)
def test_json_lines_are_told_without_their_keys_and_values(
    tmp_path_factory: pytest.TempPathFactory, written: list[str], newline: str, seed: int
) -> None:
    content = "".join(text + newline for text in written).encode()
    chance = random.Random(seed)
    if chance.random() < 0.5:
        content = chance.choice(TEXT_MUTATIONS)(content, chance)
    declared = contract(format="jsonl", maximum_refused_rate=chance.choice([0.0, 1.0]))
    assert_outcome_is_untold(outcome(content, declared, tmp_path_factory.mktemp("json") / "job"))


def parquet_files() -> Iterator[bytes]:
    """Parquet files with a person in each position that the format has."""
    columns = {name: pa.array(values, TYPES[name]) for name, values in placements().items()}
    person = pa.array(["Zoë Quintana"] * 3)
    nested = pa.array([{"Quintana": "Zoë Quintana"}] * 3)
    in_zone = pa.array([datetime(2017, 1, 2, tzinfo=UTC)] * 3, pa.timestamp("us", tz="Etc/Quintana"))
    for changed in (
        columns | {"Zoë Quintana": person},
        {f"{name} Quintana": column for name, column in columns.items()},
        columns | {"week": person},
        columns | {"week": nested},
        columns | {"display": pa.array([["Quintana"]] * 3)},
        columns | {"display": pa.array([b"Quintana\xff"] * 3)},
        columns | {"starts_on": in_zone},
        columns | {"starts_on": pa.array([date(9999, 1, 1)] * 3)},
        columns | {"display": person},
        columns | {"Display\u00a0": person},
    ):
        target = io.BytesIO()
        table = pa.table(changed).replace_schema_metadata({"Quintana": "Zoë Quintana"})
        pq.write_table(table, target)
        yield target.getvalue()
        yield target.getvalue()[:-9]
        yield target.getvalue().replace(b"Quintana", b"Quintan\xff")
        yield target.getvalue()[:4] + b"Quintana" + target.getvalue()[12:]
    target = io.BytesIO()
    text = pa.array([b"Quintana\xff", b"0", b"0"]).view(pa.string())
    pq.write_table(pa.table(columns | {"display": text}), target)
    yield target.getvalue()
    yield from (b"Quintana,1\n", b"PAR1Quintana", b"PAR1QuintanaPAR1")


@pytest.mark.parametrize("number", range(len(list(parquet_files()))))
@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_parquet_is_told_without_its_names_and_values(tmp_path: Path, number: int, rate: float) -> None:
    assert PROMOTIONS.file is not None
    declared = replace(PROMOTIONS, file=replace(PROMOTIONS.file, maximum_refused_rate=rate))
    content = list(parquet_files())[number]
    assert_outcome_is_untold(outcome(content, declared, tmp_path / "job", "promotions_1.parquet"))


@pytest.mark.parametrize(
    "words", ["Quintana", "No space left on device: Quintana", "Out of Memory: Quintana"]
)
def test_a_fault_of_the_parser_is_told_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    import shopkeeper.landing.worker.parsing as room

    def fail(job: Job) -> None:
        raise ValueError(words)

    monkeypatch.setattr(room, "parse", fail)
    told = outcome(b"x", OF_PERSONS, tmp_path / "job")
    assert isinstance(told, FileRefusal) and told.reason == "PARSER_FAILED"
    assert told.detail.startswith("ValueError in test_no_value_is_told.py, line ")


FILES = {
    "lines_without_header.csv": "\n".join(lines(1, 2)).replace(",1.50", ",Quintana"),
    "lines_of_returns.csv": csv_text([line(1, note="Zoë Quintana")], newline="\r"),
    "lines_strange.csv": csv_text(lines(1), header=HEADER + ",Zoë Quintana"),
    "lines_wrong.csv": csv_text(
        [line(1), line(2, quantity="Quintana"), line(3, note='"Quintana'), "Quintana", line(4) + ",Quintana"]
    ),
    "lines_nested.csv": csv_text(
        [line(1), line(2, note='"TV'), line(3, note="Quintana"), line(4, note='2"')]
    ),
}


def test_nothing_that_a_landing_leaves_or_prints_tells_a_value(
    shop: Shop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.contracts = (replace(OF_PERSONS, file=replace(OF_PERSONS.file, pattern="lines_*.csv")),)
    for name, content in FILES.items():
        shop.drop(name, content)
    report = shop.land()
    assert {file.result for file in report.files} == {"accepted", "refused"}
    assert_untold(report, report.facts(), caplog.text)
    assert_untold(*(path.read_text() for path in shop.home.root.rglob("*.json")))
    found = quarantine.refusals(shop.home)
    assert len(found) == len(FILES)
    for entry in found:
        rows = quarantine.masked(shop.home, quarantine.show(shop.home, entry.batch_id), shop.contracts[0])
        printing.table("", rows.column_names, (row.values() for row in rows.to_pylist()))
    printing.table("", ("file", "reasons", "detail"), ((e.file_name, e.reasons, e.detail) for e in found))
    printed = capsys.readouterr()
    assert "lines_wrong.csv" in printed.out
    assert_untold(printed.out, printed.err)


def test_a_masked_json_record_shows_only_contracted_keys(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    json_lines = contract(
        {"note": {"classification": "sensitive"}, "product_id": {"pattern": "[0-9]{6}"}}, format="jsonl"
    )
    shop.contracts = (json_lines,)
    shop.take(
        json.dumps(sound) + "\n" + json.dumps({**sound, "Note": "Quintana", "Quintana": "\ud800"}) + "\n"
    )
    (row,) = quarantine.masked(shop.home, quarantine.show(shop.home, ""), json_lines).to_pylist()
    assert '"product_id": "900001"' in row["record"]
    assert_untold(row)


WRONG_PLACES = {
    "a name": "Zoë Quintana",
    "a mail address": "quintana@example.org",
    "a phone": "13800138000",
    "a household": "1042",
}
"""What a person is called by in columns of no person; a pattern of digits lets a phone pass."""


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize("what", WRONG_PLACES)
def test_a_person_in_a_wrong_column_is_masked(shop: Shop, what: str, format: str) -> None:
    strict = contract({"product_id": {"pattern": "[0-9]{4,11}"}}, format=format, maximum_refused_rate=1.0)
    shop.contracts = (strict,)
    value, names = WRONG_PLACES[what], [name for name in NAMES if what != "a household" or name == "note"]
    rows = [{**sound, "sold_at" if name == "quantity" else "quantity": "many", name: value} for name in names]
    if format == "csv":
        shop.take(csv_text([",".join(row[name] for name in NAMES) for row in rows]))
    else:
        shop.take("".join(json.dumps(row) + "\n" for row in rows))
    kept = quarantine.show(shop.home, "")
    assert kept.num_rows == len(names)
    told = str(quarantine.masked(shop.home, kept, strict).to_pylist())
    assert value not in told and "many" not in told
    assert "1.50" in told and (len(names) == 1 or "900001" in told)

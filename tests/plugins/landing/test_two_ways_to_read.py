"""The fast way and the careful way read the same rows, and the fast one is taken only where it is safe."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shop.files import HEADER, LINES, contract, csv_text, line, lines

from shopkeeper.contracts import Contract
from shopkeeper.landing.reading import csv_files
from shopkeeper.landing.reading.json_lines import read_json_lines, read_object, read_plain_json_lines
from shopkeeper.landing.reading.lines import MAXIMUM_LINE_BYTES, find_plain_lines
from shopkeeper.landing.reading.records import RowRefused, split
from shopkeeper.landing.reading.unpacking import Text
from shopkeeper.landing.refusals import FileRefused

CONNECTION = duckdb.connect(config={"threads": 1})
NAMES = tuple(HEADER.split(","))


def read(way: str, content: bytes, folder: Path, declared: Contract = LINES, encoding: str = "utf-8"):
    source, target = folder / "text", folder / f"{way}.parquet"
    source.write_bytes(content)
    arguments = Text(source, encoding), NAMES, declared, ","
    tally = (
        csv_files.read_plain(CONNECTION, *arguments, folder, target)
        if way == "plain"
        else csv_files.read_carefully(*arguments, target)
    )
    return None if tally is None else (tally, pq.read_table(target).to_pylist())


values = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1a\r\n\ufeff"), max_size=12)
row = st.lists(values, min_size=len(NAMES), max_size=len(NAMES)).filter(lambda row: "".join(row).strip(" \t"))
rows = st.lists(row, min_size=1, max_size=12)


@settings(deadline=None, max_examples=200)
@given(rows, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_both_readers_agree_on_what_a_csv_writer_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], newline: str, quoting: int
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([NAMES, *rows])
    folder = tmp_path_factory.mktemp("both")
    content = written.getvalue().encode()
    plain, careful = read("plain", content, folder), read("careful", content, folder)
    assert plain is not None and careful is not None
    assert plain[1] == careful[1]
    expected = [[value or None for value in row] for row in rows]
    assert [list(row.values())[:-1] for row in plain[1]] == expected
    assert [row["_line_number"] for row in plain[1]] == list(range(2, len(rows) + 2))


@pytest.mark.parametrize(
    "content",
    [
        csv_text([line(1), line(2, note='5" pan'), line(3, note='3" pan')]).encode(),
        csv_text([line(1, note='"open'), line(2, note='close"')]).encode(),
        csv_text([line(1, note='"a"b')]).encode(),
        csv_text([line(1), "", line(2)]).encode(),
        csv_text([line(1), ",,,,,,,", line(2)]).encode(),
        csv_text([line(1), " , ,\t", line(2)], newline="\r\n").encode(),
        csv_text([line(1), line(2, note="milk\x1a")]).encode(),
        csv_text([line(1) + "\r", line(2)]).encode(),
        csv_text([line(1), line(2, note="a\rb")]).encode(),
        csv_text([line(1), line(2, note="a\0b")]).encode(),
        csv_text([line(1), HEADER, line(2)]).encode(),
        csv_text([line(1), "\ufeff" + line(2)]).encode(),
        csv_text([line(1, note="é")]).encode("latin-1"),
        csv_text([line(1, note="x" * (MAXIMUM_LINE_BYTES + 1))]).encode(),
        csv_text([line(1), line(2, note='"a\nb"')]).encode(),
        csv_text([line(1), HEADER]).encode()[:-1],
    ],
)
def test_a_file_with_anything_doubtful_in_it_is_read_carefully(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text"
    path.write_bytes(content)
    assert find_plain_lines(path, ",") is None


@pytest.mark.parametrize("block", [37, 64, 1000])
def test_where_blocks_of_a_large_file_meet_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    import shopkeeper.landing.reading.lines as room

    monkeypatch.setattr(room, "BLOCK_BYTES", block)
    path = tmp_path / "text"
    path.write_bytes(csv_text([line(n, note='"a, ""b"""') for n in range(50)], newline="\r\n").encode())
    found = find_plain_lines(path, ",")
    assert found is not None and found.count == 51
    path.write_bytes(csv_text([*lines(*range(40)), HEADER, line(41)]).encode())
    assert find_plain_lines(path, ",") is None


def test_rows_that_the_parser_counts_otherwise_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shopkeeper.landing.reading.lines import PlainLines

    monkeypatch.setattr(csv_files, "find_plain_lines", lambda path, delimiter: PlainLines(5, 35, True))
    assert read("plain", csv_text(lines(1, 2, 3)).encode(), tmp_path) is None


def test_gb18030_is_read_fast_and_carefully_alike(tmp_path: Path) -> None:
    content = csv_text([line(1, note="牛奶|鸡蛋"), line(2, note='"酱油, 500ml"')]).encode("gb18030")
    plain = read("plain", content, tmp_path, contract(encoding="gb18030"), "gb18030")
    careful = read("careful", content, tmp_path, contract(encoding="gb18030"), "gb18030")
    assert plain is not None and careful is not None
    assert plain[1] == careful[1] and plain[1][0]["note"] == "牛奶|鸡蛋"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b", ["a", "b"]),
        ('"a,""b""",', ['a,"b"', ""]),
        ('""', [""]),
        ("", [""]),
        ('"a"b,c', None),
        ('a"b', None),
        ('"a', None),
    ],
)
def test_fields_are_split_by_the_letter_of_rfc_4180(text: str, fields: list[str] | None) -> None:
    if fields is None:
        with pytest.raises(RowRefused):
            split(text, ",")
    else:
        assert split(text, ",") == fields


def read_json(way: str, content: bytes, folder: Path):
    source, target = folder / "text", folder / f"{way}.parquet"
    source.write_bytes(content)
    reader = read_plain_json_lines if way == "plain" else read_json_lines
    tally = reader(Text(source, "utf-8"), contract(format="jsonl"), target)
    return None if tally is None else (tally, pq.read_table(target).to_pylist())


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | values
)
sold = st.fixed_dictionaries(dict.fromkeys(NAMES[:-1], scalars), optional={NAMES[-1]: scalars})
pieces = st.sampled_from(
    [",", "{", "}", '"', "[1]", "\n", "\r", "\ufeff", '"x": 1,', "NaN", "},{", " ", "1.10"]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(sold, min_size=1, max_size=9), st.booleans())
def test_both_readers_agree_on_what_a_json_writer_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], is_ascii: bool
) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=is_ascii) for row in rows).encode()
    folder = tmp_path_factory.mktemp("both")
    try:
        careful = read_json("careful", content, folder)
    except FileRefused:
        with pytest.raises(FileRefused):
            read_json("plain", content, folder)
        return
    assert read_json("plain", content, folder) == careful


@settings(deadline=None, max_examples=300)
@given(st.lists(sold, min_size=1, max_size=4), st.lists(st.tuples(st.integers(0, 400), pieces), max_size=3))
def test_damaged_json_lines_are_read_carefully_or_alike(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], damage: list[tuple[int, str]]
) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    for place, piece in damage:
        text = text[: place % len(text)] + piece + text[place % len(text) :]
    folder, found = tmp_path_factory.mktemp("both"), []
    for way in ("plain", "careful"):
        try:
            found.append(read_json(way, text.encode(), folder))
        except FileRefused as refused:
            found.append(refused.reason)
    assert found[0] is None or found[0] == found[1]


def test_one_object_on_two_lines_is_read_carefully(tmp_path: Path) -> None:
    name = NAMES[0]
    two_in_one, one_in_two = f'{{"{name}":1}},{{"{name}":2}}', f'{{"{name}":[{{"a":1}}\n{{"b":1}}]}}'
    assert read_json("plain", f"{two_in_one}\n{one_in_two}\n".encode(), tmp_path) is None
    across = f'{{"{name}":"x}}\n{{y"}}'
    assert read_json("plain", f"{two_in_one}\n{across}\n".encode(), tmp_path) is None


@pytest.mark.parametrize("block", [400, 900])
def test_where_blocks_of_json_lines_meet_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    import shopkeeper.landing.reading.json_lines as room

    content = "".join(json.dumps({name: f"{name} {n}" for name in NAMES}) + "\n" for n in range(60)).encode()
    careful = read_json("careful", content, tmp_path)
    monkeypatch.setattr(room, "_BLOCK_BYTES", block)
    assert read_json("plain", content, tmp_path) == careful


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1.10, "b": "x"}', ["1.10", "x"]),
        ('{"b": true}', [None, "true"]),
        ('{"a": 123456789012345678901234567890}', ["123456789012345678901234567890", None]),
        ('{"a": 1e3, "b": null}', ["1e3", None]),
    ],
)
def test_a_json_scalar_keeps_its_text_from_the_file(text: str, values: list[str | None]) -> None:
    assert read_object(text, ["a", "b"]) == values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "BAD_JSON"),
        ('{"a": NaN}', "BAD_JSON"),
        ('{"a": [1]}', "NOT_SCALAR"),
        ('{"c": 1}', "UNKNOWN_COLUMN"),
        ("[1]", "BAD_JSON"),
        ('{"a": 1', "BAD_JSON"),
        ("[" * 100_000, "BAD_JSON"),
        ('{"a": "\\ud800"}', "BAD_ENCODING"),
    ],
)
def test_a_json_line_must_be_one_plain_object(text: str, reason: str) -> None:
    with pytest.raises(RowRefused) as malformed:
        read_object(text, ["a", "b"])
    assert malformed.value.reason == reason

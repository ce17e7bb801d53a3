"""Records of a file = accepted + quarantined, on thousands of broken files, counted without landing's help.

What counts here are the physical lines of the mutated bytes; each must be in exactly one accepted or refused
record, an accepted one must say what Python's own reader finds on it, a refused one must be those bytes.
"""

import csv
import gzip
import hashlib
import io
import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.plugins.landing.mutants import Mutant, mutant, parquet_mutant
from tests.plugins.landing.test_parquet import PROMOTIONS, TYPES, placements
from tests.shop.files import HEADER

from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.landing.worker.parsing import parse

REDUCED = 300
FULL = 10_000
IN_PARQUET = 0.2
VALUES = ("31198570044", "90000", "gift", "牛奶", "DROP", "please", "[/red]", "\x1b")


def job_for(sample: Mutant, folder: Path) -> Job:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(sample.content)
    return Job(source, folder, sample.name, "b" * 64, sample.contract, datetime.now(UTC), 1500, 60)


def physical_lines(sample: Mutant) -> list[bytes]:
    """Return every line of the file without its line feed, the first one without a byte-order mark."""
    content = sample.content
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    if sample.contract.file and sample.contract.file.encoding == "utf-16":
        content = content.decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass")
    pieces = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return pieces if pieces[-1] else pieces[:-1]


def assert_conserved(sample: Mutant, parsed: AcceptedFile) -> None:
    fed = physical_lines(sample)
    lines = [piece.removesuffix(b"\r") for piece in fed]
    has_header = sample.contract.file is not None and sample.contract.file.format == "csv" and bool(lines)
    accepted = pq.read_table(parsed.accepted).to_pylist()
    refused = pq.read_table(parsed.quarantine).to_pylist() if parsed.quarantine else []
    covered = Counter({1: 1}) if has_header else Counter()
    for row in accepted:
        breaks = sum(value.count("\n") for value in row.values() if isinstance(value, str))
        covered.update(range(row["_line_number"], row["_line_number"] + breaks + 1))
    for row in refused:
        covered.update(range(row["line_number"], row["line_number"] + lines_of(row, fed)))
    blanks = b", \t" if has_header else b" \t"
    with_content = {number for number, text in enumerate(lines, 1) if text.strip(blanks)}
    assert max(covered.values(), default=1) == 1, "a line is in two records"
    assert with_content <= covered.keys(), f"lines vanished: {sorted(with_content - covered.keys())[:5]}"
    assert covered.keys() <= set(range(1, len(lines) + 1)), "lines were invented"
    assert parsed.record_count == len(accepted) + len(refused)
    assert (parsed.accepted_count, parsed.quarantined_count) == (len(accepted), len(refused))
    numbers = [row["_line_number"] for row in accepted]
    assert numbers == sorted(numbers), "raw is not in file order"
    for row in accepted:
        assert_faithful(sample, lines, row)
    if has_header:
        assert_outside_quotes(lines, [row["_line_number"] for row in accepted], covered_by(accepted))


def covered_by(accepted: list[dict]) -> set[int]:
    """Return the lines on which accepted records go on."""
    found = set[int]()
    for row in accepted:
        breaks = sum(value.count("\n") for value in row.values() if isinstance(value, str))
        found |= set(range(row["_line_number"] + 1, row["_line_number"] + breaks + 1))
    return found


def assert_outside_quotes(lines: list[bytes], starts: list[int], inner: set[int]) -> None:
    """No record begins on a line inside a quote that opens on a refused line before it and closes after it."""
    for number in range(2, len(lines) + 1):
        if number not in starts and number not in inner:
            last = closes_on(lines, number)
            inside = [start for start in starts if number < start <= last]
            assert not inside, f"the quote of line {number} closes on line {last}, lines {inside} are rows"


def closes_on(lines: list[bytes], number: int) -> int:
    """Return on which later line a quoted text ends that a line leaves open, or 0; character by character."""
    is_open, is_fresh = False, True
    for current in range(number, len(lines) + 1):
        text, place = lines[current - 1].decode("latin-1"), 0
        is_fresh = is_fresh if current == number else False
        while place < len(text):
            if is_open and text.startswith('""', place):
                place += 1
            elif is_open and text[place] == '"':
                is_open, carried = False, not is_fresh
                after = text[place + 1 :].split(",")[0]
                if carried and after.strip(" \t\r"):
                    return 0
                is_fresh = True
            elif not is_open and text[place] == '"' and (place == 0 or text[place - 1] == ","):
                is_open = True
            place += 1
        if not is_open:
            return current if current > number else 0
    return 0


def lines_of(row: dict, fed: list[bytes]) -> int:
    """Return over how many lines a refused record goes: those whose bytes have its hash."""
    start = row["line_number"] - 1
    for count in range(1, len(fed) + 1):
        joined = b"\n".join(fed[start : start + count])
        for whole in (joined, joined.removesuffix(b"\r")):
            if hashlib.sha256(whole).hexdigest() == row["record_sha256"]:
                assert whole.startswith(row["record"]) and row["is_truncated"] == (whole != row["record"])
                return count
    raise AssertionError(f"line {start + 1} was not kept as it came")


def assert_faithful(sample: Mutant, lines: list[bytes], row: dict) -> None:
    """The row says what Python's reader reads on its lines, trimmed as contracts do."""
    values = {name: value for name, value in row.items() if name != "_line_number"}
    start = row["_line_number"] - 1
    count = sum(value.count("\n") for value in values.values() if value) + 1
    encoding = sample.contract.file.encoding if sample.contract.file else "utf-8"
    encoding = "utf-8" if encoding == "utf-16" else encoding
    text = b"\n".join(lines[start : start + count]).decode(encoding)
    if sample.contract.file and sample.contract.file.format == "jsonl":
        found = json.loads(text, parse_int=str, parse_float=str)
        found = {k: str(v).lower() if isinstance(v, bool) else v for k, v in found.items()}
    else:
        header = lines[0].decode(encoding)
        (names,), (fields,) = csv.reader([header]), csv.reader(io.StringIO(text, newline=""))
        found = dict(zip(names, fields, strict=True))
    expected = {name: (found.get(name) or "").strip(" \t") or None for name in HEADER.split(",")}
    assert {name: value and value.replace("\r\n", "\n") for name, value in values.items()} == expected


def tell(sample: Mutant, outcome: AcceptedFile | FileRefusal, told: Counter) -> None:
    said = [outcome.detail] if isinstance(outcome, FileRefusal) else list(outcome.warnings)
    if isinstance(outcome, AcceptedFile) and outcome.quarantine:
        said += pq.read_table(outcome.quarantine)["detail"].to_pylist()
    assert not any(value in each for each in said for value in VALUES), f"{sample.story}: {said}"
    told[outcome.reason if isinstance(outcome, FileRefusal) else "accepted"] += 1
    assert not isinstance(outcome, FileRefusal) or outcome.reason != "PARSER_FAILED", (
        f"{sample.story}: {outcome}"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "count",
    [int(REDUCED * (1 - IN_PARQUET)), pytest.param(int(FULL * (1 - IN_PARQUET)), marks=pytest.mark.soak)],
)
def test_no_record_of_a_mutated_text_file_changes(tmp_path: Path, count: int) -> None:
    told: Counter = Counter()
    for seed in range(count):
        sample = mutant(seed)
        try:
            (outcome,) = parse([job_for(sample, tmp_path / "job")])
            tell(sample, outcome, told)
            if isinstance(outcome, AcceptedFile):
                assert_conserved(sample, outcome)
        except Exception as error:
            raise AssertionError(f"{sample.story}: {error}") from error
    print(dict(told.most_common()))
    assert told["accepted"] > count / 3, "the mutants are too broken to prove anything"
    assert len(told) > 5, "the mutants are too alike to prove anything"


def many_placements() -> dict[str, list]:
    return {name: values * 30 for name, values in placements().items()} | {"product_id": list(range(1, 91))}


@pytest.mark.parametrize("seed", [951, 1163])
def test_a_page_that_cannot_be_read_refuses_the_file(tmp_path: Path, parser: Parser, seed: int) -> None:
    sample = parquet_mutant(seed, PROMOTIONS, many_placements(), TYPES)
    outcome = parser.parse(job_for(sample, tmp_path / "job"))
    assert isinstance(outcome, FileRefusal) and outcome.reason == "UNREADABLE"


@pytest.mark.parametrize(
    "count", [int(REDUCED * IN_PARQUET), pytest.param(int(FULL * IN_PARQUET), marks=pytest.mark.soak)]
)
def test_no_row_of_a_mutated_parquet_file_is_lost(tmp_path: Path, parser: Parser, count: int) -> None:
    told: Counter = Counter()
    for seed in range(count):
        sample = parquet_mutant(seed, PROMOTIONS, many_placements(), TYPES)
        outcome = parser.parse(job_for(sample, tmp_path / "job"))
        tell(sample, outcome, told)
        if isinstance(outcome, AcceptedFile):
            stored = pq.read_metadata(pa.BufferReader(sample.content)).num_rows
            accepted = pq.read_table(outcome.accepted)
            refused = pq.read_table(outcome.quarantine).num_rows if outcome.quarantine else 0
            assert outcome.record_count == stored == accepted.num_rows + refused, sample.story
            weeks = accepted["week"].to_pylist()
            assert all(week is not None and 1 <= week <= 54 for week in weeks), sample.story
            assert None not in accepted["product_id"].to_pylist(), sample.story
    print(dict(told.most_common()))
    assert told["accepted"] > count / 10 and told["UNREADABLE"] > count / 10

"""Sound files, damaged as a careless sender, a bad disk or a joker would; all from one seed."""

import gzip
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.shop.files import HEADER, contract, csv_text, line

from shopkeeper.contracts import Contract

NOTES = ["", "", "gift", "牛奶", '"two, please"', '"5"" pan"', " padded ", "'; DROP TABLE", "=1+1", "é"]
NASTY = [
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff",
    b"\x80",
    b"\xef\xbb\xbf",
]
NASTY += [
    b'","',
    b'"\n',
    b'""",',
    b'\n"',
    b"\r\r\n",
    b"[/red]",
    b"\x1b[2J",
    "\u2028".encode(),
    "\u00a0".encode(),
    b"\xc4",
    b"\xed\xa0\x80",
    b"\x1a",
    b"\\",
    b"{",
    b"}",
    b"null",
    b"-",
    b".",
]


@dataclass(frozen=True)
class Mutant:
    """A file, its name, the contract that it falls under, and what was done to it."""

    name: str
    content: bytes
    contract: Contract
    story: str


def mutant(seed: int) -> Mutant:
    """Return the mutant of a seed: a sound file of some kind with one to four things done to it."""
    chance = random.Random(seed)
    kind = chance.choice(
        ["csv", "csv", "csv", "csv.gz", "newlines.csv", "gb18030.csv", "utf16.csv", "jsonl", "jsonl.gz"]
    )
    rate = chance.choice([1.0, 1.0, 1.0, 0.3])
    if kind.startswith("jsonl"):
        declared, content = _json_lines_contract(rate), _json_lines(chance)
    else:
        encoding = {"gb18030.csv": "gb18030", "utf16.csv": "utf-16"}.get(kind, "utf-8")
        may_break = kind == "newlines.csv"
        declared = contract(
            {"note": {"allows_newline": may_break, "max_length": 1000}},
            encoding=encoding,
            maximum_refused_rate=rate,
            minimum_rows=chance.choice([0, 1]),
        )
        content = _csv(chance, may_break).encode(encoding)
    done = [chance.choice(TEXT_MUTATIONS) for _ in range(chance.randint(1, 4))]
    if kind.endswith(".gz") and chance.random() < 0.3:
        content = gzip.compress(content, mtime=0)
        done = [chance.choice(BYTE_MUTATIONS)]
        content = done[0](content, chance)
    else:
        if kind.startswith("jsonl"):
            done.append(chance.choice(JSON_MUTATIONS))
        for mutation in done:
            content = mutation(content, chance)
        content = gzip.compress(content, mtime=0) if kind.endswith(".gz") else content
    return Mutant(
        f"lines_{kind}", content, declared, f"seed {seed}, {kind}: {', '.join(m.__name__ for m in done)}"
    )


def parquet_mutant(
    seed: int, declared: Contract, sound: dict[str, list[Any]], types: dict[str, Any]
) -> Mutant:
    """Return a Parquet file with bytes or values changed."""
    chance = random.Random(seed)
    columns = {name: list(values) for name, values in sound.items()}
    for _ in range(chance.randint(0, 3)):
        name, row = chance.choice(list(columns)), chance.randrange(len(columns["week"]))
        columns[name][row] = (
            chance.choice([None, columns[name][0]]) if name != "week" else chance.choice([None, 0, 60])
        )
    arrays = {name: pa.array(values, types[name]) for name, values in columns.items()}
    buffer = io.BytesIO()
    options = {
        "compression": chance.choice(["none", "snappy", "zstd"]),
        "use_dictionary": chance.random() < 0.5,
    }
    pq.write_table(pa.table(arrays), buffer, **options)
    content, done = buffer.getvalue(), []
    if chance.random() < 0.6:
        done = [chance.choice(BYTE_MUTATIONS) for _ in range(chance.randint(1, 3))]
        for mutation in done:
            content = mutation(content, chance)
    elif chance.random() < 0.5:
        done = [lie_in_the_footer]
        content = lie_in_the_footer(content, chance)
    return Mutant(
        "promotions_1.parquet", content, declared, f"seed {seed}: {', '.join(m.__name__ for m in done)}"
    )


def _csv(chance: random.Random, may_break: bool) -> str:
    inner = line(99, sales_value="500.00")
    spanning = [
        '"rings\ntwice"',
        '"a\n\nb"',
        '"<p class=""big"">\n<b>""</b>\n</p>"',
        f'"see\n{inner}\nthanks"',
    ]
    notes = NOTES + spanning if may_break else NOTES
    rows = [
        line(
            number,
            quantity=str(chance.randint(0, 9)),
            sales_value=f"{chance.randint(0, 99)}.{chance.randint(0, 99):02}",
            note=chance.choice(notes),
        )
        for number in range(1, chance.randint(5, 40))
    ]
    return csv_text(rows, newline=chance.choice(["\n", "\n", "\r\n"]))


def _json_lines_contract(rate: float) -> Contract:
    return contract({"note": {"max_length": 1000}}, format="jsonl", maximum_refused_rate=rate)


def _json_lines(chance: random.Random) -> bytes:
    rows = []
    for number in range(1, chance.randint(5, 40)):
        values = dict(zip(HEADER.split(","), line(number).split(","), strict=True))
        note = chance.choice(["gift", "牛奶", 'a \\"quote\\"', "\\u725b"])
        rows.append(
            "{"
            + ", ".join(f'"{name}": "{value}"' for name, value in values.items() if value)
            + f', "note": "{note}"'
            + "}"
        )
    return ("\n".join(rows) + "\n").encode()


def flip_a_bit(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def delete_bytes(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + content[place + chance.choice([1, 1, 2, 10]) :]


def insert_something_nasty(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(NASTY) + content[place:]


def overwrite_with_noise(content: bytes, chance: random.Random) -> bytes:
    place, size = chance.randrange(len(content) + 1), chance.randint(1, 30)
    return content[:place] + chance.randbytes(size) + content[place + size :]


def cut_the_end(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def append_noise(content: bytes, chance: random.Random) -> bytes:
    return content + chance.choice(
        [b"\0" * 10, b"x", b"\n", b"\n\n", b"\r", chance.randbytes(5), content[:50]]
    )


def _on_lines(
    change: Callable[[list[bytes], random.Random], list[bytes]],
) -> Callable[[bytes, random.Random], bytes]:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        return b"\n".join(change(content.split(b"\n"), chance))

    mutate.__name__ = change.__name__
    return mutate


@_on_lines
def repeat_a_line(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    return [*lines[: place + 1], *lines[place : place + chance.choice([1, 3])], *lines[place + 1 :]]


@_on_lines
def drop_a_line(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    return lines[:place] + lines[place + 1 :]


@_on_lines
def swap_two_lines(lines: list[bytes], chance: random.Random) -> list[bytes]:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return lines


@_on_lines
def put_the_header_in_again(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    return [*lines[:place], lines[0], *lines[place:]]


@_on_lines
def change_the_delimiter(lines: list[bytes], chance: random.Random) -> list[bytes]:
    other = chance.choice([b";", b"\t", b"|", b",,"])
    chosen = range(len(lines)) if chance.random() < 0.2 else [chance.randrange(len(lines))]
    return [text.replace(b",", other) if place in chosen else text for place, text in enumerate(lines)]


@_on_lines
def change_line_endings(lines: list[bytes], chance: random.Random) -> list[bytes]:
    ending = chance.choice([b"\r", b"\r\r", b" ", b"\t"])
    return [text + ending if chance.random() < 0.3 else text for text in lines]


@_on_lines
def put_blank_lines_in(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines) + 1)
    return [*lines[:place], *chance.choice([[b""], [b"", b""], [b"\r"], [b" "]]), *lines[place:]]


@_on_lines
def recode_a_line(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    text = (lines[place] + "牛奶é".encode()).decode("utf-8", "replace")
    lines[place] = text.encode(chance.choice(["gb18030", "utf-16-le", "latin-1", "utf-8-sig"]), "replace")
    return lines


@_on_lines
def lengthen_a_line(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    lines[place] += chance.choice([b"x", b'"', b","]) * chance.choice([100, 2000, 70_000, 1_100_000])
    return lines


@_on_lines
def put_rows_of_delimiters_in(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(1, len(lines) + 1)
    return [
        *lines[:place],
        *[chance.choice([b",,,,,,,", b",", b" , "])] * chance.randint(1, 30),
        *lines[place:],
    ]


@_on_lines
def misplace_a_quote(lines: list[bytes], chance: random.Random) -> list[bytes]:
    for place in chance.sample(range(len(lines)), min(len(lines), chance.choice([1, 1, 2, 3]))):
        fields = lines[place].split(b",")
        chosen = chance.randrange(len(fields))
        fields[chosen] = chance.choice([b'"%s', b'%s"', b'"%s""', b'%s" ']) % fields[chosen]
        lines[place] = b",".join(fields)
    return lines


@_on_lines
def change_the_header(lines: list[bytes], chance: random.Random) -> list[bytes]:
    names = lines[0].split(b",")
    place = chance.randrange(len(names))
    hidden = chance.choice(["\u200b", "\u00a0", "\ufeff", "\x1b[2J", "\t"]).encode()
    more = chance.choice([[b""], [b"[/red]"], [b"c%d" % number for number in range(3000)]])
    if chance.random() < 0.5:
        names[place] += hidden
    else:
        names[place:place] = more
    return [b",".join(names), *lines[1:]]


def end_lines_otherwise(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"\n", chance.choice([b"\r", b"\r\r\n", b"\n\r"]))


def end_as_dos_does(content: bytes, chance: random.Random) -> bytes:
    return content + chance.choice([b"\x1a", b"\x1a\r\n", b"\x1a" * 100])


def encode_otherwise(content: bytes, chance: random.Random) -> bytes:
    text = content.decode(chance.choice(["utf-8", "gb18030"]), "replace")
    return text.encode(chance.choice(["utf-8", "gb18030", "big5", "latin-1", "utf-16"]), "replace")


def send_something_else(content: bytes, chance: random.Random) -> bytes:
    starts = [b"PK\x03\x04xl/", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<!DOCTYPE html>\n", b"PAR1\x15"]
    return chance.choice(starts) + content


@_on_lines
def change_a_key(lines: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(lines))
    names = [b'"quantity"', b'"product_id"', b'"note"']
    other = chance.choice(
        [b'"Quantity"', b'"\\ud800"', b'"\\udfff\\ud800"', b'"QUANTITY"', b'"[/red]"', b'"note"']
    )
    lines[place] = lines[place].replace(chance.choice(names), other)
    return lines


def rename_a_key_everywhere(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b'"product_id"', chance.choice([b'"productId"', b'"note"', b'"Product_ID"']))


def halve_a_character(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"gift", chance.choice([b"\\ud83d", b"\\udc00\\ud800", b"\\u0000"]), 1)


def lie_in_the_footer(content: bytes, chance: random.Random) -> bytes:
    """Change bounds and counts of nulls that the footer gives, where they stand as such."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[start:]
    for week in (0, 54, 60, 1):
        footer = footer.replace(week.to_bytes(8, "little"), chance.choice([1, 54]).to_bytes(8, "little"))
    footer = footer.replace(b"\x16\x02", b"\x16\x00") if chance.random() < 0.3 else footer
    return content[:start] + footer


BYTE_MUTATIONS = [flip_a_bit, flip_a_bit, delete_bytes, overwrite_with_noise, cut_the_end, append_noise]
TEXT_MUTATIONS = [
    *(flip_a_bit, flip_a_bit, delete_bytes, overwrite_with_noise, cut_the_end, append_noise),
    *(insert_something_nasty, insert_something_nasty, insert_something_nasty, insert_something_nasty),
    *(repeat_a_line, drop_a_line, swap_two_lines, put_the_header_in_again, change_the_delimiter),
    *(change_line_endings, put_blank_lines_in, recode_a_line, lengthen_a_line),
    *(put_rows_of_delimiters_in, misplace_a_quote, misplace_a_quote, misplace_a_quote, change_the_header),
    *(end_lines_otherwise, end_as_dos_does, encode_otherwise, send_something_else),
]
JSON_MUTATIONS = [change_a_key, change_a_key, rename_a_key_everywhere, halve_a_character]

"""Files that are not the declared text never land as other characters, and are named correctly."""

import gzip
import io
import random
import zipfile

import pytest
from tests.plugins.landing.test_json_lines import as_object
from tests.shop.files import HEADER, Shop, contract, csv_text, line, lines

IN_GB18030 = contract(encoding="gb18030", maximum_refused_rate=1.0)
TRADITIONAL = ["經典牛奶", "放養雞蛋", "醬油膏", "臺灣烏龍茶葉"]


def named(*notes: str) -> str:
    return csv_text([line(number, note=note) for number, note in enumerate(notes, 1)])


def zipped(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.contracts = (IN_GB18030,)
    return shop


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (named("上海", "北京").encode(), "UTF-8"),
        (named("", "海").encode(), "UTF-8"),
        (named(*["Shanghai"] * 3000, "上海市浦东新区", "北京市海淀区", "广州市").encode(), "UTF-8"),
        (named("上海", "广州", "北京").encode().replace("京".encode(), b"\xe4\xba"), "UTF-8"),
        (named("Café crème", "Müller").encode(), "UTF-8"),
        (named("Привет", "молоко").encode(), "UTF-8"),
        (named("Café crème", "Müller", "Señora").encode("latin-1"), "Western"),
        (named(*TRADITIONAL).encode("big5"), "Big5"),
        (named("牛奶").encode("utf-16"), "UTF-16"),
        (b"\xef\xbb\xbf" + named("milk").encode(), "UTF-8"),
    ],
)
def test_another_encoding_than_gb18030_refuses_the_file(shop: Shop, content: bytes, found: str) -> None:
    landed = shop.take(content)
    assert landed.result == "refused" and landed.detail.startswith("WRONG_ENCODING"), landed.detail
    assert found in landed.detail
    assert shop.raw() == []


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_of_another_encoding_are_refused_too(shop: Shop, packed: bool) -> None:
    shop.contracts = (contract(format="jsonl", encoding="gb18030", maximum_refused_rate=1.0),)
    content = f"{as_object(1, note='milk')}\n{as_object(2, note='上海')}\n".encode()
    landed = shop.take(gzip.compress(content) if packed else content, "lines_1.jsonl")
    assert landed.detail.startswith("WRONG_ENCODING") and "UTF-8" in landed.detail


@pytest.mark.parametrize(
    "notes",
    [
        ["茅台"],  # as UTF-8 it would be letters that join into é̡
        ["女", "女", "女", "女", "女", "女", "女", "女", "女"],
        ["女M", "女L"],
        ["wifi猫", "牛奶"],
        ["牛奶", "鸡蛋（十二枚）", "龘"],
        TRADITIONAL,
        ["環球", "發", "Hello 髮"],
        ["牛奶"] * 50,
        ["", "plain"],
    ],
)
def test_gb18030_lands_as_it_was_written(shop: Shop, notes: list[str]) -> None:
    landed = shop.take(named(*notes).encode("gb18030"))
    assert landed.accepted_count == len(notes), landed.detail
    assert [row["note"] for row in shop.raw()] == [note or None for note in notes]


def test_a_utf_8_line_in_gb18030_costs_only_itself(shop: Shop) -> None:
    rows = [line(number, note=note) for number, note in enumerate(["牛奶", "上海", "鸡蛋", "酱油"], 1)]
    content = b"".join(row.encode("utf-8" if "上海" in row else "gb18030") + b"\n" for row in [HEADER, *rows])
    shop.take(content)
    assert shop.numbers() == [1, 3, 4]
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [("BAD_ENCODING", 3)]


GERMAN = ["Müller & Söhne", "„Spaß“ – 10 €", "KÖLN", "Gruß…", "Tee"]


def test_a_code_page_lands_as_it_was_written(shop: Shop) -> None:
    shop.contracts = (contract(encoding="windows-1252"),)
    assert shop.take(named(*GERMAN).encode("windows-1252")).result == "accepted"
    assert [row["note"] for row in shop.raw()] == GERMAN
    shop.contracts = (contract(encoding="windows-1250"),)
    assert shop.take(named("Łódź", "Žižkov").encode("windows-1250"), "lines_2.csv").result == "accepted"
    assert [row["note"] for row in shop.raw()][-2:] == ["Łódź", "Žižkov"]


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", ["Müller", "Café"]), ("utf-8", ["上海"]), ("utf-8-sig", ["Tee"]), ("utf-16", ["Müller"]),
     ("gb18030", ["上海", "北京市海淀区"])],
)  # fmt: skip
def test_another_encoding_than_a_code_page_refuses_the_file(
    shop: Shop, encoding: str, notes: list[str]
) -> None:
    shop.contracts = (contract(encoding="windows-1252", maximum_refused_rate=1.0),)
    assert shop.take(named(*notes).encode(encoding)).detail.startswith("WRONG_ENCODING")


def test_shift_jis_lands_as_it_was_written(shop: Shop) -> None:
    shop.contracts = (contract(encoding="cp932", maximum_refused_rate=1.0),)
    notes = ["おにぎり（鮭）", "①表示", "ｶﾀｶﾅ"]
    assert shop.take(named(*notes).encode("cp932")).result == "accepted"
    assert [row["note"] for row in shop.raw()] == notes
    assert shop.take(named(*notes).encode(), "lines_2.csv").detail.startswith("WRONG_ENCODING")


def test_a_utf_8_line_in_a_code_page_costs_itself(shop: Shop) -> None:
    shop.contracts = (contract(encoding="windows-1252", maximum_refused_rate=1.0),)
    rows = [line(number, note=note) for number, note in enumerate(["Müller", "Größe", "20 °C", "Tee"], 1)]
    content = b"".join(
        row.encode("utf-8" if "°" in row else "windows-1252") + b"\n" for row in [HEADER, *rows]
    )
    shop.take(content)
    assert shop.numbers() == [1, 2, 4]
    assert [(row["reason"], row["line_number"]) for row in shop.quarantined()] == [("BAD_ENCODING", 4)]


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "latin-1", "cp1252"])
def test_a_file_that_is_not_utf_8_is_refused(shop: Shop, encoding: str) -> None:
    shop.contracts = (contract(maximum_refused_rate=0.1),)
    notes = ["Café", "Müller"] if encoding in ("latin-1", "cp1252") else ["經典", "放養"]
    landed = shop.take(named("milk", *notes, "bread").encode(encoding))
    assert (
        landed.detail
        == "WRONG_ENCODING: 2 lines are not utf-8, the first is line 3; the contract declares utf-8"
    )


@pytest.mark.parametrize(
    "content", [named("milk").encode(), named("上海").encode(), named("上海").encode("gb18030")]
)
def test_text_of_single_bytes_is_not_read_as_utf_16(shop: Shop, content: bytes) -> None:
    shop.contracts = (contract(encoding="utf-16"),)
    assert shop.take(content).detail.startswith("WRONG_ENCODING: it reads like an encoding of single bytes")


def test_half_a_character_of_utf_16_costs_only_its_line(shop: Shop) -> None:
    shop.contracts = (contract(encoding="utf-16"),)
    rows = [line(1), line(2, note="\ud800 milk"), line(3, note="牛奶")]
    shop.take(csv_text(rows).encode("utf-16", "surrogatepass"))
    assert shop.numbers() == [1, 3] and shop.reasons() == ["BAD_ENCODING"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel file"),
        (zipped("lines_1.csv"), "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Excel file of the old format"),
        (b"%PDF-1.7\n1 0 obj\n", "a PDF"),
        (b"\n<!DOCTYPE html>\n<html><body>please log in</body></html>\n", "a web page"),
        (b"\x28\xb5\x2f\xfd" + bytes(40), "compressed by zstd"),
        (b"<?xml version='1.0'?><Workbook/>\n", "XML"),
    ],
)
@pytest.mark.parametrize("name", ["lines_1.csv", "lines_1.csv.gz"])
def test_a_file_of_another_kind_is_called_what_it_is(
    shop: Shop, content: bytes, kind: str, name: str
) -> None:
    shop.contracts = (contract(),)
    landed = shop.take(content, name)
    assert landed.result == "refused" and landed.detail.startswith(f"WRONG_FORMAT: it is {kind}"), (
        landed.detail
    )
    packed = shop.take(gzip.compress(content), f"packed_{name}".replace("packed_lines", "lines_packed"))
    assert packed.detail == landed.detail


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (csv_text(lines(1, 2), newline="\r"), "LINE_ENDINGS", "CR alone"),
        (csv_text(lines(1, 2), newline="\r") + "\n", "LINE_ENDINGS", "CR alone"),
        (csv_text(lines(1, 2), newline="\r\r\n"), "LINE_ENDINGS", "CR CR LF"),
        (csv_text(lines(1, 2), newline="\r\n") + "\x1a", "END_OF_FILE_MARK", "Ctrl-Z"),
        (csv_text(lines(1, 2), newline="\r\n") + "\x1a\r\n", "END_OF_FILE_MARK", "Ctrl-Z"),
        (csv_text(lines(1, 2))[:-1] + "\x1a" * 30, "END_OF_FILE_MARK", "Ctrl-Z"),
    ],
)
def test_other_ends_of_lines_and_files_are_named(shop: Shop, content: str, reason: str, said: str) -> None:
    shop.contracts = (contract(),)
    landed = shop.take(content)
    assert landed.result == "refused" and landed.detail.startswith(reason) and said in landed.detail
    assert "31198570044" not in landed.detail


@pytest.mark.parametrize(("newline", "said"), [("\r", "CR alone"), ("\r\r\n", "CR CR LF")])
def test_json_lines_with_other_ends_are_named_too(shop: Shop, newline: str, said: str) -> None:
    shop.contracts = (contract(format="jsonl"),)
    landed = shop.take(newline.join([as_object(1), as_object(2), ""]), "lines_1.jsonl")
    assert landed.detail.startswith("LINE_ENDINGS") and said in landed.detail


def test_ctrl_z_between_joined_files_costs_only_its_row(shop: Shop) -> None:
    shop.contracts = (contract(),)
    shop.take(csv_text([line(1), "\x1a" + line(2), line(3)]))
    assert shop.numbers() == [1, 3] and shop.reasons() == ["CONTROL_CHARACTER"]


def test_random_bytes_are_never_a_crash(shop: Shop) -> None:
    chance = random.Random(7)
    for number in range(30):
        landed = shop.take(HEADER.encode() + b"\n" + chance.randbytes(3000), f"lines_{number}.csv")
        assert "PARSER" not in landed.detail


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"ARROW1\0\0\xff\xff", "an Arrow file"),
        (b"Obj\x01\x04\x14avro.codec", "an Avro file"),
        (b"PK\x05\x06" + b"\0" * 18, "an empty zip archive"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"<table><tr><td>basket_id</td></tr></table>", "a web page"),
        (b"\0" * 4096, "filled with NUL bytes"),
        (b"lines.csv".ljust(257, b"\0") + b"ustar", "a tar archive"),
        (csv_text(lines(1)).encode("utf-32"), "UTF-32"),
    ],
)
def test_what_is_no_utf16_is_not_called_so(shop: Shop, content: bytes, found: str) -> None:
    for name in ("lines_1.csv", "lines_1.csv.gz"):
        landed = shop.take(content if name.endswith("csv") else gzip.compress(content), name)
        assert found in landed.detail and "UTF-16" not in landed.detail

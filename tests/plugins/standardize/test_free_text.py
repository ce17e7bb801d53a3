"""Free text loses the identifiers of persons and nothing else: hard texts one by one, generated texts by their share."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.standardize.generated_texts import FOLDER, Made, make_texts

from shopkeeper import standardize
from shopkeeper.standardize import free_text

KINDS = {
    "phone": [
        "mobile",
        "mobile_spaced",
        "mobile_full",
        "mobile_wide",
        "landline",
        "uk_mobile",
        "uk_phone",
        "uk_phone_intl",
    ],
    "email": ["email"],
    "wechat": ["wechat"],
    "qq": ["qq"],
    "id": ["id_card", "ni"],
    "bank_card": ["bank_card", "bank_card_spaced"],
    "address": ["postcode", "address_en", "address_zh", "address_zh_t"],
    "name with a cue": ["zh", "zh_t", "title_zh", "en", "title_en", "first", "surname", "py"],
    "name without": ["zh_bare", "en_bare", "first_bare"],
}
RECALL = {"address": 0.97, "name with a cue": 0.97, "name without": 0.9}
KIND_OF = {placeholder: kind for kind, placeholders in KINDS.items() for placeholder in placeholders}
LATIN_NAMES = {"en", "en_bare", "first", "first_bare", "surname", "title_en", "py"}


def read_cases(file: Path) -> list[tuple[str, str]]:
    """Return texts and what they become; `=` means that nothing changes."""
    cases = []
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        text, expected = (part.replace("\\n", "\n").replace("\\u200b", "\u200b") for part in line.split("\t"))
        cases.append((text, text if expected == "=" else expected))
    return cases


CASES = read_cases(FOLDER / "cases.tsv")


def redact(texts: list[str | None], **options: str) -> pa.Table:
    return standardize.redact_texts(pa.array(texts, pa.string()), **options)


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[ascii(text)[1:-1] for text, _ in CASES])
def test_a_hard_text_loses_its_identifiers_alone(text: str, expected: str) -> None:
    (row,) = redact([text]).to_pylist()
    assert row["text"] == expected
    marks = re.findall(r"\[([a-z_]+)\]", row["text"])
    assert [each["kind"] for each in row["found"]] == marks
    pieces = re.split(r"\[[a-z_]+\]", row["text"])
    values = [each["value"] for each in row["found"]] + [""]
    assert "".join(piece + value for piece, value in zip(pieces, values, strict=True)) == text


def test_the_table_of_hard_texts_covers_both_languages() -> None:
    chinese = sum(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text, _ in CASES)
    unchanged = sum(text == expected for text, expected in CASES)
    assert len(CASES) >= 150
    assert min(chinese, len(CASES) - chinese) >= 60
    assert unchanged >= 50


def is_gone(placeholder: str, value: str, text: str) -> bool:
    """Return whether no part of an identifier that says something is left."""
    if placeholder in LATIN_NAMES:
        parts = [part for part in value.split() if len(part) > 2]
        return not any(re.search(rf"(?<![A-Za-z]){re.escape(part)}(?![A-Za-z])", text) for part in parts)
    if KIND_OF[placeholder] == "address":
        parts = re.split(r"[ ,]+|(?<=[省市区路道街号栋楼元幢樓])", value)
        return not any(part in text for part in parts if len(part) > 1)
    if placeholder == "title_zh":
        value = re.sub("(?:先生|女士|老师|经理|小姐)$", "", value)
    parts = [part for part in re.split(r"\D+", value) if len(part) > 3] if value[:1] in "+(0123456789" else []
    return not any(part in text for part in [value, *parts])


def measure(texts: list[Made]) -> dict[str, float]:
    """Return the share of identifiers that went, by kind."""
    total: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    rows = redact([made.text for made in texts])["text"].to_pylist()
    for made, row in zip(texts, rows, strict=True):
        for placeholder, value in made.identifiers:
            total[KIND_OF[placeholder]] += 1
            gone[KIND_OF[placeholder]] += is_gone(placeholder, value, row)
    return {kind: gone[kind] / total[kind] for kind in KINDS}


@pytest.mark.parametrize("templates", ["known", "held_out"])
def test_generated_texts_lose_nearly_every_identifier(templates: str) -> None:
    shares = measure(make_texts(templates, 900, seed=11))
    low = {kind: share for kind, share in shares.items() if share < RECALL.get(kind, 0.99)}
    assert not low


@pytest.mark.parametrize("templates", ["known_clean", "held_out_clean"])
def test_generated_texts_without_identifiers_stay(templates: str) -> None:
    texts = [made.text for made in make_texts(templates, 900, seed=11)]
    rows = redact(texts)["text"].to_pylist()
    changed = sum(text != row for text, row in zip(texts, rows, strict=True))
    assert changed <= 0.01 * len(texts)


def test_what_stands_between_identifiers_stays() -> None:
    touched = defaultdict(list)
    texts = make_texts("known", 300, seed=12)
    for made, row in zip(texts, redact([made.text for made in texts])["text"].to_pylist(), strict=True):
        touched["texts"] += [row] if not all(piece in row for piece in made.kept) else []
    assert len(touched["texts"]) <= 3


def test_a_null_text_stays_null() -> None:
    found = redact([None, "", "电话13912345678"])
    assert found["text"].to_pylist() == [None, "", "电话[phone]"]
    assert found["found"].to_pylist() == [None, [], [{"kind": "phone", "value": "13912345678"}]]


def test_a_text_of_many_pages_is_read_whole() -> None:
    (row,) = redact(["很好，" * 1_000 + "电话13912345678"])["text"].to_pylist()
    assert row.endswith("很好，电话[phone]")


def test_a_text_on_which_a_library_fails_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, region: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr(free_text, "redact_text", fail)
    assert redact(["电话13912345678"]).to_pylist() == [{"text": None, "found": None}]


def test_an_unknown_region_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="no region 'UK'"):
        redact(["x"], region="UK")


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.sampled_from("王芳李明先生收寄到路号室 ，:.@-+0123456789MrsEmaon\u200b\n\0７·电话微信qQ"),
        max_size=60,
    )
)
def test_no_text_raises_and_pieces_join_again(text: str) -> None:
    redacted, found = free_text.redact_text(text)
    assert len(redacted) == len(text) + sum(len(f"[{each['kind']}]") - len(each["value"]) for each in found)
    assert all(each["value"] in text for each in found)

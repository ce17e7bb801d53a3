"""Names of persons in one order, width and script, split into family and given name where that is certain.

Chinese names are in `chinese_names`, names in Latin letters in `latin_names`; nicknames are left out.
"""

import re
from concurrent.futures import Executor

import pyarrow as pa

from shopkeeper.standardize.chinese_names import DOTS, HAN, join_chinese_name, read_chinese_name
from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.latin_names import LATIN, read_latin_name
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import is_masked, says_nothing

PARTS = pa.schema(
    [
        ("name", pa.string()),
        ("family_name", pa.string()),
        ("given_name", pa.string()),
        ("name_pinyin", pa.string()),
    ]
)

_ORGANISATION = re.compile(
    r".{2}(?:公司|集团|超市|商店|门店|旗舰店|酒店|学校|大学|医院|银行|工厂|事务所|工作室)|\b(?:ltd|limited|inc|llc|plc|gmbh|corp|co\.)(?:\W|$)",
    re.IGNORECASE,
)
_NICKNAME = re.compile(r"\s*[(【\[「\"“][^()【】\[\]「」\"“”]*[)】\]」\"”]\s*")
_HIDDEN = re.compile(
    rf"^[{HAN}]某|某某|^[xX]{{2,}}$|^[{HAN}][xX]{{1,3}}$|^[xX]{{1,2}}[{HAN}]+$|^[{HAN}]?\*+[{HAN}]?$"
)
_HAS_HAN, _HAS_LATIN = re.compile(f"[{HAN}]"), re.compile(f"[{LATIN}]")
_NOBODY = frozenset(words()["names"]["nobody"].split())
_TESTS = frozenset(words()["names"]["tests"].split())
_EXAMPLES = frozenset(frozenset(name.split()) for name in words()["names"]["examples"])


def standardize_names(values: Texts, pool: Executor | None = None) -> pa.Table:
    """Return `name`, `family_name`, `given_name`, `name_pinyin` and `reason` of each value.

    A Chinese name is simplified, without spaces: `欧阳娜娜`, with pinyin `Ouyang Nana`. A name in Latin
    letters is `Smith, John`. The parts are null if the name does not show where it divides.
    """
    return standardize_column(values, read_name, PARTS, pool)


def read_name(text: str) -> tuple[str, str | None, str | None, str | None] | Reason:
    """Return one name, its family and given part, and its pinyin if it is Chinese."""
    text = _NICKNAME.sub(" ", text).strip()
    is_chinese, is_latin = _HAS_HAN.search(text), _HAS_LATIN.search(text)
    if is_chinese and not is_latin:
        text = join_chinese_name(text)
    if says_nothing(text) or text.casefold() in _NOBODY or _is_example(text):
        return Reason.PLACEHOLDER
    if _ORGANISATION.search(text):
        return Reason.NOT_A_PERSON
    if is_masked(text) or _HIDDEN.search(text):
        return Reason.MASKED
    if re.search(r"[;/、&+]| and ", text, re.IGNORECASE):
        return Reason.SEVERAL
    if re.search(r"\d", text) or not text:
        return Reason.MALFORMED
    if is_chinese and is_latin:
        return Reason.MIXED_SCRIPTS
    if is_chinese:
        return read_chinese_name(text) if re.fullmatch(f"[{HAN}{DOTS}]+", text) else Reason.MALFORMED
    if is_latin:
        return read_latin_name(text)
    return Reason.UNKNOWN if any(letter.isalpha() for letter in text) else Reason.MALFORMED


def _is_example(text: str) -> bool:
    """Whether a name tests a form, or is one that forms show: `Test User`, 测试账号, `DOE, John`."""
    found = frozenset(re.findall(r"\w+", text.casefold()))
    return text.startswith("测试") or found in _EXAMPLES or not found.isdisjoint(_TESTS)

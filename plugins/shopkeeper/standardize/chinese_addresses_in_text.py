"""Finds postal addresses in Chinese letters in free text: a street or an estate with a number.

A street, a town or a shop without a number is no address of a person and stays.
"""

import re
from collections.abc import Iterator

from shopkeeper.standardize.divisions import find_divisions, names_begin
from shopkeeper.standardize.spans import Span

_HAN = "\u4e00-\u9fff"
_COUNT = (
    r"(?:[A-Z]\d{1,2}-[A-Z](?=[座栋幢区])|[A-Za-z]?\d{1,5}(?:[-/]\d{1,5}){0,3}[A-Za-z]?|[一二三四五六七八九十百零甲乙丙丁]{1,4}|"
    r"[A-Z](?:\d?-[A-Z0-9])?(?=[座栋幢区]))"
)
_PLACE_WORD = (
    "(?:大道|胡同|社区|小区|花园|家园|公寓|广场|大厦|中心|新村|工业园|开发区|公馆|名都|路|街|道|巷|里|村|镇|乡|庄|屯|苑|城|园|府|湾|"
    "庭|居|邸|厂|校|大学|学院|医院|坊|轩|台|堤|围|营|堡|寨|沟|段|区)"
)
_FIRM = r"(?:号院|号楼|号|弄|栋|幢|单元|室|组|队|巷|房)"
_PART = rf"(?:[之附#、\s]?(?:东|西|南|北)?(?:区|门)?{_COUNT}\s?(?:{_FIRM}|楼|层|座|户|区|#)?)"
_CORE = re.compile(
    rf"{_PLACE_WORD}(?:[东南西北中]?[一二三四五六七八九十]?[路段街区]?)\s?{_COUNT}\s?(?:{_FIRM}|[座区期](?=\s?{_COUNT}))"
)
_REST = re.compile(
    rf"(?:{_PART}|[,\s]?[{_HAN}]{{1,10}}?{_PLACE_WORD}(?=\s?{_COUNT}\s?(?:{_FIRM}|楼|层|"
    rf"座|区))|[{_HAN}]{{2,8}}?(?:小区|花园|大厦|公寓|广场|宿舍|家园|大楼|大院)|门面|商铺|宿舍|菜鸟驿站|丰巢柜?|快递柜|门卫|"
    rf"前台){{0,12}}"
)
_NOT_A_PART = re.compile(r"[,\s、]*(?:1[3-9]\d{9}|\d{7,})")
_WHOLE_CHAIN = re.compile(
    rf"[{_HAN}]{{2,12}}?(?:路|街|大道|镇|乡|村|小区|花园|大厦|公寓|广场|家园|社区|新村|苑|学院|大学|医院|中学|小学)(?![{_HAN}]*(?:店|"
    rf"分公司|专柜|都|很|没))"
)
_BOUNDARY = re.compile(
    r"改寄到?|寄到|寄往|送到|送去|送至|发到|发往|发去|改成|改为|改到|换成|地址(?:就|应该)?(?:是|为|写)?|住(?:在|址)?|家在|是在|"
    r"公司在|就在|位于|在|到|至|去|给|是|为|我家|有|[:,]"
)
_ADDRESS_WORD = re.compile(
    r"(?:地址(?:是|为|改成|改为)?|寄到|寄往|寄|送到|送至|发到|发往|住在|住|改成|改到|改为|到|[:,\s])\s*[:]?\s*$"
)
_ABOVE = re.compile(rf"(?:[{_HAN}]{{1,4}}[市区县省])+$")
_MAY_HOLD_CHAIN = re.compile("[省市区县州].{0,20}[路街道镇乡村区园厦寓场苑学院]")
_STOP = re.compile(r"[。.!?;,\n\0\"'()【】「」《》|]")


def find_chinese_addresses(text: str) -> Iterator[Span]:
    """Yield the addresses of folded text; they may overlap."""
    end = 0
    for found in _CORE.finditer(text):
        if found.start() < end:
            continue
        end = _end(text, found.end())
        start = _start(text, found.start())
        if start is not None:
            yield start, end, "address"
    for at in names_begin(text) if _MAY_HOLD_CHAIN.search(text) else ():
        if at < end or (not _ADDRESS_WORD.search(text[max(0, at - 8) : at]) and at):
            continue
        after, count = _chain(text, at)
        street = _WHOLE_CHAIN.match(text, after) if count > 1 and after - at > 4 else None
        if street and not any(letter in street[0] for letter in "的了是都很有店"):
            end = _end(text, street.end())
            yield at, end, "address"


def _end(text: str, end: int) -> int:
    while (found := _REST.match(text, end)) and found.end() > end:
        for phone in _NOT_A_PART.finditer(text, end, found.end() + 11):
            return phone.start()
        end = found.end()
    return end


def _start(text: str, core: int) -> int | None:
    """Return where the address of the street at `core` begins: at a division, else after a word like 寄到."""
    window = max(0, core - 45)
    stops = list(_STOP.finditer(text, window, core))
    window = stops[-1].end() if stops else window
    bounds = list(_BOUNDARY.finditer(text, window, core))
    places = list(names_begin(text, window, core))
    after = [at for at in places if not bounds or at >= bounds[-1].end()]
    if places:
        start = (after or places)[0]
        floor = bounds[-1].end() if bounds and bounds[-1].end() <= start else window
        above = _ABOVE.search(text, floor, start)
        return above.start() if above else start
    start = bounds[-1].end() if bounds else window
    while start < core and text[start] in " :,":
        start += 1
    if core - start > 12 and not bounds:
        start = core - 6
    return start if core > start or (core == start and text[core] not in "道里区台") else None


def _chain(text: str, at: int) -> tuple[int, int]:
    """Return where the divisions that begin here end, and how many they are."""
    found = find_divisions(text[at : at + 40])
    if not found:
        return at, 0
    return at + found[0].end, sum(
        each is not None for each in (found[0].province, found[0].city, found[0].district)
    )

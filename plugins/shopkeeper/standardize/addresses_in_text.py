"""Finds postal addresses in free text: a street or an estate with a number, and what is written around it.

A street, a town or a shop without a number is no address of a person and stays.
"""

import re
from collections.abc import Iterator

from shopkeeper.standardize.divisions import find_divisions, names_begin
from shopkeeper.standardize.latin_names_in_text import begins_with_name
from shopkeeper.standardize.postcodes import read_postcode
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.spans import Span

_SUFFIX = (
    r"(?:Street|St|Str|Road|Rd|Avenue|Ave?|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Cres|Place|Pl|Square|Sq|Terrace|Tce|Way|Gardens?|Gdns"
    r"|Grove|Hill|Park|Mews|Row|Walk|Green|Rise|View|Boulevard|Blvd|Parade|Broadway|Highway|Hwy|Vale|Quay|Wharf|Yard|Croft|Meadows?|Fields?"
    r"|Embankment|Circus|Common|Gate|Heights|Path|Passage|Drove|Parkway|Pkwy|Circle|Mount|Wood|Villas|Buildings|Bank|Cottages|End|Chase|Dene|Garth)\b\.?"
)
_UNIT = r"(?:(?:Flat|Apartment|Apt\.?|Unit|Suite|Room|Rm\.?|Floor|Block|Building|Bldg|Studio)\s?[A-Za-z]?[\d/]{0,5}[A-Za-z]?|\d{1,2}/F)"
_NUMBER = r"(?:No\.? ?)?\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_WORD = r"[A-Z][\w'\u2019.-]*"
_LEAD = rf"(?:{_UNIT}(?: of)?[,\s]{{1,3}}(?:{_WORD} (?:House|Court|Building|Tower|Mansions?|Lodge|Point|Heights)[,\s]{{1,3}})?){{0,3}}"
_STREET = re.compile(
    rf"(?<![A-Za-z0-9_£$€¥.-])(?<!\d:)(?:(?i:{_LEAD}))(?:{_NUMBER}),? (?:(?:{_WORD}|of|the|and|de|le|on) ){{1,4}}?(?i:{_SUFFIX})(?![A-Za-z])"
    rf"|(?<![A-Za-z0-9_£$€¥.-])(?<!\d:)(?:(?i:{_LEAD}))(?:{_NUMBER}),? (?:Broadway|The {_WORD}|High St(?:reet)?)(?= ?[,\n])"
)
_LOWER_STREET = re.compile(
    rf"(?<![A-Za-z0-9_£$€¥.-])(?<!\d:){_LEAD}{_NUMBER},? (?:[a-z'\u2019.-]{{2,15}} ){{1,3}}?{_SUFFIX}(?![a-z])",
    re.IGNORECASE,
)
_POSTCODE = r"(?:GIR ?0AA|[A-Z]{1,2}(?:\d{1,2}|\d[A-Z]) ?\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])"
_SPACED_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z]{1,2}(?:\d{1,2}|\d[A-Z]) \d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE
)
_JOINED_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z]{1,2}(?:\d{1,2}|\d[A-Z])\d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE
)
_POSTCODE_WORD = re.compile(
    r"(?:post ?code|postal code|zip(?: code)?|邮编|邮政编码)\s*(?:is|[是为:,])?\s*$|[A-Z][a-z]+,? $",
    re.IGNORECASE,
)
_TO_POSTCODE = re.compile(rf"[A-Za-z ,.'\u2019\n-]{{0,60}}?[ ,\n]{_POSTCODE}", re.IGNORECASE)
_LOCALITY = re.compile(
    rf"(?:,\s{{0,2}}|\n| (?={_WORD},? ?{_POSTCODE}))({_WORD}(?:[ -](?:{_WORD}|on|upon|under|le|in|by|the|of)){{0,3}})(?![\w@])"
)
_STATE = re.compile(r",? [A-Z]{2} \d{5}(?:-\d{4})?(?!\d)")
_BEFORE_POSTCODE = re.compile(rf"(?:{_WORD}(?: {_WORD}){{0,3}},\s?){{0,5}}{_WORD}(?: {_WORD}){{0,2}},?\s?$")
_NUMBER_BEFORE = re.compile(rf"(?:{_LEAD})(?<![A-Za-z0-9_£$€¥.]){_NUMBER},? $", re.IGNORECASE)
_BOX = re.compile(r"\bP\.?O\.? ?Box \d{1,6}", re.IGNORECASE)
_NOT_A_PLACE = frozenset(
    "please thanks thank regards kind best many cheers my i tel phone mobile call email name order it the and but can could would"
    " postcode hi hello dear sincerely yours love from for to mr mrs ms miss dr".split()
)

_HAN = "\u4e00-\u9fff"
_COUNT = r"(?:[A-Z]\d{1,2}-[A-Z](?=[座栋幢区])|[A-Za-z]?\d{1,5}(?:[-/]\d{1,5}){0,3}[A-Za-z]?|[一二三四五六七八九十百零甲乙丙丁]{1,4}|[A-Z](?:\d?-[A-Z0-9])?(?=[座栋幢区]))"
_PLACE_WORD = "(?:大道|胡同|社区|小区|花园|家园|公寓|广场|大厦|中心|新村|工业园|开发区|公馆|名都|路|街|道|巷|里|村|镇|乡|庄|屯|苑|城|园|府|湾|庭|居|邸|厂|校|大学|学院|医院|坊|轩|台|堤|围|营|堡|寨|沟|段|区)"
_FIRM = r"(?:号院|号楼|号|弄|栋|幢|单元|室|组|队|巷|房)"
_PART = rf"(?:[之附#、\s]?(?:东|西|南|北)?(?:区|门)?{_COUNT}\s?(?:{_FIRM}|楼|层|座|户|区|#)?)"
_CORE = re.compile(
    rf"{_PLACE_WORD}(?:[东南西北中]?[一二三四五六七八九十]?[路段街区]?)\s?{_COUNT}\s?(?:{_FIRM}|[座区期](?=\s?{_COUNT}))"
)
_REST = re.compile(
    rf"(?:{_PART}|[,\s]?[{_HAN}]{{1,10}}?{_PLACE_WORD}(?=\s?{_COUNT}\s?(?:{_FIRM}|楼|层|座|区))|[{_HAN}]{{2,8}}?(?:小区|花园|大厦|公寓|广场|宿舍|家园|大楼|大院)|门面|商铺|宿舍|菜鸟驿站|丰巢柜?|快递柜|门卫|前台){{0,12}}"
)
_NOT_A_PART = re.compile(r"[,\s、]*(?:1[3-9]\d{9}|\d{7,})")
_WHOLE_CHAIN = re.compile(
    rf"[{_HAN}]{{2,12}}?(?:路|街|大道|镇|乡|村|小区|花园|大厦|公寓|广场|家园|社区|新村|苑|学院|大学|医院|中学|小学)(?![{_HAN}]*(?:店|分公司|专柜|都|很|没))"
)
_BOUNDARY = re.compile(
    r"改寄到?|寄到|寄往|送到|送去|送至|发到|发往|发去|改成|改为|改到|换成|地址(?:就|应该)?(?:是|为|写)?|住(?:在|址)?|家在|是在|公司在|就在|位于|在|到|至|去|给|是|为|我家|有|[:,]"
)
_ADDRESS_WORD = re.compile(
    r"(?:地址(?:是|为|改成|改为)?|寄到|寄往|寄|送到|送至|发到|发往|住在|住|改成|改到|改为|到|[:,\s])\s*[:]?\s*$"
)
_ABOVE = re.compile(rf"(?:[{_HAN}]{{1,4}}[市区县省])+$")
_MAY_HOLD_CHAIN = re.compile("[省市区县州].{0,20}[路街道镇乡村区园厦寓场苑学院]")
_CHINESE = re.compile(f"[{_HAN}]")
_DIGIT = re.compile("[0-9]")
_STOP = re.compile(r"[。.!?;,\n\0\"'()【】「」《》|]")


def find_addresses(text: str) -> Iterator[Span]:
    """Yield the addresses of folded text; they may overlap."""
    if _CHINESE.search(text):
        yield from _chinese(text)
    if _DIGIT.search(text):
        yield from _latin(text)


def _latin(text: str) -> Iterator[Span]:
    for found in _STREET.finditer(text):
        yield found.start(), _latin_end(text, found.end()), "address"
    for found in _LOWER_STREET.finditer(text):
        ends = _TO_POSTCODE.match(text, found.end())
        if ends:
            yield found.start(), ends.end(), "address"
    for found in _BOX.finditer(text):
        yield found.start(), _latin_end(text, found.end()), "address"
    for found in _SPACED_POSTCODE.finditer(text):
        if not isinstance(read_postcode(found[0]), Reason):
            yield _latin_start(text, found.start()), found.end(), "address"
    for found in _JOINED_POSTCODE.finditer(text):
        if _POSTCODE_WORD.search(text[max(0, found.start() - 20) : found.start()]) and not isinstance(
            read_postcode(found[0]), Reason
        ):
            yield _latin_start(text, found.start()), found.end(), "address"
    for found in re.finditer(r"(?:邮编|邮政编码)(?:是|为|:)?\s*(\d{6})(?!\d)", text):
        yield *found.span(1), "address"


def _latin_end(text: str, end: int) -> int:
    """Return where the towns, the county and the postcode after a street end."""
    if found := _TO_POSTCODE.match(text, end):
        return found.end()
    for _ in range(4):
        if found := _STATE.match(text, end):
            return found.end()
        found = _LOCALITY.match(text, end)
        if not found or found[1].split()[0].casefold() in _NOT_A_PLACE or begins_with_name(found[1]):
            break
        end = found.end()
    return end


def _latin_start(text: str, start: int) -> int:
    """Return where the town, the house and its number before a postcode begin."""
    window = max(0, start - 90)
    found = _BEFORE_POSTCODE.search(text[window:start])
    if not found:
        return start
    words = [part for part in re.finditer(r"[^,]+,?", found[0])]
    begins = start - len(found[0])
    for part in words:
        first = part[0].strip(" ,").split()
        if not first or first[0].casefold() in _NOT_A_PLACE or begins_with_name(part[0].strip(" ,\n")):
            begins = start - len(found[0]) + part.end()
    while begins < start and text[begins] in " ,\n":
        begins += 1
    number = _NUMBER_BEFORE.search(text[window:begins])
    return window + number.start() if number and number[0] else begins


def _chinese(text: str) -> Iterator[Span]:
    end = 0
    for found in _CORE.finditer(text):
        if found.start() < end:
            continue
        end = _chinese_end(text, found.end())
        start = _chinese_start(text, found.start())
        if start is not None:
            yield start, end, "address"
    for at in names_begin(text) if _MAY_HOLD_CHAIN.search(text) else ():
        if at < end or not _ADDRESS_WORD.search(text[max(0, at - 8) : at]) and at:
            continue
        after, count = _chain(text, at)
        found = _WHOLE_CHAIN.match(text, after) if count > 1 and after - at > 4 else None
        if found and not any(letter in found[0] for letter in "的了是都很有店"):
            end = _chinese_end(text, found.end())
            yield at, end, "address"


def _chinese_end(text: str, end: int) -> int:
    while (found := _REST.match(text, end)) and found.end() > end:
        for phone in _NOT_A_PART.finditer(text, end, found.end() + 11):
            return phone.start()
        end = found.end()
    return end


def _chinese_start(text: str, core: int) -> int | None:
    """Return where the address begins whose street word is at `core`: at a division, else after a word like 寄到."""
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

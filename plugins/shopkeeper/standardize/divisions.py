"""Finds China's divisions at the start of an address, by their full and their short names.

Reading an address belongs to `addresses`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shopkeeper.standardize.tables import Division, divisions

_MUNICIPALITIES = ("11", "12", "31", "50")
_REGIONS = {
    "15": "内蒙古",
    "45": "广西",
    "54": "西藏",
    "64": "宁夏",
    "65": "新疆",
    "81": "香港",
    "82": "澳门",
}
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|"
    "布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:(?:{_PEOPLES})族?)+自治[州县旗]$")
_STREET = re.compile(
    "[东西南北中新老前后大小上下一二三四五六七八九十]{0,2}"
    "(?:路|街|大道|道|巷|弄|胡同|里|村|镇|乡|桥|广场|花园|大厦|小区|站|酒店|饭店|宾馆|苑|公寓|商场|机场|大学)"
)
_FILLER = re.compile(r"(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|县(?=.{2,}县)|[\s,/|>-])*")


@dataclass(frozen=True)
class Found:
    """Where in the hierarchy the names led, and how much of the text they took."""

    province: Division
    city: Division | None = None
    district: Division | None = None
    end: int = 0

    @property
    def place(self) -> Division:
        """Return the lowest division."""
        return self.district or self.city or self.province


def find_divisions(text: str) -> list[Found]:
    """Return the readings that take most of the text; more than one if they lead to different places.

    吉林 is a province and its city, 喀什 a prefecture and its city: the higher place is true either way.
    """
    best: dict[str, Found] = {}
    end = 0
    for found in _readings(text):
        if found.end > end:
            best, end = {}, found.end
        if found.end == end:
            best[found.place.code] = found
    if len(best) > 1:  # A county that moved from an abolished city to another is one place.
        best = {
            code: found for code, found in best.items() if not (found.city and found.city.is_former)
        } or best
    above = [
        found for found in best.values() if all(found.place in path_of(each.place) for each in best.values())
    ]
    return above or list(best.values())


def names_a_city(text: str, at: int) -> bool:
    """Return whether a province's or city's full name begins at a place of the text."""
    at = _skip(text, at)
    cities = (
        length for length, place, is_full in _matches(text, at) if is_full and place.code.endswith("00")
    )
    return any(not _STREET.match(text, at + length) for length in cities)


def _readings(text: str) -> Iterator[Found]:
    """Yield every reading of the names that follow each other at the start of the text."""
    seen: set[tuple[int, str]] = set()
    todo: list[tuple[int, Found | None]] = [(_skip(text, 0), None)]
    while todo:
        for found, is_last in _next(text, *todo.pop()):
            key = found.end, found.place.code
            if key not in seen:
                seen.add(key)
                yield found
                if not is_last:
                    todo.append((_skip(text, found.end), found))


def _next(text: str, at: int, above: Found | None) -> Iterator[tuple[Found, bool]]:
    """Yield what one more name can mean below a place, and whether no other name can follow it."""
    longest: dict[str, tuple[int, Division, bool, Found]] = {}
    for length, place, is_full in _matches(text, at):
        below = _below(place, above)
        if below and (place.code not in longest or longest[place.code][0] < length):
            longest[place.code] = length, place, is_full, below
    written_out = {length for length, _, is_full, _ in longest.values() if is_full}
    for length, place, is_full, below in longest.values():
        end = at + length
        if not is_full and length in written_out:  # 沙县 was a county, and is short for 沙县区
            continue
        is_district = below.district is place
        if not is_full and (is_district or _STREET.match(text, end)):
            stops = end == len(text) or text[end] in " ,/|>-"
            if not stops or above is None:
                continue
        yield Found(below.province, below.city, below.district, end), is_district and not is_full


def _below(place: Division, above: Found | None) -> Found | None:
    """Return the path to a place if it is in the one above it, or is that one again."""
    province, city, district = path_of(place)
    if above is not None:
        if above.province != province or (above.city and city and above.city != city):
            return None
        if above.district and above.district != place:
            return None
        if (above.city and not city) or (above.district and not district):
            return above if place in (above.province, above.city) and above.place == above.city else None
    return Found(province, city, district)


def _matches(text: str, at: int) -> Iterator[tuple[int, Division, bool]]:
    for name, place, is_full in _names().get(text[at : at + 2], ()):
        if text.startswith(name, at):
            yield len(name), place, is_full


def _skip(text: str, at: int) -> int:
    found = _FILLER.match(text, at)
    return found.end() if found else at


@cache
def path_of(place: Division) -> tuple[Division, Division | None, Division | None]:
    """Return the province, city and district of a place; a municipality is its own city."""
    every = divisions()
    province = every[place.code[:2] + "0000"]
    if place == province:
        return province, province if place.code[:2] in _MUNICIPALITIES else None, None
    city = province if place.code[:2] in _MUNICIPALITIES else every.get(place.code[:4] + "00")
    return province, city, None if place == city else place


@cache
def _names() -> dict[str, list[tuple[str, Division, bool]]]:
    """Return full and short names by their first two letters."""
    names = defaultdict(list)
    for place in divisions().values():
        names[place.name[:2]].append((place.name, place, True))
        for short in _short_names(place) - {place.name}:
            names[short[:2]].append((short, place, False))
    return dict(names)


def _short_names(place: Division) -> set[str]:
    name, code = place.name, place.code
    if code.endswith("0000"):
        stem = _REGIONS.get(code[:2]) or re.sub("[省市]$", "", name)
        return {stem, f"{stem}自治区", f"{stem}省"} if code[:2] in _REGIONS else {stem}
    if found := _AUTONOMOUS.match(name):
        return {found[1], found[1] + name[-1]}
    stem = re.sub("(?:地区|林区|新区|[市盟区县旗])$", "", name)
    return {stem} if len(stem) > 1 else set()


def names_begin(text: str, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Yield each place between `start` and `end` where a division's name begins: a full one, or a short one
    of a province or city that more of an address follows.
    """
    for at in range(start, len(text) if end is None else end):
        for length, place, is_full in _matches(text, at):
            if is_full or (place.code.endswith("00") and not _STREET.match(text, at + length)):
                yield at
                break


def names_that_begin(first: str) -> list[str]:
    """Return the names, full and short, that begin with two letters."""
    return [name for name, _, _ in _names().get(first, ())]

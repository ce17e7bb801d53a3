"""Translates a contract's date and time formats (JDK letters, as the standard asks) for DuckDB; time zones.

Each column declares one format; nothing here guesses between 31/12 and 12/31.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ISO_INSTANT = "yyyy-MM-dd'T'HH:mm:ssXXX"

_PARTS = re.compile(
    r"yyyy|yy|MM?|dd?|HH?|hh?|mm|ss|SSSSSS|SSS|(?:\[\.S{1,6}\])+|XXX|XX|X|a|'(?:[^']|'')*'|[^A-Za-z'\[\]]"
)
_PATTERN = {
    "yyyy": "[0-9]{4}",
    "yy": "[0-9]{2}",
    "MM": "(?:0[1-9]|1[0-2])",
    "M": "(?:0?[1-9]|1[0-2])",
    "dd": "(?:0[1-9]|[12][0-9]|3[01])",
    "d": "(?:0?[1-9]|[12][0-9]|3[01])",
    "HH": "(?:[01][0-9]|2[0-3])",
    "H": "(?:[01]?[0-9]|2[0-3])",
    "hh": "(?:0[1-9]|1[0-2])",
    "h": "(?:0?[1-9]|1[0-2])",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "a": "[AaPp][Mm]",
    "SSS": "[0-9]{3}",
    "SSSSSS": "[0-9]{6}",
    "XXX": "(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)",
    "XX": "(?:Z|[+-](?:0[0-9]|1[0-3])[0-5][0-9]|[+-]1400)",
    "X": "(?:Z|[+-](?:0[0-9]|1[0-4]))",
}
_ONE_OR_TWO_DIGITS = {"M", "d", "H", "h"}
_STRPTIME = {"y": "%Y", "M": "%m", "d": "%d", "H": "%H", "h": "%I", "m": "%M", "s": "%S", "a": "%p"}


@dataclass(frozen=True)
class TimeFormat:
    """A regular expression for the whole text; `strptime` is `None` if DuckDB's own cast reads it.

    `before_year` is the pattern of the text before a two-digit year, which lies between 2000 and 2099;
    `strptime` reads the year with its century, and no offset, which comes last.
    """

    pattern: str
    strptime: str | None
    has_clock: bool
    before_year: str | None = None


def time_format(declared: str) -> TimeFormat:
    """Translate a declared format; `ValueError` if it cannot be read strictly."""
    parts = _PARTS.findall(declared)
    if "".join(parts) != declared:
        raise ValueError(f"time format {declared} has letters other than {' '.join(_PATTERN)}")
    fields = [part.strip("[.")[0] for part in parts if part in _PATTERN or part[0] == "["]
    fault = _fault(parts, fields)
    if fault:
        raise ValueError(f"time format {declared} {fault}")
    literals = {part: _literal(part) for part in parts if part not in _PATTERN and part[0] != "["}
    pattern = "".join(
        _fraction(part) if part[0] == "[" else _PATTERN.get(part) or re.escape(literals[part])
        for part in parts
    )
    has_clock = not set("Hhms").isdisjoint(fields)
    if re.fullmatch(r"yyyy-MM-dd(('T'| )HH:mm:ss(\.SSS|\.SSSSSS|(\[\.S+\])+)?(XXX|X)?)?", declared):
        return TimeFormat(pattern, None, has_clock)
    if "S" in fields or "X" in fields[:-1] or ("X" in fields and not has_clock):
        raise ValueError(
            f"time format {declared}: fractions need the order {ISO_INSTANT}, an offset comes last"
        )
    local = [part for part in parts if part[0] != "X"]
    words = (_STRPTIME[part[0]] if part in _PATTERN else literals[part].replace("%", "%%") for part in local)
    before_year = None
    if "yy" in parts:
        before = parts[: parts.index("yy")]
        before_year = "".join(_PATTERN.get(part) or re.escape(literals[part]) for part in before)
    return TimeFormat(pattern, "".join(words), has_clock, before_year)


def _fraction(optional: str) -> str:
    """Return the pattern of a fraction that may end early or be left out: `[.SSS][.SS][.S]`."""
    lengths = sorted({len(part) - 1 for part in optional.strip("[]").split("][")}, reverse=True)
    return rf"(?:\.(?:{'|'.join(f'[0-9]{{{length}}}' for length in lengths)}))?"


def _fault(parts: list[str], fields: list[str]) -> str | None:
    """Return why known letters could be read in more than one way."""
    counts = Counter(fields)
    if any(counts[field] != 1 for field in "yMd") or max(counts.values()) > 1:
        return "must name year, month and day once, and nothing twice"
    if counts["h"] != counts["a"] or counts["h"] + counts["H"] > 1:
        return "needs h together with a (AM or PM), or H alone"
    digits = _PATTERN.keys() - {"a", "XXX", "XX"}
    for one, next_one in pairwise(parts):
        if {one, next_one} <= digits and not {one, next_one}.isdisjoint(_ONE_OR_TWO_DIGITS):
            return f"has {one}{next_one}, in which nothing says where the first ends"
    return None


def _literal(part: str) -> str:
    if not part.startswith("'"):
        return part
    return part[1:-1].replace("''", "'") or "'"


def require_time_zone(name: str) -> None:
    """Raise `ValueError` unless the name is a time zone."""
    try:
        ZoneInfo(name)
        is_known = not name.startswith(("posix", "right/", "localtime"))  # DuckDB has none of these
    except (ZoneInfoNotFoundError, ValueError):
        is_known = False
    if not is_known:
        raise ValueError(f"time zone {name} is unknown, write one like Asia/Shanghai")

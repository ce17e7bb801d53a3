"""The date and time formats of a contract (JDK letters, as the standard asks) in DuckDB's words.

One declared format a column: nothing here guesses between 31/12 and 12/31.
"""

import re
from dataclasses import dataclass

ISO_DATE = "yyyy-MM-dd"
ISO_INSTANT = "yyyy-MM-dd'T'HH:mm:ssXXX"

_LETTERS = re.compile(r"yyyy|MM|dd|HH|mm|ss|SSSSSS|SSS|XXX|'[^']*'|[^A-Za-z']")
_PATTERN = {
    "yyyy": "[0-9]{4}",
    "MM": "(?:0[1-9]|1[0-2])",
    "dd": "(?:0[1-9]|[12][0-9]|3[01])",
    "HH": "(?:[01][0-9]|2[0-3])",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "SSS": "[0-9]{3}",
    "SSSSSS": "[0-9]{6}",
    "XXX": "(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)",
}
_STRPTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True)
class TimeFormat:
    """A pattern for the whole text; ``strptime`` is ``None`` where DuckDB's own cast reads it."""

    pattern: str
    strptime: str | None


def time_format(declared: str) -> TimeFormat:
    """Translate a declared format; ``ValueError`` where a letter is unknown or cannot be read strictly."""
    parts = _LETTERS.findall(declared)
    if "".join(parts) != declared:
        raise ValueError(f"time format {declared} has letters other than yyyy MM dd HH mm ss SSS XXX")
    literals = {part: part.strip("'") for part in parts if part not in _PATTERN}
    pattern = "".join(_PATTERN.get(part) or re.escape(literals[part]) for part in parts)
    if re.fullmatch(r"yyyy-MM-dd(('T'| )HH:mm:ss(\.SSS|\.SSSSSS)?(XXX)?)?", declared):
        return TimeFormat(pattern, None)
    unread = [part for part in parts if part in _PATTERN and part not in _STRPTIME]
    if unread:
        raise ValueError(f"time format {declared}: {unread[0]} needs the order {ISO_INSTANT}")
    words = (_STRPTIME.get(part) or literals[part].replace("%", "%%") for part in parts)
    return TimeFormat(pattern, "".join(words))

"""Makes texts safe for spreadsheets, which run some of them as formulas.

Write CSV for people only through here.
"""

import re

_SIGNS = "[=+\\-@−＝＋－＠﹦﹢﹣﹫]"
_UNSEEN = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_BREAKS = "\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
FORMULA = re.compile(
    rf"\A(?=[\t\r\n]|[\s{_UNSEEN}]*{_SIGNS})|(?<=[{_BREAKS}])(?=(?:[{_UNSEEN}]|[^\S{_BREAKS}])*{_SIGNS})"
)
"""Where a spreadsheet would start to read a formula: at the start of a text, or of a line in it (CWE-1236).

Some readers skip invisible characters, read full-width signs as ASCII or split lines inside quotes.
"""

MAY_BE_FORMULA = rf"{_SIGNS}|\A[\t\r\n]"
"""What every text has in which `FORMULA` finds a place, for libraries that cannot look ahead or behind."""


def without_formula(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    return FORMULA.sub("'", text)

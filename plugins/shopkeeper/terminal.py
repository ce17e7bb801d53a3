"""Makes names and values from outside safe to print on a terminal.

Print file names, values and other programs' messages only through here.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

# Controls, marks that reverse or hide text, line separators and surrogates; joiners stay.
_UNSEEN = re.compile(
    "[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: object) -> str:
    """Return a text with every character escaped that a terminal would act upon or not show."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def plain(text: object, style: str = "") -> "Text":
    """Return a text that `rich` shows literally: brackets in it are not markup."""
    from rich.text import Text

    return Text(visible(text), style)

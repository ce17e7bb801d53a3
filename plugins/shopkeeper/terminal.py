"""What may reach a terminal: names and values that come from outside, as text that does nothing.

Whoever prints a file's name, a value or another program's words has them pass here.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

# Controls, marks that turn or hide what follows, line separators and halves of characters; joiners stay.
_UNSEEN = re.compile(
    "[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: object) -> str:
    """Return a text in which every character that a terminal would act upon, or not show, is spelt out."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def plain(text: object, style: str = "") -> "Text":
    """Return a text for ``rich`` that is shown as it stands: brackets in it are no markup."""
    from rich.text import Text

    return Text(visible(text), style)

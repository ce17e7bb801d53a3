"""Finds where quoted text ends that a line leaves open.

Follows quotes in the bytes of the whole file, so that a line that cannot be decoded or is too long to keep
still counts as inside or outside.
"""

import re
from mmap import mmap

# Possessive: neither quote of a doubled pair is ever tried as the closing quote.
_CLOSING = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')


class Quotes:
    """The quotes of one delimited file, given as its bytes or a map of them."""

    def __init__(self, content: bytes | mmap, delimiter: bytes) -> None:
        self._content = content
        self._ends_field = re.compile(b"\n|" + re.escape(delimiter))
        self._endless_before = 0

    def end_of(self, start: int) -> int | None:
        """Return where the record that begins at `start` ends and the next one begins.

        `None` if it never ends: quoted text is not closed, or text follows the quote that would close it on a
        later line.
        """
        content, place = self._content, start
        while start >= self._endless_before:
            is_carried = False
            if content[place : place + 1] == b'"':
                closing = _CLOSING.match(content, place + 1)
                if closing is None:
                    self._endless_before = len(content)
                    return None
                is_carried = content.find(b"\n", place, closing.end()) >= 0
                place = closing.end()
            found = self._ends_field.search(content, place)
            end = found.start() if found else len(content)
            if is_carried and content[place:end].strip(b" \t\r"):
                # A quote that opens earlier is also open here and cannot end better.
                self._endless_before = content.rfind(b"\n", 0, place) + 1
                return None
            if found is None or found[0] == b"\n":
                return found.end() if found else end
            place = found.end()
        return None

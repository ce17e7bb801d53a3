"""Over which lines a quoted text goes on that its first line leaves open.

Quotes are followed in bytes, so that a line which cannot be decoded still counts as inside or outside.
"""

import re
from collections import deque
from collections.abc import Iterator

from shopkeeper.landing.reading.lines import MAXIMUM_LINE_BYTES, Line

MAXIMUM_LINES = 10_000
# Possessive, so that neither quote of a doubled pair is ever tried as the closing one.
_CLOSING = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')


def is_open_after(content: bytes, delimiter: bytes, is_open: bool = False) -> bool | None:
    """Tell whether a quoted text is open at the end of a line; ``is_open``: one is at its start.

    ``None``: text follows the quote that would close that one, so that it was no quoted text.
    """
    is_carried, position = is_open, 0
    while True:
        if not is_open and content.startswith(b'"', position):
            is_open, position = True, position + 1
        if is_open:
            closing = _CLOSING.match(content, position)
            if closing is None:
                return True
            position = closing.end()
        end = content.find(delimiter, position)
        if is_carried and content[position : end if end >= 0 else None].strip(b" \t\r"):
            return None
        is_open = is_carried = False
        if end < 0:
            return False
        position = end + len(delimiter)


class Ahead:
    """The lines of a file, of which some may be looked at before they are taken."""

    def __init__(self, lines: Iterator[Line], delimiter: bytes) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._seen: deque[Line] = deque()
        self._never_ends_before = 0

    def __iter__(self) -> "Ahead":
        return self

    def __next__(self) -> Line:
        return self._seen.popleft() if self._seen else next(self._lines)

    def take_rest(self, first: Line) -> list[Line]:
        """Take the lines that end the quoted text which ``first`` leaves open; none where it never ends.

        It never ends if text follows its closing quote, or if it would be longer than a line may be or go
        over more than ``MAXIMUM_LINES``.
        """
        if first.number < self._never_ends_before or not is_open_after(first.content, self._delimiter):
            return []
        size, count, is_open = first.byte_count, 0, True
        while is_open:
            following = self._look(count)
            size += following.byte_count + 1 if following else 0
            goes_on = None
            if following is not None and size <= MAXIMUM_LINE_BYTES and count < MAXIMUM_LINES:
                goes_on = is_open_after(following.content, self._delimiter, True)
            if goes_on is None:
                # A text that opens on one of these lines is open wherever this one was, and ends no better.
                self._never_ends_before = first.number + count + 1
                return []
            is_open, count = goes_on, count + 1
        return [self._seen.popleft() for _ in range(count)]

    def _look(self, place: int) -> Line | None:
        if place == len(self._seen):
            following = next(self._lines, None)
            if following is not None:
                self._seen.append(following)
            return following
        return self._seen[place]

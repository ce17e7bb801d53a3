"""Finds names that two columns or two contracts claim, since each would take the other's values or files."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate
from itertools import combinations
from unicodedata import normalize

from shopkeeper.contracts.contract import RESERVED_NAMES, Contract

_PARTS = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)


def problems_of_names(contract: Contract) -> Iterator[str]:
    """Yield a line for each column whose name equals another one, by DuckDB's rules or ours."""
    names = [column.name for column in contract.raw_columns]
    counts = Counter(names)
    for name in sorted(name for name, count in counts.items() if count > 1):
        yield f"{name} is listed twice; remove one"
    for one, other in combinations(counts, 2):
        if _folded(one) == _folded(other):
            yield f"{one} and {other} differ only in case, which DuckDB takes for one name; rename one"
    if contract.layer == "sources":
        for name in names:
            if _folded(name) in RESERVED_NAMES:
                yield f"column {name} has a name that Shopkeeper adds to every source; rename it in the file"


def problems_of_files(contracts: Mapping[str, Contract]) -> Iterator[str]:
    """Yield a line for each pair of contracts of one system, given by path, that claim the same file or
    table.
    """
    for (place, one), (other_place, other) in combinations(contracts.items(), 2):
        if one.system != other.system or one.file is None or other.file is None:
            continue
        if one.table == other.table:
            yield f"{other_place}: the table {one.table} is also in {place}; rename one"
        shared = shared_name(one.file.pattern, other.file.pattern)
        if shared is not None:
            patterns = f"{other.file.pattern} and {one.file.pattern} of {place}"
            yield f"{other_place}: the file patterns {patterns} both match {shared}; narrow one"


def shared_name(one: str, other: str) -> str | None:
    """Return a file name that both `fnmatch` patterns match; `None` if they share no name."""
    first, second = _PARTS.findall(one), _PARTS.findall(other)
    characters = _telling_characters(one + other)
    queue, seen = deque([(0, 0, "")]), {(0, 0)}
    while queue:
        i, j, name = queue.popleft()
        if i == len(first) and j == len(second):
            return name
        for i_next, j_next, character in _steps(first, second, i, j, characters):
            if (i_next, j_next) not in seen:
                seen.add((i_next, j_next))
                queue.append((i_next, j_next, name + character))
    return None


def _steps(
    first: list[str], second: list[str], i: int, j: int, characters: Sequence[str]
) -> Iterator[tuple[int, int, str]]:
    if first[i : i + 1] == ["*"]:
        yield i + 1, j, ""
    if second[j : j + 1] == ["*"]:
        yield i, j + 1, ""
    if i == len(first) or j == len(second):
        return
    for character in characters:
        if _matches(first[i], character) and _matches(second[j], character):
            yield i + (first[i] != "*"), j + (second[j] != "*"), character
            return


def _matches(part: str, character: str) -> bool:
    return part == "*" or re.match(translate(part), character) is not None


def _telling_characters(patterns: str) -> list[str]:
    """Return a character from every set that the patterns distinguish: edges of ranges and their
    neighbours.
    """
    edges = {ord(character) for character in patterns}
    beside = {code + step for code in edges for step in (-1, 0, 1)} - {ord("/"), 0}
    return ["x", *sorted(chr(code) for code in beside)]


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()

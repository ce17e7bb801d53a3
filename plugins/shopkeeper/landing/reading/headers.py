"""Compares a file's columns with its contract, and describes wrong names without printing them.

The first line may be a row of personal data. Messages therefore use the contract's name or the position,
never the name found in the file.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from shopkeeper.contracts import Contract
from shopkeeper.landing.refusals import FileRefused
from shopkeeper.sentences import Sentence, joined

MOST_NAMED = 10
_LONGEST = 200
# Letters and marks by category that show nothing: fillers and variation selectors.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def require_columns(names: Sequence[str], contract: Contract) -> None:
    """Check that a file's columns, in any order, are the contract's; raises `FileRefused`."""
    known = {column.name: column for column in contract.columns}
    counts = Counter(names)
    twice = [name for name in known if counts[name] > 1]
    if twice:
        raise FileRefused("DUPLICATE_COLUMN", ", ".join(twice))
    unknown = {place: name for place, name in enumerate(names, 1) if name not in known}
    if unknown:
        raise FileRefused("UNKNOWN_COLUMN", describe(unknown, known))
    require_present(counts.keys(), contract)


def require_present(names: Collection[str], contract: Contract) -> None:
    """Refuse a file that lacks a required column of the contract."""
    missing = [c.name for c in contract.columns if c.name not in names and not c.is_optional_in_file]
    if missing:
        raise FileRefused("MISSING_COLUMN", ", ".join(missing))


def names_any(names: Collection[str], contract: Contract) -> bool:
    """Whether at least one name belongs to the contract, ignoring case, width and blanks."""
    known = {normalized(column.name) for column in contract.columns}
    return any(normalized(name) in known for name in names)


def describe(unknown: dict[int, str], known: Collection[str], what: str = "column") -> str:
    """Describe the unknown name at each position, and the cure."""
    meant = {normalized(name): name for name in known}
    told = {place: _tell(unknown[place], meant) for place in sorted(unknown)[:MOST_NAMED]}
    named = Sentence(what)
    parts = [
        Sentence("{what} {place} {why}", what=named, place=place, why=each)
        for place, each in told.items()
        if each
    ]
    strange = [str(place) for place, each in told.items() if not each]
    if len(strange) > 1:
        places = {"what": named, "places": ", ".join(strange[:-1]), "last": strange[-1]}
        parts.append(Sentence("{what}s {places} and {last} are not in the contract", **places))
    elif strange:
        parts.append(Sentence("{what} {place} is not in the contract", what=named, place=strange[0]))
    if len(unknown) > MOST_NAMED:
        parts.append(Sentence("and {count:,} more", count=len(unknown) - MOST_NAMED))
    return joined([*parts, Sentence("send the contract's names, or change the contract")])


def normalized(name: str) -> str:
    """Return a name without case, width, blanks, underscores, hyphens and invisible characters."""
    if len(name) > _LONGEST:
        return name
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in text if not (_is_invisible(c) or c in " _-"))


def _tell(name: str, meant: dict[str, str]) -> Sentence | None:
    codes = " and ".join(_code_point(c) for c in dict.fromkeys(name) if _is_invisible(c))
    near = meant.get(normalized(name))
    if near is not None:
        strange = Sentence("is {name} with {codes} in its name", name=near, codes=codes)
        return strange if codes else Sentence("is {name} written otherwise", name=near)
    if not normalized(name):
        return Sentence("has no name but {codes}", codes=codes) if codes else Sentence("has no name")
    return None


def _is_invisible(character: str) -> bool:
    """Whether a character is a control, has no width, or is a blank other than the space."""
    is_unseen = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")
    return character != " " and (is_unseen or _IGNORABLE.match(character) is not None)


def _code_point(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")

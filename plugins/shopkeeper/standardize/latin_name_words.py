"""What a word in Latin letters can be in a name: given name, family name, or a common word as well.

The table is `latin_names.csv`; the words that are part of no name are in `words.yaml`.
"""

from functools import lru_cache

from shopkeeper.standardize.latin_name_cues import ONE
from shopkeeper.standardize.tables import latin_names, words
from shopkeeper.standardize.texts import without_marks

PARTICLES = frozenset(words()["names"]["particles"].split())
NEVER = frozenset(words()["free_text"]["never_names"].split())
FUNCTION = frozenset(words()["free_text"]["between_names"].split())
THINGS = frozenset(words()["free_text"]["things"].split())
_REMEMBERED = 50_000
"""Words; free text has no end of them."""


def begins_with_name(text: str) -> bool:
    """Return whether text begins with a given name and a family name."""
    parts = [plain(part[0]) for part in ONE.finditer(text)][:2]
    return (
        len(parts) == 2
        and "given" in roles(parts[0])
        and "word" not in roles(parts[0])
        and "family" in roles(parts[1])
    )


@lru_cache(maxsize=_REMEMBERED)
def plain(word: str) -> str:
    """Return a word as the table has it: in small letters, without accents and apostrophes."""
    bare = without_marks(word).lower().rstrip(".")
    return bare.removesuffix("'s").replace("'", "")


@lru_cache(maxsize=_REMEMBERED)
def roles(plain: str) -> frozenset[str]:
    """Return what a plain word can be; of a word with a hyphen, what both its halves can be."""
    table = latin_names()
    if plain in table or "-" not in plain:
        return table.get(plain, frozenset())
    parts = [table.get(part, frozenset()) for part in plain.split("-")]
    return frozenset.intersection(*parts)

"""Maps a table and its columns to canonical entities.

Uses names only (`entities.yaml`). Unknown columns stay in the contract and out of the staging model.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml
from pydantic import BaseModel

from shopkeeper.contracts.draft.classes import plain_name
from shopkeeper.paths import ENTITY_NAMES

_KEYS = {
    "exchange_rates": ("rate_date", "currency_code"),
    "inventory_levels": ("inventory_date", "store_id", "product_id"),
}


class _Names(BaseModel):
    table: str
    needs: tuple[str, ...]
    columns: dict[str, str]


@dataclass(frozen=True)
class Mapping:
    """The entity that a table maps to, the column for each canonical one, and the missing ones.

    `guessed`: canonical columns whose source column is not given by its name.
    """

    entity: str
    columns: dict[str, str]
    missing: tuple[str, ...]
    guessed: tuple[str, ...] = ()

    @property
    def identifying(self) -> tuple[str, ...]:
        """The columns that identify what a row describes or refers to."""
        return tuple(name for word, name in self.columns.items() if word.endswith("_id"))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that are its key together, where one alone may be unique in a sample by chance."""
        return tuple(self.columns[word] for word in _KEYS.get(self.entity, ()) if word in self.columns)


def find_entity(table: str, names: Sequence[str], system: str) -> Mapping | None:
    """Return the entity that a table's name suggests, with its columns; `None` if it suggests none.

    A column may carry the name of its system, its table or its entity, such as `customer_city`. A table
    such as `deleted_members` lists keys that are gone.
    """
    called = re.sub(r"^(deleted|removed)_|_(deleted|removed|deletions)$", "", plain_name(table))
    entity = next((each for each, known in _names().items() if re.fullmatch(known.table, called)), None)
    if entity is None:
        return None
    known, columns = _names()[entity], dict[str, str]()
    prefixes = "|".join(re.escape(each) for each in (system, called, entity.removesuffix("s")))
    for word, pattern in known.columns.items():
        free = {name: plain_name(name) for name in names if name not in columns.values()}
        bare = {name: re.sub(f"^({prefixes})_", "", plain) for name, plain in free.items()}
        named = [name for name, plain in free.items() if plain == word]
        named += [name for name, plain in free.items() if re.fullmatch(pattern, plain)]
        named += [name for name, plain in bare.items() if plain == word or re.fullmatch(pattern, plain)]
        if named:
            columns[word] = named[0]
    return Mapping(entity, columns, tuple(word for word in known.needs if word not in columns))


@lru_cache
def _names() -> dict[str, _Names]:
    text = ENTITY_NAMES.read_text(encoding="utf-8")
    return {entity: _Names(**names) for entity, names in yaml.safe_load(text).items()}

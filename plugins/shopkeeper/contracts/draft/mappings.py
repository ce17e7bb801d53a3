"""Which entities a sampled table tells of: by names first, then by its key and its first time."""

from dataclasses import replace

from shopkeeper.contracts.draft.entities import Mapping, find_entity
from shopkeeper.contracts.draft.keys import Feed
from shopkeeper.contracts.draft.samples import Sample
from shopkeeper.contracts.draft.staging import JOINED
from shopkeeper.engine import identifier

_IDENTIFIERS = {
    "transactions": "transaction_id",
    "customers": "identifier_value",
    "products": "product_id",
    "stores": "store_id",
    "sellers": "seller_id",
}


def find_mappings(
    name: str, sample: Sample, feed: Feed, system: str, shares: set[str]
) -> tuple[list[Mapping], bool]:
    """Return the entities of a table, and whether it states orders line by line.

    Orders whose rows show a product are two entities.
    """
    named = find_entity(name, sample.names, system)
    if named is None:
        return [], False
    found = _guessed(_without(shares, named), feed)
    lines = find_entity("order_lines", sample.names, system)
    order = found.columns.get("transaction_id")
    if found.entity != "transactions" or order is None or not lines or "product_id" not in lines.columns:
        return [found], False
    lines = _without(shares, replace(lines, columns={"transaction_id": order} | lines.columns))
    for word in ("freight_amount", "tax_amount"):
        column = found.columns.get(word)
        if column is not None and lines.columns.get(word) == column:  # else it would count twice
            one = found if _varies(sample, order, column) else lines
            one.columns.pop(word)
    return [found, lines], [each for each in feed.key if each != feed.stated_at] != [order]


def _varies(sample: Sample, order: str, name: str) -> bool:
    """Say whether the rows of one order tell several values, as of something that each line has."""
    counts = f"select count(distinct {identifier(name)}) as n from sample group by {identifier(order)}"
    return bool((sample.connection.execute(f"select max(n) > 1 from ({counts})").fetchone() or (False,))[0])


def _is_no_amount(word: str, column: str, shares: set[str]) -> bool:
    return word.endswith("_amount") and column in shares


def _without(shares: set[str], mapping: Mapping) -> Mapping:
    """Take no share for an amount."""
    kept = {word: name for word, name in mapping.columns.items() if not _is_no_amount(word, name, shares)}
    missing = tuple(word for word in mapping.missing if word not in kept)
    return replace(mapping, columns=kept, missing=missing)


def _guessed(mapping: Mapping, feed: Feed) -> Mapping:
    """Take the key for what it identifies and the first time for the moment, where no column is called so."""
    key = [each for each in feed.key if each != feed.stated_at]
    found = dict[str, str]()
    for word in mapping.missing:
        if word.endswith("_at") and feed.business_date:
            found[word] = feed.business_date
        elif word == _IDENTIFIERS.get(mapping.entity) and len(key) == 1:
            found[word] = key[0]
    joined = JOINED.get(mapping.entity) if key else None
    missing = tuple(word for word in mapping.missing if word not in found and word != joined)
    return replace(mapping, columns=found | mapping.columns, missing=missing, guessed=tuple(found))
